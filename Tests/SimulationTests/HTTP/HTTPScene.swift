// What named situations of HTTP have in common.

import Testing

@testable import Engine

/// Makes scenarios of HTTP for one engine, and runs them.
struct HTTPScene {
    static let engines: [EngineHabits] = [.ring, .singleShotRing, .epoll]

    let habits: EngineHabits

    /// One client for each plan, one after the other.
    func scenario(_ plans: [HTTPClientPlan], every pause: UInt64 = 100_000) -> Scenario {
        var scenario = Scenario()
        scenario.isHTTP = true
        scenario.habits = habits
        scenario.clients = plans.enumerated().map { index, plan in
            ClientPlan(at: UInt64(index) * pause, script: PeerScript(), http: plan)
        }
        return scenario
    }

    /// The same in fair weather: every request has to get its answer.
    func fair(_ plans: [HTTPClientPlan], every pause: UInt64 = 100_000) -> Scenario {
        var scenario = scenario(plans, every: pause)
        scenario.isFair = true
        return scenario
    }

    /// Two clients that each ask once, far apart, and a server that always fails in one way.
    func failing(_ fault: Answer.Fault, _ request: RequestPlan = .get()) -> Scenario {
        var scenario = scenario([.asks([request]), .asks([request])], every: 50_000_000)
        scenario.servers[0].http.faults = 1000
        scenario.servers[0].http.faultKinds = [fault]
        (scenario.servers[0].http.bodyBytesMin, scenario.servers[0].http.bodyBytesMax) = (3_000, 3_000)
        return scenario
    }

    /// Runs it, and expects that no rule is broken.
    static func run(_ scenario: Scenario) -> Outcome {
        let outcome = Simulation.run(scenario)
        #expect(outcome.violation == nil)
        return outcome
    }
}

extension HTTPClientPlan {
    static func asks(
        _ requests: [RequestPlan], depth: Int = 1, then finale: Finale = .closes
    ) -> HTTPClientPlan {
        var plan = HTTPClientPlan(requests: requests)
        plan.depth = depth
        plan.finale = finale
        return plan
    }
}

extension Outcome {
    /// So many requests were asked, and each was answered by the only server that saw it.
    func isAnswered(times count: Int) -> Bool {
        exchanges.count == count && exchanges.allSatisfy { $0.isAnswered && $0.attemptCount == 1 }
    }
}
