// Google's table of places: each server takes places by a permutation of its own, in turns by weight.

/// 65,537 places (a prime), each a server's. A server's permutation hangs on its identity alone, so a table
/// hardly changes when one leaves, and is the same on every host.
///
/// - SeeAlso: Eisenbud and others: Maglev, a Fast and Reliable Software Network Load Balancer, 2016, section 3.4.
enum MaglevTable {
    static let placeCount = 65_537

    /// The ranks by place.
    ///
    /// - Parameters:
    ///   - identities: of the servers, in an order that is the same on every host.
    ///   - weights: of the same, each at least 1; at least one server.
    static func ranks(identities: [UInt64], weights: [Int]) -> [UInt16] {
        var ranks = [UInt16](repeating: .max, count: placeCount)
        // Plain memory: this runs half a million times for a few hundred servers, in debug builds too.
        ranks.withUnsafeMutableBufferPointer { ranks in fill(ranks, identities, weights) }
        return ranks
    }

    private static func fill(_ ranks: UnsafeMutableBufferPointer<UInt16>, _ identities: [UInt64], _ weights: [Int]) {
        let heaviest = weights.max()!
        var next = identities.map { Int(StableHash.stream($0, 0) % UInt64(placeCount)) }
        let steps = identities.map { Int(StableHash.stream($0, 1) % UInt64(placeCount - 1)) + 1 }
        var credits = [Int](repeating: 0, count: weights.count)
        var takenCount = 0
        while true {
            // In each turn the heaviest take a place, and lighter ones as often as their weight allows.
            for rank in identities.indices {
                credits[rank] += weights[rank]
                guard credits[rank] >= heaviest else { continue }
                credits[rank] -= heaviest
                var place = next[rank]
                let step = steps[rank]
                while ranks[place] != .max {
                    place += step
                    if place >= placeCount { place -= placeCount }
                }
                ranks[place] = UInt16(rank)
                next[rank] = place
                takenCount += 1
                if takenCount == placeCount { return }
            }
        }
    }
}
