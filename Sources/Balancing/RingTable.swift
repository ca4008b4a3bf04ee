// A circle of points, each a server's: a key belongs to the next point from its own place on.
// Knows ranks of servers, not servers.

/// Ketama's circle: 1,000 points a unit of weight. Above 1,048,576 points all servers' are halved as often
/// as needed (a server keeps at least one), so that a group that stays on one side of a bound keeps its points
/// when a server joins or leaves, and only the keys of that server move.
///
/// Keys are rounded down to one of 1,048,576 places, and each place has its answer written down. That is still a
/// consistent hash, of fewer keys, and a pick is one look into 2 MB: a search for the exact point (two looks into
/// 10 MB) took 255 ns at 1,000 servers, this takes 20. The number of places is the same for every group, as another
/// rounding would move keys.
enum RingTable {
    static let pointsPerWeight = 1_000
    static let pointsMax = 1 << 20
    static let placeCount = 1 << 20

    /// The ranks by place.
    ///
    /// - Parameters:
    ///   - identities: of the servers, in an order that is the same on every host.
    ///   - weights: of the same, each at least 1; at least one server.
    static func ranks(identities: [UInt64], weights: [Int]) -> [UInt16] {
        let counts = pointCounts(weights: weights)
        // The first point of each place: 48 bits of where it lies and 16 of rank, so that of equal ones the lower
        // rank is first. No rank has 16 bits set.
        var firsts = [UInt64](repeating: .max, count: placeCount)
        var ranks = [UInt16](repeating: 0, count: placeCount)
        firsts.withUnsafeMutableBufferPointer { firsts in
            mark(firsts, identities, counts)
            // Backwards, a place without a point has the answer of the place after it; the last has the first's.
            var next = firsts.first { $0 != .max }!
            ranks.withUnsafeMutableBufferPointer { ranks in
                var place = placeCount
                while place > 0 {
                    place -= 1
                    if firsts[place] != .max { next = firsts[place] }
                    ranks[place] = UInt16(truncatingIfNeeded: next)
                }
            }
        }
        return ranks
    }

    private static func mark(_ firsts: UnsafeMutableBufferPointer<UInt64>, _ identities: [UInt64], _ counts: [Int]) {
        let shift = UInt64(64 - firsts.count.trailingZeroBitCount)
        for rank in identities.indices {
            let identity = identities[rank]
            var number: UInt64 = 0
            while number < UInt64(counts[rank]) {
                let point = StableHash.stream(identity, number) & ~0xffff | UInt64(rank)
                let place = Int(truncatingIfNeeded: point &>> shift)
                if point < firsts[place] { firsts[place] = point }
                number += 1
            }
        }
    }

    static func pointCounts(weights: [Int]) -> [Int] {
        var halvings = 0
        while (weights.reduce(0, +) * pointsPerWeight) >> halvings > pointsMax { halvings += 1 }
        return weights.map { max(1, ($0 * pointsPerWeight) >> halvings) }
    }
}
