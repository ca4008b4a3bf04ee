// What all shards know of one server, without a lock.

public import Synchronization

/// One server's record, shared by all shards: relaxed atomics on cache lines of their own (two, as
/// processors fetch lines in pairs), so that shards that look at different servers never meet.
public struct ServerLoad: ~Copyable {
    /// Connections now, those being made included.
    public let current = Atomic<UInt32>(0)
    /// Connects that failed since start.
    public let failures = Atomic<UInt64>(0)
    private let padding: InlineArray<14, UInt64> = .init(repeating: 0)

    public init() {}

    /// Takes a place, unless `limit` (0: none) are taken. One atomic addition with a check, so that
    /// the limit is never passed, at any shard count.
    public borrowing func reserve(limit: UInt32) -> Bool {
        let before = current.wrappingAdd(1, ordering: .relaxed).oldValue
        if limit == 0 || before < limit { return true }
        current.wrappingSubtract(1, ordering: .relaxed)
        return false
    }

    public borrowing func release() {
        let before = current.wrappingSubtract(1, ordering: .relaxed).oldValue
        precondition(before > 0, "a place is given back once")
    }
}
