// The order of weighted round robin, worked out once: picking is then a step.

enum WeightedCycle {
    /// Servers in the order in which they are visited: each occurs as often as its weight (divided by
    /// what all weights share), spread as evenly as whole turns allow. A turn gives each server its
    /// weight in credit and takes the whole turn's credit from the richest.
    ///
    /// At most 65,536 places: weights beyond that (more than 256 servers at the largest weights) are
    /// scaled down, each to at least one place.
    static func order(weights: [Int]) -> [Int] {
        var weights = weights
        let shared = weights.reduce(0, greatestCommonDivisor)
        guard shared > 0 else { return [] }
        weights = weights.map { $0 / shared }
        let placesMax = 65_536
        let sum = weights.reduce(0, +)
        if sum > placesMax { weights = weights.map { $0 == 0 ? 0 : max(1, $0 * placesMax / sum) } }
        let total = weights.reduce(0, +)
        if Set(weights.filter { $0 > 0 }).count == 1 { return weights.indices.filter { weights[$0] > 0 } }
        var credit = [Int](repeating: 0, count: weights.count)
        var order: [Int] = []
        order.reserveCapacity(total)
        for _ in 0..<total {
            var richest = -1
            for server in weights.indices where weights[server] > 0 {
                credit[server] += weights[server]
                if richest < 0 || credit[server] > credit[richest] { richest = server }
            }
            credit[richest] -= total
            order.append(richest)
        }
        return order
    }

    private static func greatestCommonDivisor(_ left: Int, _ right: Int) -> Int {
        var (left, right) = (left, right)
        while right != 0 { (left, right) = (right, left % right) }
        return left
    }
}
