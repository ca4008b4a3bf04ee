// Whether the simulation would find a fault: engines that do one thing wrong, each of which must be told.

import Testing

@testable import Engine

@Suite struct JudgeTests {
    /// Ten clients that send through small sockets to servers that answer every byte, in good weather.
    private static func scenario(_ habits: EngineHabits) -> Scenario {
        var scenario = Scenario()
        scenario.habits = habits
        scenario.network.sendCapacity = 2_000...2_000
        scenario.network.receiveCapacity = 2_000...2_000
        scenario.tunnelTimeout = 5_000
        scenario.clients = (0..<10).map { index in
            var script = PeerScript.sends(20_000)
            script.chunk = 1_500...4_000
            script.readPause = 0...200_000
            return ClientPlan(at: UInt64(index) * 100_000, script: script)
        }
        return scenario
    }

    @Test("an engine without a fault breaks no rule", arguments: [EngineHabits.ring, .singleShotRing, .epoll])
    func faultless(habits: EngineHabits) {
        let outcome = Simulation.run(Self.scenario(habits))
        #expect(outcome.violation == nil)
        #expect(outcome.clients.count == 10)
        #expect(outcome.clients.allSatisfy { $0.isSatisfied && $0.read == 20_000 })
    }

    @Test("every fault is found", arguments: Fault.allCases)
    func found(fault: Fault) {
        // Where sends end at once: there an order can be given twice or early without the engine's own checks.
        let outcome = Simulation.run(Self.scenario(.epoll), isTracing: false) { FaultyIO($0, fault) }
        #expect(outcome.violation != nil, "\(fault)")
    }

    @Test("on a ring as well", arguments: [Fault.losesBytes, .losesAnEnd, .cutsOff, .losesARoomReport, .losesAConnect, .leaksADescriptor])
    func foundOnRing(fault: Fault) {
        let outcome = Simulation.run(Self.scenario(.ring), isTracing: false) { FaultyIO($0, fault) }
        #expect(outcome.violation != nil, "\(fault)")
    }
}
