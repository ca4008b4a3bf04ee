// Picking as shards do it: a place is taken with the choice, and a limit is never passed.

import Synchronization
import Testing

@testable import Balancing

@Suite("The selector")
struct SelectorTests {
    @Test("a pick takes a place on its server", arguments: Policy.allCases)
    func reservation(policy: Policy) {
        withTable(weights: [1, 1], policy: policy) { table in
            var selector = Selector(table)
            let server = selector.pick(from: table, tried: TriedServers(), random: 1)
            #expect(server.map { table.current($0) } == 1)
            #expect(table.currentTotal == 1)
        }
    }

    @Test("one place after another until the limits are met, then none, then one again", arguments: Policy.allCases)
    func limits(policy: Policy) {
        withTable(weights: [1, 1], limits: [2, 1], policy: policy) { table in
            var selector = Selector(table)
            let picks = (0..<3).compactMap { selector.pick(from: table, tried: TriedServers(), random: $0) }
            #expect(shares(of: picks, serverCount: 2) == [2, 1])
            #expect(selector.pick(from: table, tried: TriedServers(), random: 4) == nil)
            #expect(table.currentTotal == 3, "a refused pick keeps no place")
            table.release(0)
            #expect(selector.pick(from: table, tried: TriedServers(), random: 5) == 0)
        }
    }

    @Test("tried servers are not picked, and all tried is none", arguments: Policy.allCases)
    func tried(policy: Policy) {
        withTable(weights: [1, 1, 1], policy: policy) { table in
            var selector = Selector(table)
            for random in 0..<6 as Range<UInt64> {
                #expect(selector.pick(from: table, tried: TriedServers(bits: 0b101), random: random) == 1)
            }
            #expect(selector.pick(from: table, tried: TriedServers(bits: 0b111), random: 9) == nil)
        }
    }

    @Test("the cursor moves with each pick")
    func cursor() {
        withTable(weights: [1, 1, 1]) { table in
            var selector = Selector(table)
            #expect((0..<6).map { selector.pick(from: table, tried: TriedServers(), random: $0) } == [0, 1, 2, 0, 1, 2])
        }
    }

    /// What the threads of the test below count for themselves, apart from the table's own counts.
    private final class Ledger: Sendable {
        let held = (0..<3).map { _ in Cell() }
        let passedLimit = Atomic<Int>(0)
        let taken = Atomic<Int>(0)

        final class Cell: Sendable { let count = Atomic<Int>(0) }
    }

    @Test("four threads that take and give back places never pass a limit", arguments: Policy.allCases)
    func threads(policy: Policy) {
        let limits = [1, 2, 3]
        withTable(weights: [1, 1, 1], limits: limits, policy: policy) { table in
            let ledger = Ledger()
            onThreads(4) { thread in
                var selector = Selector(table: table, shard: thread, shardCount: 4)
                var bits = SeededBits(seed: UInt64(thread))
                var mine: [Int] = []
                func giveBack(_ server: Int) {
                    ledger.held[server].count.wrappingSubtract(1, ordering: .relaxed)
                    table.release(server)
                }
                for _ in 0..<20_000 {
                    if mine.count < 2, let server = selector.pick(from: table, tried: TriedServers(), random: bits.next()) {
                        let held = ledger.held[server].count.wrappingAdd(1, ordering: .relaxed).newValue
                        if held > limits[server] { ledger.passedLimit.wrappingAdd(1, ordering: .relaxed) }
                        ledger.taken.wrappingAdd(1, ordering: .relaxed)
                        mine.append(server)
                    } else if let server = mine.popLast() {
                        giveBack(server)
                    }
                }
                mine.forEach(giveBack)
            }
            #expect(ledger.passedLimit.load(ordering: .relaxed) == 0)
            #expect(ledger.taken.load(ordering: .relaxed) > 1_000, "the threads did take places")
            #expect(table.currentTotal == 0, "every place was given back")
        }
    }
}
