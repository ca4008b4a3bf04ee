// A bound on connections that all shards share.

internal import Synchronization

/// A count with a bound, on a cache line of its own. A plain handle to an atomic that lives as long
/// as the data plane.
struct Limit: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the memory is one atomic.
    private let cell: UnsafeMutablePointer<Atomic<Int>>
    let bound: Int

    init(bound: Int) {
        self.bound = bound
        cell = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128).bindMemory(to: Atomic<Int>.self, capacity: 1)
        cell.initialize(to: Atomic(0))
    }

    func destroy() { UnsafeMutableRawPointer(cell).deallocate() }

    var current: Int { cell.pointee.load(ordering: .relaxed) }
    /// Places left now; another shard may take them.
    var room: Int { bound - current }

    /// Takes a place where there is one.
    func reserve() -> Bool {
        if cell.pointee.wrappingAdd(1, ordering: .relaxed).oldValue < bound { return true }
        cell.pointee.wrappingSubtract(1, ordering: .relaxed)
        return false
    }

    func release() { cell.pointee.wrappingSubtract(1, ordering: .relaxed) }
}
