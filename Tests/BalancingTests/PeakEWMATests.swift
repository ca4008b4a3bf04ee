// Peak EWMA by what clients see of it, in simulated time.

import Synchronization
import Testing

@testable import Balancing

@Suite("Peak EWMA")
struct PeakEWMATests {
    private typealias Server = ServiceSimulation.Server

    /// Runs `body` with a simulation of these servers.
    private func simulate<Answer>(
        _ servers: [Server], policy: Policy = .ewma, shardCount: Int = 1, seed: UInt64 = 1,
        _ body: (inout ServiceSimulation) -> Answer
    ) -> Answer {
        withTable(weights: servers.map(\.weight), policy: policy) { table in
            var simulation = ServiceSimulation(servers, table: table, shardCount: shardCount, seed: seed)
            return body(&simulation)
        }
    }

    @Test(
        "with one of three servers ten times slower, p99 is at most a third of round robin's",
        arguments: [1, 2, 3] as [UInt64], [30, 90, 300])
    func slowServer(seed: UInt64, rate: Double) {
        // Workers enough that round robin too keeps up: what is compared is the choice, not an overload.
        let servers = [10.0, 10, 100].map { Server(meanMilliseconds: $0, workers: 32) }
        func p99(_ policy: Policy) -> Double {
            simulate(servers, policy: policy, seed: seed) { simulation in
                simulation.run(seconds: 120, rate: rate)
                return simulation.milliseconds(percentile: 99)
            }
        }
        let (even, byLatency) = (p99(.roundRobin), p99(.ewma))
        #expect(byLatency <= even / 3, "\(byLatency) ms, round robin \(even) ms")
    }

    @Test("above the number of servers that are all looked at, draws do nearly as well")
    func manyServers() {
        let servers = (0..<48).map { Server(meanMilliseconds: $0 % 3 == 0 ? 100 : 10) }
        let p99 = simulate(servers) { simulation in
            simulation.run(seconds: 20, rate: 3_000)
            return simulation.milliseconds(percentile: 99, from: 5_000_000_000)
        }
        #expect(p99 < 80, "\(p99) ms; fast servers alone give 46")
    }

    @Test("a server that turns slow is left at once and used again once it has recovered")
    func recovery() {
        simulate([10, 10, 10].map { Server(meanMilliseconds: $0) }) { simulation in
            simulation.run(seconds: 30, rate: 400)
            #expect(simulation.shares().allSatisfy { abs($0 - 1 / 3) < 0.08 }, "\(simulation.shares())")
            simulation.servers[2].meanMilliseconds = 200
            simulation.run(seconds: 60, rate: 400)
            let slowed = simulation.shares(from: 31_000_000_000)[2]
            #expect(slowed > 0 && slowed < 0.015, "\(slowed)")
            simulation.servers[2].meanMilliseconds = 10
            // It was 20 times slower: asked again within 4.3 half-lives, and trusted after about as many.
            simulation.run(seconds: 45, rate: 400)
            let healedAt = simulation.now
            simulation.run(seconds: 30, rate: 400)
            let healed = simulation.shares(from: healedAt)[2]
            #expect(healed > 0.2, "\(healed)")
        }
    }

    @Test("under load equally fast servers share by weight", arguments: [[1, 1], [3, 1], [1, 2, 5]])
    func weights(weights: [Int]) {
        let servers = weights.map { Server(meanMilliseconds: 10, weight: $0, workers: 8 * $0) }
        let total = Double(weights.reduce(0, +))
        simulate(servers) { simulation in
            simulation.run(seconds: 30, rate: 600 * total)
            for (share, weight) in zip(simulation.shares(from: 5_000_000_000), weights) {
                #expect(abs(share / (Double(weight) / total) - 1) < 0.1, "\(simulation.shares())")
            }
        }
    }

    @Test("a server that never answers gets one request as long as others answer")
    func silent() {
        simulate([Server(meanMilliseconds: 10), Server(meanMilliseconds: 10, isSilent: true)]) { simulation in
            simulation.run(seconds: 60, rate: 100)
            #expect(simulation.picks.filter { $0.server == 1 }.count <= 2, "one more where both were unknown")
        }
    }

    @Test("requests that come before any answer are spread evenly")
    func beforeAnswers() {
        withTable(weights: [1, 1, 1], policy: .ewma) { table in
            var selector = Selector(table)
            let picks = (0..<30 as Range<UInt64>).compactMap {
                selector.pick(from: table, tried: TriedServers(), random: StableHash.mixed($0), now: 1)
            }
            #expect(shares(of: picks, serverCount: 3) == [10, 10, 10])
        }
    }

    @Test("a server that comes back after long is tried gently")
    func gently() {
        withTable(weights: [1, 1], policy: .ewma) { table in
            var selector = Selector(table)
            table.observe(0, latencyNanoseconds: 10_000_000, at: 0)
            table.observe(1, latencyNanoseconds: 10_000_000, at: 0)
            let later: UInt64 = 600_000_000_000
            table.observe(0, latencyNanoseconds: 10_000_000, at: later)
            let picks = (0..<18).compactMap { _ in selector.pick(from: table, tried: TriedServers(), random: 0, now: later) }
            // An eighth of the other's record: eight requests out weigh as one there.
            #expect(shares(of: picks, serverCount: 2)[1] <= 16)
            #expect(shares(of: picks, serverCount: 2)[0] >= 2)
        }
    }

    @Test("a server that fails at once does not attract requests")
    func failures() {
        withTable(weights: [1, 1], policy: .ewma) { table in
            var selector = Selector(table)
            var failedCount = 0
            for number in 0..<10_000 as Range<UInt64> {
                let now = number * 1_000_000
                let server = selector.pick(from: table, tried: TriedServers(), random: StableHash.mixed(number), now: now)!
                table.release(server)
                if server == 1 {
                    failedCount += 1
                    table.observeFailure(1, at: now)
                } else {
                    table.observe(0, latencyNanoseconds: 10_000_000, at: now)
                }
            }
            #expect(failedCount == 1, "ten seconds are two half-lives of a record a hundred times as high")
        }
    }

    @Test("what one shard has seen all shards know", arguments: [1, 4])
    func shards(shardCount: Int) {
        let servers = [10.0, 10, 100].map { Server(meanMilliseconds: $0, workers: 32) }
        simulate(servers, shardCount: shardCount) { simulation in
            simulation.run(seconds: 60, rate: 200)
            let slow = simulation.shares()[2]
            #expect(slow > 0 && slow < 0.012, "\(slow)")
        }
    }

    @Test("observations of four threads at once leave the highest")
    func threads() {
        withTable(weights: [1], policy: .ewma) { table in
            onThreads(4) { thread in
                for number in 1...10_000 as ClosedRange<UInt64> {
                    table.observe(0, latencyNanoseconds: number * 1_000 + UInt64(thread), at: 0)
                }
            }
            #expect(table.latency(0).nanoseconds == Float(10_000_003))
        }
    }

    @Test("other policies remember no latencies", arguments: Policy.allCases.filter { $0 != .ewma })
    func others(policy: Policy) {
        withTable(weights: [1], policy: policy) { table in
            table.observe(0, latencyNanoseconds: 1, at: 0)
            table.observeFailure(0, at: 0)
            #expect(!table.latency(0).isMeasured)
        }
    }
}
