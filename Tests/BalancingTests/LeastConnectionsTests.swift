// Least connections over a table: the least loaded for its weight, fairly among equals.

import Testing

@testable import Balancing

@Suite("Least connections")
struct LeastConnectionsTests {
    private func occupy(_ counts: [Int], in table: ServerTable) {
        for (server, count) in counts.enumerated() {
            for _ in 0..<count { _ = table.load(server).pointee.reserve(limit: 0) }
        }
    }

    /// Picks and keeps `count` places, as connections that stay.
    private func fill(_ count: Int, _ table: ServerTable, seed: UInt64 = 1) -> [Int] {
        var policy = LeastConnections(shard: 0)
        var bits = SeededBits(seed: seed)
        return (0..<count).compactMap { _ in
            let server = policy.pick(from: table, tried: TriedServers(), random: bits.next())
            if let server { _ = table.load(server).pointee.reserve(limit: 0) }
            return server
        }
    }

    @Test("the server with the fewest connections is picked")
    func fewest() {
        withTable(weights: [1, 1, 1]) { table in
            occupy([3, 1, 2], in: table)
            var policy = LeastConnections(shard: 0)
            #expect(policy.pick(from: table, tried: TriedServers(), random: 0) == 1)
        }
    }

    @Test("connections that stay spread evenly over equal servers", arguments: [2, 3, 7, 64])
    func equal(serverCount: Int) {
        withTable(weights: [Int](repeating: 1, count: serverCount)) { table in
            let counts = shares(of: fill(5 * serverCount, table), serverCount: serverCount)
            #expect(counts == [Int](repeating: 5, count: serverCount))
        }
    }

    @Test("connections that stay spread by weight", arguments: [[3, 1], [1, 2, 5], [256, 128, 1]])
    func weighted(weights: [Int]) {
        withTable(weights: weights) { table in
            #expect(shares(of: fill(2 * weights.reduce(0, +), table), serverCount: weights.count) == weights.map { 2 * $0 })
        }
    }

    @Test("ties rotate: servers without connections take turns")
    func rotation() {
        withTable(weights: [1, 1, 1]) { table in
            var policy = LeastConnections(shard: 0)
            let picks = (0..<6).compactMap { _ in policy.pick(from: table, tried: TriedServers(), random: 0) }
            #expect(shares(of: picks, serverCount: 3) == [2, 2, 2])
            #expect(Set(picks.prefix(3)).count == 3)
        }
    }

    @Test("a server at its limit is passed over, one below it is not")
    func limit() {
        withTable(weights: [1, 1], limits: [2, 0]) { table in
            occupy([1, 5], in: table)
            var policy = LeastConnections(shard: 0)
            #expect(policy.pick(from: table, tried: TriedServers(), random: 0) == 0)
            occupy([1, 0], in: table)
            #expect(policy.pick(from: table, tried: TriedServers(), random: 0) == 1)
        }
    }

    @Test("where all servers are at their limits, or were tried, there is none")
    func none() {
        withTable(weights: [1, 1], limits: [1, 1]) { table in
            var policy = LeastConnections(shard: 0)
            #expect(policy.pick(from: table, tried: TriedServers(bits: 0b11), random: 0) == nil)
            occupy([1, 1], in: table)
            #expect(policy.pick(from: table, tried: TriedServers(), random: 0) == nil)
        }
    }

    @Test("weight 0 is never picked, even without connections")
    func weightZero() {
        withTable(weights: [0, 1]) { table in
            occupy([0, 9], in: table)
            #expect(Set(fill(5, table)) == [1])
        }
    }

    @Test("65 and 200 servers, drawn rather than scanned, share within ten per cent", arguments: [65, 200])
    func fairDraws(serverCount: Int) {
        withTable(weights: [Int](repeating: 1, count: serverCount)) { table in
            let counts = shares(of: fill(100 * serverCount, table, seed: 7), serverCount: serverCount)
            #expect(counts.min()! >= 90 && counts.max()! <= 110, "\(counts.min()!) to \(counts.max()!)")
        }
    }

    @Test("draws follow weights within ten per cent")
    func weightedDraws() {
        let weights = (0..<100).map { $0 < 50 ? 1 : 3 }
        withTable(weights: weights) { table in
            let counts = shares(of: fill(100 * weights.reduce(0, +), table, seed: 11), serverCount: 100)
            let light = counts[..<50].reduce(0, +)
            let heavy = counts[50...].reduce(0, +)
            #expect(abs(light - 5_000) <= 500 && abs(heavy - 15_000) <= 1_500, "\(light) and \(heavy)")
            let strayed = counts.indices.filter { abs(counts[$0] - 100 * weights[$0]) > 10 * weights[$0] }
            #expect(strayed.isEmpty)
        }
    }

    @Test("above 64 servers one open server among closed ones is found")
    func lastOpen() {
        var limits = [Int](repeating: 1, count: 100)
        limits[63] = 0
        withTable(weights: [Int](repeating: 1, count: 100), limits: limits) { table in
            occupy([Int](repeating: 1, count: 100), in: table)
            var policy = LeastConnections(shard: 0)
            for random in 0..<20 as Range<UInt64> {
                #expect(policy.pick(from: table, tried: TriedServers(), random: random &* 0x9e37_79b9_7f4a_7c15) == 63)
            }
        }
    }
}
