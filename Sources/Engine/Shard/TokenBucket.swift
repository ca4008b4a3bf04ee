// A token bucket as one number: the time at which it would be full again.
// Knows times. Knows nothing of whose bucket it is.

internal import Config
internal import Synchronization

/// What all buckets of one rate have in common (the generic cell rate algorithm of ITU-T I.371). A bucket is an
/// atomic that begins at 0, shared by all shards without a lock.
struct TokenBucket: BitwiseCopyable, Sendable {
    /// What lies between two tokens at the rate, and how far ahead of it a bucket may be.
    let intervalNanoseconds: UInt64
    let aheadNanoseconds: UInt64

    /// - Parameters:
    ///   - rate: at least one in at most a day.
    ///   - burst: tokens of a full bucket, 1 to 1,000,000; `nil`: as many as the rate's period has.
    init(_ rate: Rate, burst: Int? = nil) {
        let count = UInt64(rate.count)
        // Rounded up: never more than the rate. The period is at most a day, so an interval is small; a burst of
        // many days' tokens is as good as one without a bound.
        intervalNanoseconds = (rate.periodMilliseconds * 1_000_000 + count - 1) / count
        let ahead = intervalNanoseconds.multipliedReportingOverflow(by: UInt64(max(burst ?? rate.count, 1) - 1))
        aheadNanoseconds = ahead.overflow ? .max / 2 : min(ahead.partialValue, .max / 2)
    }

    /// Takes a token.
    ///
    /// - Returns: 0, or the nanoseconds until there is one: then none was taken.
    func take(_ due: UnsafeMutablePointer<Atomic<UInt64>>, at now: UInt64) -> UInt64 {
        var seen = due.pointee.load(ordering: .relaxed)
        while true {
            let latest = now &+ aheadNanoseconds
            guard seen <= latest else { return seen &- latest }
            let next = max(seen, now) &+ intervalNanoseconds
            let (exchanged, original) = due.pointee.weakCompareExchange(expected: seen, desired: next, ordering: .relaxed)
            if exchanged { return 0 }
            seen = original
        }
    }
}
