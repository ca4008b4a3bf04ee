// Thousands of runs, each drawn from its number: engine, weather, clients, servers, faults.
//
// SWIVEL_SIMULATION_SEEDS: how many seeds (3,000 unless told); SWIVEL_SIMULATION_FIRST: the first of them;
// SWIVEL_SIMULATION_SEED: this one alone, with a trace of all that happens.

import Testing

@Suite struct SeedTests {
    private static let batchCount = 16

    @Test("every seed keeps every rule", arguments: 0..<batchCount)
    func seeds(batch: Int) {
        if let seed = Environment.number("SWIVEL_SIMULATION_SEED") {
            if batch == 0 { run(UInt64(seed), isTracing: true) }
            return
        }
        let seedCount = Environment.number("SWIVEL_SIMULATION_SEEDS") ?? 3_000
        let first = Environment.number("SWIVEL_SIMULATION_FIRST") ?? 1
        var failures = 0
        for seed in stride(from: first + batch, to: first + seedCount, by: Self.batchCount) where failures < 3 {
            if !run(UInt64(seed), isTracing: false) { failures += 1 }
        }
    }

    @discardableResult
    private func run(_ seed: UInt64, isTracing: Bool) -> Bool {
        let scenario = Scenario(seed: seed)
        let outcome = PresentSeed.during(seed) { Simulation.run(scenario, isTracing: isTracing) }
        var violation = outcome.violation
        if violation == nil, scenario.isFair, let index = outcome.clients.firstIndex(where: { !$0.isSatisfied }) {
            violation = "client \(index + 1) was not served to its end, in fair weather"
        }
        guard let violation else { return true }
        Issue.record("seed \(seed): \(violation)\nrun it alone with SWIVEL_SIMULATION_SEED=\(seed) swift test --filter SeedTests")
        return false
    }
}
