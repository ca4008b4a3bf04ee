// Whether the simulation of HTTP would find a fault: engines that do one thing wrong, each of which must be told.

import Testing

@testable import Engine

@Suite struct HTTPJudgeTests {
    /// Ten clients that ask through small sockets, in good weather.
    private static func scenario(_ habits: EngineHabits) -> Scenario {
        var scenario = Scenario()
        scenario.isHTTP = true
        scenario.isFair = true
        scenario.habits = habits
        scenario.network.sendCapacity = 2_000...2_000
        scenario.network.receiveCapacity = 2_000...2_000
        scenario.clients = (0..<10).map { index in
            var plan = HTTPClientPlan(requests: [.post(.length(9_000)), .get(), .post(.chunked(5_000)), .get()])
            // The balancer is the one who closes, and has something to lose with it.
            plan.requests[3].closes = true
            plan.finale = .lingers
            return ClientPlan(at: UInt64(index) * 100_000, script: PeerScript(), http: plan)
        }
        (scenario.servers[0].http.bodyBytesMin, scenario.servers[0].http.bodyBytesMax) = (5_000, 9_000)
        return scenario
    }

    @Test("an engine without a fault breaks no rule", arguments: [EngineHabits.ring, .singleShotRing, .epoll])
    func faultless(habits: EngineHabits) {
        let outcome = Simulation.run(Self.scenario(habits))
        #expect(outcome.violation == nil)
        #expect(outcome.exchanges.count == 40)
        #expect(outcome.exchanges.allSatisfy { $0.isAnswered && $0.attemptCount == 1 })
    }

    @Test(
        "every fault is found",
        arguments: Fault.allCases.filter { $0 != .losesAnEnd })
    func found(fault: Fault) {
        let outcome = Simulation.run(Self.scenario(.epoll), isTracing: false) { FaultyIO($0, fault) }
        #expect(outcome.violation != nil, "\(fault)")
    }

    @Test(
        "on a ring as well",
        arguments: [Fault.losesBytes, .cutsOff, .losesARoomReport, .losesAConnect, .leaksADescriptor, .missesItsTarget])
    func foundOnRing(fault: Fault) {
        let outcome = Simulation.run(Self.scenario(.ring), isTracing: false) { FaultyIO($0, fault) }
        #expect(outcome.violation != nil, "\(fault)")
    }
}
