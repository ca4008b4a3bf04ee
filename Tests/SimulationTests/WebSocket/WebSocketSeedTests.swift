// Thousands of runs of WebSockets, each drawn from its number: engine, weather, clients, servers, faults.
//
// SWIVEL_WEBSOCKET_SEEDS: how many seeds (600 unless told); SWIVEL_SIMULATION_FIRST: the first of them;
// SWIVEL_WEBSOCKET_SEED: this one alone, with a trace of all that happens.

import Testing

@Suite struct WebSocketSeedTests {
    private static let batchCount = 16

    @Test("every seed keeps every rule", arguments: 0..<batchCount)
    func seeds(batch: Int) {
        if let seed = Environment.number("SWIVEL_WEBSOCKET_SEED") {
            if batch == 0 { run(UInt64(seed), isTracing: true) }
            return
        }
        let seedCount = Environment.number("SWIVEL_WEBSOCKET_SEEDS") ?? 600
        let first = Environment.number("SWIVEL_SIMULATION_FIRST") ?? 1
        var failures = 0
        for seed in stride(from: first + batch, to: first + seedCount, by: Self.batchCount) where failures < 3 {
            if !run(UInt64(seed), isTracing: false) { failures += 1 }
        }
    }

    private static func describe(_ scenario: Scenario) {
        print("\(scenario.habits)\n\(scenario.faults)\n\(scenario.network)\n\(scenario.http)\n\(scenario.webSocket)")
        print("tunnel \(scenario.tunnelTimeout), half closed \(scenario.halfCloseTimeout), drains \(scenario.drainsAt ?? 0)")
        for server in scenario.servers {
            print("server: \(server.answers), at most \(server.connectionsMax), \(server.webSocket)")
        }
        for client in scenario.clients { print("client at \(client.at / 1000) us: \(client.script), \(client.webSocket!)") }
    }

    @discardableResult
    private func run(_ seed: UInt64, isTracing: Bool) -> Bool {
        let scenario = Scenario(webSocketSeed: seed)
        if isTracing { Self.describe(scenario) }
        let outcome = PresentSeed.during(seed) { Simulation.run(scenario, isTracing: isTracing) }
        guard let violation = outcome.violation else { return true }
        Issue.record(
            "seed \(seed): \(violation)\nrun it alone with SWIVEL_WEBSOCKET_SEED=\(seed) swift test --filter WebSocketSeedTests")
        return false
    }
}
