// What a shard counts. One writer, many readers, no locked instruction.

public import Codecs
internal import Synchronization

/// The names of a shard's counters and gauges.
public enum Counter: Int, CaseIterable, Sendable {
    // Counters: they only grow.
    case accepted, refusedAtLimit, acceptErrors, pausesAtLimit, pausesForDescriptors
    case deniedByList, deniedAddressConnections, deniedAddressRate
    case proxyUntrusted, proxyMalformed, proxyTimeouts, proxyEmpty
    case finished, clientResets, serverResets, timeouts, stopped
    case connectErrors, connectTimeouts, retries, unserved
    case queued, queueFull, queueTimeouts, placesHandedOver
    case handOvers, received
    case bytesIn, bytesOut, bytesSpliced, spliceBegun, spliceEnded, pipesExhausted
    case spillExhausted, receiveStarved, staleCompletions
    case submissionQueueFull, completionQueueOverflow, turns, logLinesDropped
    // Of http mode.
    case requests, answers1xx, answers2xx, answers3xx, answers4xx, answers5xx, ownAnswers, ownAnswers5xx, serversFailed
    case requestsRefused, requestsCut, headTimeouts, responsesMalformed, responsesCut
    case rateLimited, redirects, deniedByRoute, unrouted, stickyForged, stickyReassigned
    case serverConnects, reused, staleReuses, unaskedAnswers, retryBudgetExhausted
    // Of tunnels that began as HTTP.
    case upgrades, tunnelsOpened, tunnelsEnded, tunnelsDrained, tunnelsRebalanced, tunnelsCut, tunnelsPaced, tunnelsRefused
    case pingTimeouts, framesMalformed
    // Gauges: set once a turn.
    case connections, waiting, spillChunks, smallChunks, receiveBuffers, pipes, serverConnections, pooledConnections
}

/// A shard's counters: a plain handle to atomics that one shard writes and anyone reads.
public struct Counters: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the memory holds atomics only and lives as long as the data plane.
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>

    init() {
        let count = Counter.allCases.count + Self.rejectionCount
        let bytes = count * MemoryLayout<Atomic<UInt64>>.stride
        // Lines of their own: shards that count do not meet.
        cells = UnsafeMutableRawPointer.allocate(byteCount: (bytes + 255) & ~127, alignment: 128)
            .bindMemory(to: Atomic<UInt64>.self, capacity: count)
        for index in 0..<count { (cells + index).initialize(to: Atomic(0)) }
    }

    func destroy() { UnsafeMutableRawPointer(cells).deallocate() }

    private static var rejectionCount: Int { Int(Rejection.allCases.map(\.rawValue).max() ?? 0) + 1 }
    /// Where the counters of rejections begin.
    private static let rejectionsFrom = Counter.allCases.count

    /// Requests that were refused for this reason.
    public subscript(rejection: Rejection) -> UInt64 {
        cells[Self.rejectionsFrom + Int(rejection.rawValue)].load(ordering: .relaxed)
    }

    public subscript(counter: Counter) -> UInt64 { cells[counter.rawValue].load(ordering: .acquiring) }

    /// Load and store rather than an atomic addition, which is a locked instruction: there is one writer.
    @inline(__always)
    func add(_ count: UInt64, to counter: Counter) {
        let cell = cells + counter.rawValue
        cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ count, ordering: .relaxed)
    }

    @inline(__always)
    func count(_ counter: Counter) { add(1, to: counter) }

    /// Counts one: who reads that, and then others, finds in them all that was added before.
    func countLast(_ counter: Counter) {
        let cell = cells + counter.rawValue
        cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ 1, ordering: .releasing)
    }

    /// A request was refused: in all, and by reason.
    func count(_ rejection: Rejection) {
        count(.requestsRefused)
        let cell = cells + Self.rejectionsFrom + Int(rejection.rawValue)
        cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ 1, ordering: .relaxed)
    }

    /// An answer went to a client, by the class of its status.
    @inline(__always)
    func countAnswer(status: Int) {
        switch status {
        case ..<200: count(.answers1xx)
        case ..<300: count(.answers2xx)
        case ..<400: count(.answers3xx)
        case ..<500: count(.answers4xx)
        default: count(.answers5xx)
        }
    }

    @inline(__always)
    func set(_ counter: Counter, to value: Int) {
        cells[counter.rawValue].store(UInt64(truncatingIfNeeded: value), ordering: .relaxed)
    }
}
