// Thousands of runs of HTTP, each drawn from its number: engine, weather, clients, servers, faults.
//
// SWIVEL_HTTP_SEEDS: how many seeds (2,000 unless told); SWIVEL_SIMULATION_FIRST: the first of them;
// SWIVEL_HTTP_SEED: this one alone, with a trace of all that happens.

import Testing

@Suite struct HTTPSeedTests {
    private static let batchCount = 16

    @Test("every seed keeps every rule", arguments: 0..<batchCount)
    func seeds(batch: Int) {
        if let seed = Environment.number("SWIVEL_HTTP_SEED") {
            if batch == 0 { run(Scenario(httpSeed: UInt64(seed)), isTracing: true, "HTTP") }
            return
        }
        let seedCount = Environment.number("SWIVEL_HTTP_SEEDS") ?? 2_000
        let first = Environment.number("SWIVEL_SIMULATION_FIRST") ?? 1
        var failures = 0
        for seed in stride(from: first + batch, to: first + seedCount, by: Self.batchCount) where failures < 3 {
            if !run(Scenario(httpSeed: UInt64(seed)), isTracing: false, "HTTP") { failures += 1 }
        }
    }

    @Test("HTTP that a relay carries unknowingly is what it was", arguments: 0..<batchCount)
    func relayed(batch: Int) {
        let alone = Environment.number("SWIVEL_RELAYED_SEED")
        if let alone, batch == 0 { run(Self.relayed(UInt64(alone))!, isTracing: true, "RELAYED") }
        if alone != nil || Environment.number("SWIVEL_HTTP_SEED") != nil { return }
        var failures = 0
        for seed in stride(from: 1 + batch, to: 400, by: Self.batchCount) where failures < 3 {
            guard let scenario = Self.relayed(UInt64(seed)) else { continue }
            if !run(scenario, isTracing: false, "RELAYED") { failures += 1 }
        }
    }

    /// In fair weather, and without what only a balancer makes whole.
    private static func relayed(_ seed: UInt64) -> Scenario? {
        var scenario = Scenario(httpSeed: seed)
        scenario.isRelayed = true
        guard scenario.isFair,
            scenario.clients.allSatisfy({ $0.http!.requests.allSatisfy { $0.flaw == nil && !$0.hasEmptyLineBefore } })
        else { return nil }
        // A server that closes with requests unread resets the answers to those before.
        for index in scenario.clients.indices { scenario.clients[index].http!.depth = 1 }
        // Nobody holds back from old clients what they do not know.
        for index in scenario.servers.indices {
            scenario.servers[index].http.interims = 0
            scenario.servers[index].http.continues = 0
        }
        return scenario
    }

    private static func describe(_ scenario: Scenario) {
        print("\(scenario.habits)\n\(scenario.faults)\n\(scenario.network)\n\(scenario.http)")
        print(
            "shards \(scenario.shardCount), retries \(scenario.retriesMax), connections \(scenario.connectionsMax), queue \(scenario.queueMax)"
        )
        for server in scenario.servers { print("server: \(server.answers), at most \(server.connectionsMax), \(server.http)") }
        for client in scenario.clients { print("client at \(client.at / 1000) us: \(client.script), \(client.http!)") }
    }

    @discardableResult
    private func run(_ scenario: Scenario, isTracing: Bool, _ kind: String) -> Bool {
        if isTracing { Self.describe(scenario) }
        let outcome = PresentSeed.during(scenario.seed) { Simulation.run(scenario, isTracing: isTracing) }
        guard let violation = outcome.violation else { return true }
        Issue.record(
            "seed \(scenario.seed): \(violation)\nrun it alone with SWIVEL_\(kind)_SEED=\(scenario.seed) swift test --filter HTTPSeedTests"
        )
        return false
    }
}
