// Which shards have connections that wait for a place, and whom a freed place goes to.

internal import Synchronization

/// One bit a shard, up to 64 shards: set while the shard has connections waiting for a place.
///
/// Places are never lost and limits never passed by this protocol:
///
/// - **Waiting.** A shard that finds no place sets its bit (`wait`), *then asks for a place once more*,
///   and only then lets the connection wait. It clears its bit (`stopWaiting`) once none waits.
/// - **Freeing.** A shard that frees a place looks at the bits first. Where one is set it *keeps* the
///   place and sends it, by ring message, to the shard that comes next after its own number, in a circle
///   that ends with itself: places go round, so no shard starves. Where none is set it gives the place
///   back and *looks once more*; where a bit has been set meanwhile it takes a place again, if there still
///   is one, and sends that.
/// - **Receiving.** A place that is sent belongs to the shard it is sent to. That serves the connection
///   that waited longest, or, where none waits any more, frees the place as above.
///
/// Both sides write one word and then read the other's: bits, then count, here; count, then bits, there.
/// At least one of them must see the other, or a shard sleeps beside a free place. Hence the sequentially
/// consistent fence after setting the bit (what follows it may read relaxed), and sequentially consistent
/// ordering for giving back and for reading the bits. Clearing is relaxed: a bit seen too long costs a
/// message, and the place travels on. A place is taken by compare-and-exchange rather than by adding and
/// taking back: a sum that is too high for a moment could be the one that a waiting shard sees.
public struct WaitingShards: ~Copyable {
    public static let shardsMax = 64

    private let bits = Atomic<UInt64>(0)

    public init() {}

    /// The shard has connections waiting from now on. Then ask for a place once more.
    public borrowing func wait(shard: Int) {
        precondition(shard >= 0 && shard < Self.shardsMax, "a shard has a bit of its own")
        bits.bitwiseOr(1 << UInt64(shard), ordering: .sequentiallyConsistent)
        atomicMemoryFence(ordering: .sequentiallyConsistent)
    }

    /// No connection of the shard waits any more.
    public borrowing func stopWaiting(shard: Int) {
        precondition(shard >= 0 && shard < Self.shardsMax, "a shard has a bit of its own")
        bits.bitwiseAnd(~(1 << UInt64(shard)), ordering: .relaxed)
    }

    /// The bits now.
    borrowing func current() -> UInt64 { bits.load(ordering: .sequentiallyConsistent) }

    /// The shard whose turn it is after `shard`, in a circle that ends with `shard` itself.
    static func next(in bits: UInt64, after shard: Int) -> Int? {
        guard bits != 0 else { return nil }
        let first = UInt64(shard + 1) & 63
        // Masking shifts: where `first` is 0, both halves are the bits themselves.
        let rotated = bits &>> first | bits &<< (64 - first)
        return (Int(first) + rotated.trailingZeroBitCount) & 63
    }
}
