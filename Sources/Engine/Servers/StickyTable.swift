// Which server an address was served by last.
// Knows keys, indices of servers and seconds. Knows nothing of addresses, or of whether a server still serves.

internal import Synchronization

/// 65,536 keys of one backend, shared by all shards without a lock. A plain handle to atomics that live as long as
/// the data plane.
///
/// A key has eight cells, which share a cache line; where all of them are another's, the one that was used longest
/// ago makes room. Keys are told apart by 37 bits of a keyed hash: one that is taken for another goes to that one's
/// server, which is as good as any.
struct StickyTable: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the memory holds atomics only.

    static let cellCount = 65_536
    static let waysCount = 8
    /// Half a year: times go round after it.
    static let secondsMask: UInt64 = 1 << 24 - 1
    /// Shards look at the clock at different moments: what another has used a little later than now is fresh.
    static let secondsAheadMax: UInt64 = 3_600

    private let cells: UnsafeMutablePointer<Atomic<UInt64>>
    private let secondsKept: UInt64
    private let seed: UInt64

    /// - Parameters:
    ///   - milliseconds: without use, after which a key is forgotten; rounded up to whole seconds.
    ///   - seed: keys the hash, so that nobody outside can choose keys that drive others out.
    init(keptMilliseconds milliseconds: UInt64, seed: UInt64) {
        secondsKept = min(milliseconds / 1_000 + (milliseconds % 1_000 > 0 ? 1 : 0), Self.secondsMask - Self.secondsAheadMax)
        self.seed = seed
        // Fresh pages are zeros, which is what an atomic zero is.
        cells = Pages.reserve(Self.cellCount, of: Atomic<UInt64>.self)
    }

    func destroy() { Pages.release(cells, count: Self.cellCount) }

    /// The server of the key, which has now been used again; `nil` where it has none, or had it too long ago.
    ///
    /// - Parameter now: the time in nanoseconds, of one clock.
    func server(of key: UInt64, at now: UInt64) -> Int? {
        let second = Self.second(now)
        let (set, tag) = place(of: key)
        for way in 0..<Self.waysCount {
            let entry = Entry(bits: set[way].load(ordering: .relaxed))
            guard entry.isOf(tag) else { continue }
            let age = entry.age(at: second)
            guard age <= secondsKept else { return nil }
            if age > 0 {
                // Whoever wrote meanwhile knows better.
                _ = set[way].weakCompareExchange(
                    expected: entry.bits, desired: Entry(tag: tag, server: entry.server, second: second).bits,
                    ordering: .relaxed)
            }
            return entry.server
        }
        return nil
    }

    /// The key is that server's from now on.
    ///
    /// - Parameter server: below 65,535.
    func store(_ server: Int, for key: UInt64, at now: UInt64) {
        let second = Self.second(now)
        let (set, tag) = place(of: key)
        var choice = 0
        var oldest: UInt64 = 0
        for way in 0..<Self.waysCount {
            let entry = Entry(bits: set[way].load(ordering: .relaxed))
            if entry.isOf(tag) {
                choice = way
                break
            }
            // One that is free is older than any.
            let age = entry.isFree ? UInt64.max : entry.age(at: second)
            if age > oldest { (choice, oldest) = (way, age) }
        }
        // Two shards may choose the same cell: then one of the keys is forgotten.
        set[choice].store(Entry(tag: tag, server: server, second: second).bits, ordering: .relaxed)
    }

    private static func second(_ now: UInt64) -> UInt64 { now / 1_000_000_000 & secondsMask }

    private func place(of key: UInt64) -> (set: UnsafeMutablePointer<Atomic<UInt64>>, tag: UInt64) {
        let hash = KeyedHash.hash(key, seed: seed)
        let set = Int(truncatingIfNeeded: hash) & (Self.cellCount / Self.waysCount &- 1)
        return (cells + set &* Self.waysCount, hash >> 40)
    }

    /// From the top: 24 bits of tag, 24 of when it was used, 16 of the server and one more; 0: free.
    private struct Entry: BitwiseCopyable {
        let bits: UInt64

        init(bits: UInt64) { self.bits = bits }

        init(tag: UInt64, server: Int, second: UInt64) {
            bits = tag << 40 | second << 16 | UInt64(server &+ 1) & 0xffff
        }

        var isFree: Bool { bits & 0xffff == 0 }
        var server: Int { Int(bits & 0xffff) &- 1 }
        func isOf(_ tag: UInt64) -> Bool { !isFree && bits >> 40 == tag }

        func age(at second: UInt64) -> UInt64 {
            let age = (second &- (bits >> 16)) & StickyTable.secondsMask
            return age > StickyTable.secondsMask - StickyTable.secondsAheadMax ? 0 : age
        }
    }
}
