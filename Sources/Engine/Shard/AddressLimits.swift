// Bounds on what one client address may take of a frontend, shared by all shards without a lock.
// Knows counts and times by address. Knows nothing of connections, or of what a refusal looks like.

internal import Codecs
internal import Config
internal import Synchronization

/// Connections and their rate by address. A plain handle to atomics that live as long as the data plane.
///
/// The tables are fixed, and an address finds its cell by a keyed hash. Two addresses that meet in a cell
/// share its bounds, so a collision can only refuse more, never less: with 10,000 addresses at once, one in
/// 26 shares its cell. A cell's page is present once the cell has been used.
struct AddressLimits: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the memory holds atomics only.

    enum Verdict {
        case admitted
        /// As many connections as it may have.
        case tooMany
        /// Faster than it may come.
        case tooOften
    }

    static let cellCount = 1 << 18

    /// 0: no bound.
    private let connectionsMax: Int32
    private let bucket: TokenBucket?
    private let counts: UnsafeMutablePointer<Atomic<Int32>>?
    /// When each address would be back at its rate.
    private let dues: UnsafeMutablePointer<Atomic<UInt64>>?
    private let seed: UInt64

    /// - Parameters:
    ///   - connectionsMax: connections at once; 0: no bound.
    ///   - rate: new connections, so many at once; `nil`: no bound.
    ///   - seed: keys the hash, so that nobody outside can choose addresses that meet.
    /// - Returns: `nil` where nothing is bounded.
    init?(connectionsMax: Int, rate: Rate?, seed: UInt64) {
        guard connectionsMax > 0 || rate != nil else { return nil }
        self.connectionsMax = Int32(clamping: connectionsMax)
        self.seed = seed
        bucket = rate.map { TokenBucket($0) }
        // Fresh pages are zeros, which is what an atomic zero is.
        counts = connectionsMax > 0 ? Pages.reserve(Self.cellCount, of: Atomic<Int32>.self) : nil
        dues = rate == nil ? nil : Pages.reserve(Self.cellCount, of: Atomic<UInt64>.self)
    }

    func destroy() {
        if let counts { Pages.release(counts, count: Self.cellCount) }
        if let dues { Pages.release(dues, count: Self.cellCount) }
    }

    /// Whether an admitted connection has a place to give back.
    var hasPlaces: Bool { counts != nil }

    /// Judges a new connection of `host`. One that is admitted has a place, where those are bounded, and
    /// `release` gives it back.
    func admit(_ host: HostAddress, at now: UInt64) -> Verdict {
        let cell = cell(of: host)
        if let counts {
            guard counts[cell].wrappingAdd(1, ordering: .relaxed).oldValue < connectionsMax else {
                counts[cell].wrappingSubtract(1, ordering: .relaxed)
                return .tooMany
            }
        }
        guard let bucket, let dues, bucket.take(dues + cell, at: now) > 0 else { return .admitted }
        counts?[cell].wrappingSubtract(1, ordering: .relaxed)
        return .tooOften
    }

    func release(_ host: HostAddress) { counts?[cell(of: host)].wrappingSubtract(1, ordering: .relaxed) }

    private func cell(of host: HostAddress) -> Int {
        KeyedHash.cell(of: KeyedHash.key(of: host), seed: seed, count: Self.cellCount)
    }

    /// Places that are taken, or were given back too often: 0 once every connection has ended.
    var placesTaken: Int {
        guard let counts else { return 0 }
        return (0..<Self.cellCount).reduce(0) { $0 + abs(Int(counts[$1].load(ordering: .relaxed))) }
    }
}
