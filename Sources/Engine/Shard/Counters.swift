// What a shard counts. One writer, many readers, no locked instruction.

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
    // Gauges: set once a turn.
    case connections, waiting, spillChunks, receiveBuffers, pipes
}

/// A shard's counters: a plain handle to atomics that one shard writes and anyone reads.
public struct Counters: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the memory holds atomics only and lives as long as the data plane.
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>

    init() {
        let bytes = Counter.allCases.count * MemoryLayout<Atomic<UInt64>>.stride
        // Lines of their own: shards that count do not meet.
        cells = UnsafeMutableRawPointer.allocate(byteCount: (bytes + 255) & ~127, alignment: 128)
            .bindMemory(to: Atomic<UInt64>.self, capacity: Counter.allCases.count)
        for index in 0..<Counter.allCases.count { (cells + index).initialize(to: Atomic(0)) }
    }

    func destroy() { UnsafeMutableRawPointer(cells).deallocate() }

    public subscript(counter: Counter) -> UInt64 { cells[counter.rawValue].load(ordering: .relaxed) }

    /// Load and store rather than an atomic addition, which is a locked instruction: there is one writer.
    @inline(__always)
    func add(_ count: UInt64, to counter: Counter) {
        let cell = cells + counter.rawValue
        cell.pointee.store(cell.pointee.load(ordering: .relaxed) &+ count, ordering: .relaxed)
    }

    @inline(__always)
    func count(_ counter: Counter) { add(1, to: counter) }

    @inline(__always)
    func set(_ counter: Counter, to value: Int) {
        cells[counter.rawValue].store(UInt64(truncatingIfNeeded: value), ordering: .relaxed)
    }
}
