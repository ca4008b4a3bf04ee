// How many requests a backend may send again: a share of those of late, over all shards, without a lock.
// Knows numbers of requests by second. Knows nothing of what was retried, or why.

internal import Synchronization

/// Retries help against one bad server and finish off a bad fleet: so they may be a share of the requests
/// of the last ten seconds (nine to ten, as seconds are counted whole), and at least three a second, as a
/// quiet backend wants its retries too.
///
/// A plain handle to memory that lives until `destroy`: copies share it. Each shard counts its requests in
/// cells that no other writes; only a retry, which is rare, reads them all.
public struct RetryBudget: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the memory is atomics and nothing else.

    /// Retries in a second that are allowed whatever the share.
    public static let perSecondMin: UInt32 = 3
    /// The current second and the nine before it.
    public static let windowSeconds: UInt64 = 10
    /// A power of two, so that a second finds its cell by its low bits. 16 cells are two cache lines.
    private static let cellCount = 16

    public let percent: Int
    private let shardCount: Int
    /// Requests by second, a row for each shard, and in the last row the retries of all. A cell is a second's
    /// number and its count, 32 bits each.
    private let cells: UnsafeMutablePointer<Atomic<UInt64>>

    /// - Parameter percent: retries for each hundred requests; at 0 the minimum is all there is.
    public init(percent: Int, shardCount: Int) {
        precondition(percent >= 0 && percent <= 1_000_000 && shardCount > 0, "a share of requests that somebody counts")
        self.percent = percent
        self.shardCount = shardCount
        let count = (shardCount + 1) * Self.cellCount
        cells = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Atomic<UInt64>>.stride, alignment: 128)
            .bindMemory(to: Atomic<UInt64>.self, capacity: count)
        for place in 0..<count { (cells + place).initialize(to: Atomic(0)) }
    }

    /// Frees the memory; no copy may be used afterwards.
    public func destroy() { UnsafeMutableRawPointer(cells).deallocate() }

    /// A client's request, its retries not counted, is sent for the first time. Called on its own shard alone.
    ///
    /// - Parameter now: nanoseconds by a clock that all shards share.
    public func noteRequest(shard: Int, at now: UInt64) {
        let second = Self.second(at: now)
        let cell = cell(row: shard, second)
        let counted = Self.count(of: cell.pointee.load(ordering: .relaxed), in: second)
        // One writer: a load and a store, at a twentieth of what an atomic addition costs.
        cell.pointee.store(Self.bits(second, counted == .max ? counted : counted + 1), ordering: .relaxed)
    }

    /// Whether one more request may be sent again; if so it is counted.
    public func mayRetry(at now: UInt64) -> Bool {
        let second = Self.second(at: now)
        let cell = cell(row: shardCount, second)
        // Counted first and looked at then, in one order for all: of several shards at the edge none goes over.
        let counted = add(1, to: cell, second)
        if counted <= Self.perSecondMin { return true }
        let requests = (0..<shardCount).reduce(UInt64(0)) { $0 + sum(row: $1, upTo: second) }
        if sum(row: shardCount, upTo: second) * 100 <= requests * UInt64(percent) { return true }
        _ = add(-1, to: cell, second)
        return false
    }

    /// Changes the count of a second; answers what it is then, or 0 where the cell is another second's already.
    private func add(_ change: Int64, to cell: UnsafeMutablePointer<Atomic<UInt64>>, _ second: UInt32) -> UInt32 {
        var before = cell.pointee.load(ordering: .relaxed)
        while true {
            let isSame = UInt32(truncatingIfNeeded: before >> 32) == second
            guard isSame || change > 0 else { return 0 }
            let count = UInt32(clamping: Int64(Self.count(of: before, in: second)) + change)
            let (isWritten, now) = cell.pointee.weakCompareExchange(
                expected: before, desired: Self.bits(second, count), ordering: .sequentiallyConsistent)
            if isWritten { return count }
            before = now
        }
    }

    /// The counts of the window that ends with this second.
    private func sum(row: Int, upTo second: UInt32) -> UInt64 {
        var sum: UInt64 = 0
        for place in 0..<Self.cellCount {
            let bits = cells[row * Self.cellCount + place].load(ordering: .sequentiallyConsistent)
            let age = second &- UInt32(truncatingIfNeeded: bits >> 32)
            if UInt64(age) < Self.windowSeconds { sum += bits & 0xffff_ffff }
        }
        return sum
    }

    private func cell(row: Int, _ second: UInt32) -> UnsafeMutablePointer<Atomic<UInt64>> {
        cells + row * Self.cellCount + Int(second) % Self.cellCount
    }

    /// From 11, so that an empty cell, of second 0, is out of every window.
    private static func second(at now: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: now / 1_000_000_000) &+ 11 }

    private static func bits(_ second: UInt32, _ count: UInt32) -> UInt64 { UInt64(second) << 32 | UInt64(count) }

    /// The count of a cell, 0 where it is another second's.
    private static func count(of bits: UInt64, in second: UInt32) -> UInt32 {
        UInt32(truncatingIfNeeded: bits >> 32) == second ? UInt32(truncatingIfNeeded: bits) : 0
    }
}
