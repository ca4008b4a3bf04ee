// How often requests may come, by a key: the client's address, the host, the value of a field.
// Knows numbers and times. Knows nothing of requests, or of what a refusal looks like.

internal import Config
internal import Synchronization

/// A token bucket for each key, shared by all shards without a lock. A plain handle to atomics that live as long
/// as the data plane.
///
/// The table is fixed, and a key finds its cell by a keyed hash. Two keys that meet in a cell share its bucket, so
/// a collision can only refuse more, never less: with 10,000 keys at once, one in 26 shares its cell.
struct RateLimits: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the memory holds atomics only.

    static let cellCount = 1 << 18

    private let bucket: TokenBucket
    /// When each key would be back at its rate.
    private let dues: UnsafeMutablePointer<Atomic<UInt64>>
    private let seed: UInt64

    /// - Parameters:
    ///   - burst: requests at once of a key that has been quiet, at least 1.
    ///   - seed: keys the hash, so that nobody outside can choose different keys that meet.
    init(_ rate: Rate, burst: Int, seed: UInt64) {
        bucket = TokenBucket(rate, burst: burst)
        self.seed = seed
        // Fresh pages are zeros, which is what an atomic zero is.
        dues = Pages.reserve(Self.cellCount, of: Atomic<UInt64>.self)
    }

    func destroy() { Pages.release(dues, count: Self.cellCount) }

    /// Judges a request.
    ///
    /// - Parameters:
    ///   - key: all 64 bits count.
    ///   - now: the time in nanoseconds, of one clock.
    /// - Returns: 0 where it is admitted, else the nanoseconds until it would be.
    func admit(key: UInt64, at now: UInt64) -> UInt64 {
        bucket.take(dues + KeyedHash.cell(of: key, seed: seed, count: Self.cellCount), at: now)
    }
}
