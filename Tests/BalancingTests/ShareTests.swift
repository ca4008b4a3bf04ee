// How evenly policies share, by number, and how many keys move when a server goes.

import Testing

@testable import Balancing

@Suite("Shares")
struct ShareTests {
    /// How far the largest stray of any server's count is from its share by weight, as a part of that share.
    private func stray(_ counts: [Int], _ weights: [Int]) -> Double {
        let all = Double(counts.reduce(0, +))
        let total = Double(weights.reduce(0, +))
        return zip(counts, weights).map { abs(Double($0) / all / (Double($1) / total) - 1) }.max()!
    }

    private func counts(_ picks: Int, _ table: ServerTable, seed: UInt64) -> [Int] {
        var selector = Selector(table)
        var bits = SeededBits(seed: seed)
        var counts = [Int](repeating: 0, count: table.count)
        for _ in 0..<picks {
            let random = bits.next()
            if let server = selector.pick(from: table, tried: TriedServers(), random: random, key: random) {
                counts[server] += 1
            }
        }
        return counts
    }

    /// How often each server stands in the table that the policy looks up.
    private func placeCounts(_ table: ServerTable) -> [Int] {
        let group = table.group(.primaries).pointee
        var counts = [Int](repeating: 0, count: table.count)
        for place in 0..<group.placeCount { counts[Int(group.places[place])] += 1 }
        return counts
    }

    @Test(
        "round robin shares within one per cent, also where shards begin at different places",
        arguments: [[1, 1, 1], [5, 3, 2], [256, 100, 7]])
    func roundRobin(weights: [Int]) {
        withTable(weights: weights) { table in
            let picks = 40 * weights.reduce(0, +)
            #expect(stray(counts(picks, table, seed: 1), weights) < 0.000_1)
        }
    }

    @Test("random shares within one per cent over a million draws")
    func random() {
        let weights = [3, 2, 1]
        withTable(weights: weights, policy: .random) { table in
            #expect(stray(counts(1_000_000, table, seed: 2), weights) < 0.01)
        }
    }

    @Test(
        "Maglev shares within one per cent",
        arguments: [[1, 1, 1], [5, 3, 2], [100, 256, 200], [Int](repeating: 1, count: 40)])
    func maglev(weights: [Int]) {
        withTable(.maglev, weights.enumerated().map { server($0, weight: $1) }) { table in
            #expect(stray(placeCounts(table), weights) < 0.01)
            if weights.count == 3 {
                #expect(stray(counts(50_000, table, seed: 3), weights) < 0.02, "and keys fall evenly on it")
            }
        }
    }

    @Test("the ring shares within ten per cent", arguments: [[1, 1, 1], [5, 3, 2], [Int](repeating: 1, count: 20)])
    func ring(weights: [Int]) {
        withTable(.ring, weights.enumerated().map { server($0, weight: $1) }) { table in
            #expect(stray(placeCounts(table), weights) < 0.1)
        }
    }

    @Test("source shares keys by weight")
    func source() {
        let weights = [3, 2, 1]
        withTable(.source, weights.enumerated().map { server($0, weight: $1) }) { table in
            #expect(stray(counts(60_000, table, seed: 4), weights) < 0.03)
        }
    }

