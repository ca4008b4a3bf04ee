// The order in which weighted round robin visits servers: how often each, and how evenly.

import Testing

@testable import Balancing

@Suite("The cycle of weighted round robin")
struct WeightedCycleTests {
    @Test(
        "each server occurs as often as its weight says",
        arguments: [[1], [1, 1], [2, 1], [5, 1, 1], [3, 2, 5], [256, 1], [7, 0, 3], [1, 2, 3, 4, 5, 6, 7]])
    func sums(weights: [Int]) {
        let order = WeightedCycle.order(weights: weights)
        #expect(order.count == weights.reduce(0, +))
        #expect(shares(of: order, serverCount: weights.count) == weights)
    }

    @Test(
        "what all weights share is divided out", arguments: [([2, 2], 2), ([256, 128], 3), ([4, 6, 10], 10), ([0, 9], 1)])
    func sharedDivisor(weights: [Int], places: Int) {
        #expect(WeightedCycle.order(weights: weights).count == places)
    }

    @Test("without any weight there is no place", arguments: [[], [0], [0, 0, 0]])
    func empty(weights: [Int]) {
        #expect(WeightedCycle.order(weights: weights).isEmpty)
    }

    @Test("a weight of five beside two of one is spread, not bunched")
    func knownOrder() {
        #expect(WeightedCycle.order(weights: [5, 1, 1]) == [0, 0, 1, 0, 2, 0, 0])
    }

    /// Every list of two to four weights up to 5.
    static let smallWeights: [[Int]] = {
        var lists: [[Int]] = [[]]
        var all: [[Int]] = []
        for _ in 0..<4 {
            lists = lists.flatMap { list in (1...5).map { list + [$0] } }
            all += lists.filter { $0.count >= 2 }
        }
        return all
    }()

    @Test("after any number of picks each server is less than one pick away from its share")
    func evenness() {
        for weights in Self.smallWeights {
            let order = WeightedCycle.order(weights: weights)
            let total = Double(weights.reduce(0, +))
            var counts = [Int](repeating: 0, count: weights.count)
            var worst = 0.0
            for (place, server) in order.enumerated() {
                counts[server] += 1
                for index in weights.indices {
                    let share = Double(place + 1) * Double(weights[index]) / total
                    worst = max(worst, abs(Double(counts[index]) - share))
                }
            }
            #expect(worst < 1, "weights \(weights)")
        }
    }

    @Test("a server with at most half of the weight never comes three times in a row, across cycles too")
    func runs() {
        for weights in Self.smallWeights where 2 * weights.max()! <= weights.reduce(0, +) {
            let order = WeightedCycle.order(weights: weights)
            let twice = order + order
            let hasRun = twice.indices.dropFirst(2).contains { twice[$0] == twice[$0 - 1] && twice[$0] == twice[$0 - 2] }
            #expect(!hasRun, "weights \(weights)")
        }
    }

    @Test("the largest weights of 256 servers stand in full, one server more is scaled down")
    func scaling() {
        // One weight is odd, so that nothing divides out.
        let fitting = [Int](repeating: 256, count: 255) + [255]
        #expect(WeightedCycle.order(weights: fitting).count == 255 * 256 + 255)
        let beyond = [Int](repeating: 256, count: 256) + [255]
        let order = WeightedCycle.order(weights: beyond)
        #expect(order.count <= 65_536)
        #expect(shares(of: order, serverCount: beyond.count).allSatisfy { $0 >= 254 })
    }

    @Test("a scaled cycle keeps a place for the least weight")
    func scaledLeast() {
        let weights = [Int](repeating: 256, count: 300) + [1]
        let counts = shares(of: WeightedCycle.order(weights: weights), serverCount: weights.count)
        #expect(counts.last == 1)
        #expect(counts[0] > 200)
    }
}
