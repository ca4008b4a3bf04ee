// Round robin over a table: shares, limits, tried servers, and where each shard begins.

import Testing

@testable import Balancing

@Suite("Round robin")
struct RoundRobinTests {
    private func picks(
        _ count: Int, _ table: ServerTable, tried: TriedServers = TriedServers(), shard: Int = 0, shardCount: Int = 1
    ) -> [Int?] {
        var policy = RoundRobin(table: table, shard: shard, shardCount: shardCount)
        return (0..<count).map { _ in policy.pick(from: table, tried: tried) }
    }

    @Test("equal servers take turns")
    func equal() {
        withTable(weights: [1, 1, 1]) { #expect(picks(7, $0) == [0, 1, 2, 0, 1, 2, 0]) }
    }

    @Test("shares over whole cycles are exactly the weights", arguments: [[1, 1], [3, 1], [5, 3, 2], [256, 1, 1]])
    func exactShares(weights: [Int]) {
        withTable(weights: weights) { table in
            let chosen = picks(3 * weights.reduce(0, +), table).compactMap(\.self)
            #expect(shares(of: chosen, serverCount: weights.count) == weights.map { 3 * $0 })
        }
    }

    @Test("weight 0 is never picked")
    func weightZero() {
        withTable(weights: [0, 1, 0, 2]) { table in
            #expect(Set(picks(12, table)) == [1, 3])
        }
    }

    @Test("where every weight is 0 there is no server", arguments: [[0], [0, 0]])
    func noWeight(weights: [Int]) {
        withTable(weights: weights) { #expect(picks(2, $0) == [nil, nil]) }
    }

    @Test("a tried server is passed over and the next in turn comes instead")
    func tried() {
        withTable(weights: [1, 1, 1]) { table in
            #expect(picks(4, table, tried: TriedServers(bits: 0b010)) == [0, 2, 0, 2])
        }
    }

    @Test("where all servers were tried there is none")
    func allTried() {
        withTable(weights: [1, 1, 1]) { #expect(picks(2, $0, tried: TriedServers(bits: 0b111)) == [nil, nil]) }
    }

    @Test("a server at its limit is passed over, and comes again once it has room")
    func limit() {
        withTable(weights: [1, 1], limits: [1, 0]) { table in
            var policy = RoundRobin(table: table, shard: 0, shardCount: 1)
            #expect(table.reserve(0))
            #expect((0..<3).map { _ in policy.pick(from: table, tried: TriedServers()) } == [1, 1, 1])
            table.release(0)
            #expect(policy.pick(from: table, tried: TriedServers()) == 0)
        }
    }

    @Test("shards begin at places of their own, and each still visits every server")
    func shardOffsets() {
        withTable(weights: [1, 1, 1, 1]) { table in
            let firsts = (0..<4).map { picks(1, table, shard: $0, shardCount: 4)[0] }
            #expect(firsts == [0, 1, 2, 3])
            for shard in 0..<4 {
                let chosen = picks(4, table, shard: shard, shardCount: 4).compactMap(\.self)
                #expect(shares(of: chosen, serverCount: 4) == [1, 1, 1, 1])
            }
        }
    }

    @Test("more shards than servers is no trouble")
    func manyShards() {
        withTable(weights: [1, 1]) { table in
            let firsts = (0..<8).map { picks(1, table, shard: $0, shardCount: 8)[0] }
            #expect(firsts == [0, 0, 0, 0, 1, 1, 1, 1])
        }
    }
}