    @Test(
        "when one of the servers goes, its keys move and hardly any other",
        arguments: [Policy.maglev, .ring], [3, 10, 100])
    func movedKeys(policy: Policy, serverCount: Int) {
        let servers = (0..<serverCount).map { server($0) }
        let gone = serverCount / 2
        withTable(policy, servers) { before in
            withTable(policy, servers.enumerated().filter { $0.offset != gone }.map(\.element)) { after in
                let groups = (before.group(.primaries).pointee, after.group(.primaries).pointee)
                var bits = SeededBits(seed: 5)
                var moved = 0
                var strayed = 0
                let keyCount = 20_000
                for _ in 0..<keyCount {
                    let key = bits.next()
                    let old = groups.0.server(at: key)
                    let new = groups.1.server(at: key)
                    guard servers[old].identity != servers[new < gone ? new : new + 1].identity else { continue }
                    moved += 1
                    if old != gone { strayed += 1 }
                }
                let part = Double(moved) / Double(keyCount)
                #expect(part <= 1 / Double(serverCount) + 0.01, "\(moved) of \(keyCount) moved")
                if policy == .ring { #expect(strayed == 0, "only the keys of the server that went") }
            }
        }
    }

    @Test("hosts that list the servers in another order pick the same", arguments: [Policy.maglev, .ring, .source])
    func order(policy: Policy) {
        let numbers = Array(0..<12)
        let shuffled = numbers.map { ($0 * 5 + 3) % 12 }
        withTable(policy, numbers.map { server($0, weight: 1 + $0 % 3) }) { here in
            withTable(policy, shuffled.map { server($0, weight: 1 + $0 % 3) }) { there in
                var (one, other) = (Selector(here), Selector(there))
                var bits = SeededBits(seed: 6)
                for _ in 0..<5_000 {
                    let key = bits.next()
                    let mine = one.pick(from: here, tried: TriedServers(), random: bits.next(), key: key)
                    let theirs = other.pick(from: there, tried: TriedServers(), random: bits.next(), key: key)
                    #expect(mine == theirs.map { shuffled[$0] })
                }
            }
        }
    }

    // Never change these: hosts of one group may run different versions.
    @Test(
        "keys pick the servers that they always did",
        arguments: [
            (.source, [1, 3, 2, 2, 1, 1, 2, 2]), (.maglev, [2, 1, 1, 2, 2, 2, 2, 1]), (.ring, [1, 1, 2, 1, 2, 2, 3, 1]),
        ] as [(Policy, [Int])])
    func pinned(policy: Policy, servers: [Int]) {
        withTable(policy, [server(0), server(1, weight: 2), server(2, weight: 3), server(3)]) { table in
            var selector = Selector(table)
            let picks = (0..<8).compactMap {
                selector.pick(from: table, tried: TriedServers(), random: 0, key: StableHash.hash("client-\($0)"))
            }
            #expect(picks == servers)
        }
    }

    @Test(
        "a key stays with its server, however often it comes and from whichever shard",
        arguments: [Policy.source, .maglev, .ring])
    func sticky(policy: Policy) {
        withTable(policy, (0..<7).map { server($0) }) { table in
            var selectors = (0..<4).map { Selector(table: table, shard: $0, shardCount: 4) }
            for key in 0..<50 as Range<UInt64> {
                let picks = (0..<8).map {
                    selectors[$0 % 4].pick(from: table, tried: TriedServers(), random: UInt64($0), key: StableHash.mixed(key))
                }
                #expect(Set(picks).count == 1)
            }
        }
    }

    @Test("keys of a server that was tried go to all others, not to one", arguments: [Policy.source, .maglev, .ring])
    func successors(policy: Policy) {
        withTable(policy, (0..<5).map { server($0) }) { table in
            var selector = Selector(table)
            var bits = SeededBits(seed: 7)
            var taken = [Int](repeating: 0, count: 5)
            for _ in 0..<4_000 {
                let key = bits.next()
                let own = selector.pick(from: table, tried: TriedServers(), random: 0, key: key)
                guard own == 2, let next = selector.pick(from: table, tried: TriedServers(bits: 0b100), random: 0, key: key)
                else { continue }
                taken[next] += 1
            }
            #expect(taken[2] == 0)
            for other in [0, 1, 3, 4] { #expect(taken[other] > 120, "\(taken)") }
        }
    }

    @Test("a thousand servers hold to the ring's bound on points, and each has some")
    func cappedRing() {
        #expect(RingTable.pointCounts(weights: [1, 2]) == [1_000, 2_000])
        #expect(RingTable.pointCounts(weights: [Int](repeating: 1, count: 1_000)).allSatisfy { $0 == 1_000 })
        for weights in [[Int](repeating: 256, count: 1_000), [256, 1], [Int](repeating: 256, count: 60_000) + [1]] {
            let counts = RingTable.pointCounts(weights: weights)
            #expect(counts.allSatisfy { $0 >= 1 })
            #expect(counts.reduce(0, +) <= RingTable.pointsMax + weights.count)
        }
    }
}
