// Lets newcomers through one by one at an even pace: after a restart thousands come back at once, and the servers
// are to see them come as they can take them.
// Knows times. Knows nothing of who waits.

internal import Config
internal import Synchronization

/// One pace that all shards share. A plain handle to an atomic that lives as long as the data plane.
struct PacedAdmission: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the memory is one atomic.

    let intervalNanoseconds: UInt64
    /// When the next one may go, on a cache line of its own.
    private let next: UnsafeMutablePointer<Atomic<UInt64>>

    init(_ rate: Rate) {
        intervalNanoseconds = TokenBucket(rate, burst: 1).intervalNanoseconds
        next = UnsafeMutableRawPointer.allocate(byteCount: 128, alignment: 128).bindMemory(to: Atomic<UInt64>.self, capacity: 1)
        next.initialize(to: Atomic(0))
    }

    func destroy() { UnsafeMutableRawPointer(next).deallocate() }

    /// Takes the next free moment. Whoever asks first goes first, on whichever shard; a moment that nobody wanted
    /// is gone, so a pause lets no crowd through afterwards.
    ///
    /// - Parameter patience: nanoseconds that this one would wait.
    /// - Returns: when it may go, `now` or later; `nil` where that is too late for it: then nothing is taken.
    func reserve(at now: UInt64, patience: UInt64) -> UInt64? {
        var seen = next.pointee.load(ordering: .relaxed)
        while true {
            let moment = max(seen, now)
            guard moment &- now <= patience else { return nil }
            let (exchanged, original) = next.pointee.weakCompareExchange(
                expected: seen, desired: moment &+ intervalNanoseconds, ordering: .relaxed)
            if exchanged { return moment }
            seen = original
        }
    }
}
