// A circle of points, each a server's: a key belongs to the next point from its own place on.
// Knows ranks of servers, not servers.

/// Ketama's circle: 1,000 points a unit of weight. Above 1,048,576 points all servers' are halved as often
/// as needed (a server keeps at least one), so that a group that stays on one side of a bound keeps its points
/// when a server joins or leaves, and only the keys of that server move.
///
/// Points are sorted into buckets by their first bits, which is both how they are sorted in linear time and
/// how one is found: in the key's own bucket or just after it, without a search. Nothing changes after `init`.
struct RingPoints: BitwiseCopyable {
    static let pointsPerWeight = 1_000
    static let pointsMax = 1 << 20
    /// How many points to try before the order of ranks decides: only where nearly all servers are closed.
    static let stepsMax = 256

    /// A point is 48 bits of place and 16 of rank, so that equal places stand in the order of ranks. Behind
    /// the last stands one that is greater than any key.
    private let points: UnsafeMutablePointer<UInt64>
    let count: Int
    /// Where each bucket begins.
    private let starts: UnsafeMutablePointer<UInt32>
    private let bucketShift: UInt64

    private static let rankBits: UInt64 = 0xffff

    /// - Parameters:
    ///   - identities: of the servers, in the order of ranks.
    ///   - weights: of the same, each at least 1.
    init(identities: [UInt64], weights: [Int]) {
        let counts = Self.pointCounts(weights: weights)
        count = counts.reduce(0, +)
        // One to two points a bucket on average: the points of a bucket are then within one cache line.
        let bucketBits = UInt64(max(1, Int.bitWidth - count.leadingZeroBitCount - 1))
        let bucketShift = 64 - bucketBits
        let bucketCount = 1 << Int(bucketBits)
        points = .allocate(capacity: count + 1)
        starts = .allocate(capacity: bucketCount + 1)
        self.bucketShift = bucketShift
        starts.initialize(repeating: 0, count: bucketCount + 1)
        // Points are worked out twice, which is cheaper than keeping them unsorted.
        for rank in identities.indices {
            for number in 0..<counts[rank] {
                starts[Int(StableHash.stream(identities[rank], UInt64(number)) >> bucketShift) + 1] += 1
            }
        }
        for bucket in 0..<bucketCount { starts[bucket + 1] += starts[bucket] }
        // Each bucket's start moves to its end as it fills, and is the next one's start then.
        for rank in identities.indices {
            for number in 0..<counts[rank] {
                let place = StableHash.stream(identities[rank], UInt64(number))
                let bucket = Int(place >> bucketShift)
                points[Int(starts[bucket])] = place & ~Self.rankBits | UInt64(rank)
                starts[bucket] += 1
            }
        }
        for bucket in stride(from: bucketCount, to: 0, by: -1) { starts[bucket] = starts[bucket - 1] }
        starts[0] = 0
        for bucket in 0..<bucketCount { sort(from: Int(starts[bucket]), to: Int(starts[bucket + 1])) }
        points[count] = .max
    }

    func destroy() {
        points.deallocate()
        starts.deallocate()
    }

    static func pointCounts(weights: [Int]) -> [Int] {
        var halvings = 0
        while weights.reduce(0, +) * pointsPerWeight >> halvings > pointsMax { halvings += 1 }
        return weights.map { max(1, $0 * pointsPerWeight >> halvings) }
    }

    /// Where the points of `key` begin.
    func start(of key: UInt64) -> Int {
        let place = key & ~Self.rankBits
        var point = Int(starts[Int(key >> bucketShift)])
        while points[point] < place { point += 1 }
        return point == count ? 0 : point
    }

    func rank(at point: Int) -> Int { Int(points[point] & Self.rankBits) }

    func next(after point: Int) -> Int { point + 1 == count ? 0 : point + 1 }

    /// By insertion: a bucket holds a point or two.
    private func sort(from start: Int, to end: Int) {
        guard end - start > 1 else { return }
        for unsorted in (start + 1)..<end {
            let point = points[unsorted]
            var place = unsorted
            while place > start, points[place - 1] > point {
                points[place] = points[place - 1]
                place -= 1
            }
            points[place] = point
        }
    }
}
