// What all shards know of one server, without a lock.

public import Synchronization

/// One server's record, shared by all shards: atomics on cache lines of their own (two, as processors
/// fetch lines in pairs), so that shards that look at different servers never meet.
public struct ServerLoad: ~Copyable {
    /// Connections now, those being made included.
    public let current = Atomic<UInt32>(0)
    /// The share of its weight that the server gets now: `SlowStart.percent`, written by whoever saw it
    /// come up. Policies that hash do not look at it: their promise is that a key stays.
    public let weightPercent = Atomic<UInt32>(SlowStart.percentMax)
    /// Shards with connections that wait for this server and no other.
    public let waiting = WaitingShards()
    /// Connects that failed since start.
    public let failures = Atomic<UInt64>(0)
    /// How long the server takes: a `LatencyRecord`. Kept only where the policy goes by it.
    let latency = Atomic<UInt64>(LatencyRecord.unmeasured.bits)
    private let padding: InlineArray<12, UInt64> = .init(repeating: 0)

    public init() {}

    /// Takes a place, unless `limit` (0: none) are taken: the limit is never passed, at any shard count.
    ///
    /// A server at its limit is only read, so that shards that ask in vain do not take the line from
    /// each other; and the count is never too high for a moment (see `WaitingShards`).
    public borrowing func reserve(limit: UInt32) -> Bool {
        if limit == 0 {
            current.wrappingAdd(1, ordering: .relaxed)
            return true
        }
        var before = current.load(ordering: .relaxed)
        while before < limit {
            let (isTaken, now) = current.weakCompareExchange(expected: before, desired: before + 1, ordering: .relaxed)
            if isTaken { return true }
            before = now
        }
        return false
    }

    /// Remembers an answer, or a failure where `latencyNanoseconds` is `nil`. No other record hangs on this one.
    borrowing func observe(latencyNanoseconds: UInt64?, tick: UInt32) {
        var before = latency.load(ordering: .relaxed)
        while true {
            let record = LatencyRecord(bits: before)
            let after =
                if let latencyNanoseconds {
                    record.observed(latencyNanoseconds: latencyNanoseconds, tick: tick)
                } else {
                    record.failed(tick: tick)
                }
            guard after != record else { return }
            let (isWritten, now) = latency.weakCompareExchange(expected: before, desired: after.bits, ordering: .relaxed)
            if isWritten { return }
            before = now
        }
    }

    /// Gives the place back, whoever waits for it: `ServerTable.release` is what looks at that.
    public borrowing func release() {
        let before = current.wrappingSubtract(1, ordering: .sequentiallyConsistent).oldValue
        precondition(before > 0, "a place is given back once")
    }
}
