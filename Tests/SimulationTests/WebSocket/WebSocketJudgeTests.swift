// Whether the simulation of WebSockets would find a fault: engines that do one thing wrong, each of which must be told.

import Config
import Testing

@testable import Engine

@Suite struct WebSocketJudgeTests {
    /// Ten tunnels through small sockets, in good weather, and pings of the balancer's.
    private static func scenario(_ habits: EngineHabits) -> Scenario {
        var client = WebSocketHabits.says(8, every: 80_000_000, then: .closes)
        (client.messageBytesMax, client.pings) = (5_000, 300)
        var server = WebSocketHabits.says(8, every: 70_000_000, then: .waits)
        (server.messageBytesMax, server.pongs) = (5_000, 300)
        var scenario = WebSocketScene(habits: habits).scenario(10, client, server)
        scenario.network.sendCapacity = 2_000...2_000
        scenario.network.receiveCapacity = 2_000...2_000
        scenario.tunnelTimeout = 5_000
        scenario.isFair = true
        (scenario.webSocket.pingInterval, scenario.webSocket.pingTimeout) = (50, 2_000)
        return scenario
    }

    @Test("an engine without a fault breaks no rule", arguments: WebSocketScene.engines)
    func faultless(habits: EngineHabits) {
        let outcome = WebSocketScene.run(Self.scenario(habits))
        #expect(outcome.tunnels.count == 10)
        #expect(outcome.tunnels.allSatisfy { $0.server.messages == 8 && $0.server.isAll && !$0.wasAbrupt })
        #expect(outcome.tunnels.contains { $0.client.pings > 0 } && outcome.tunnels.contains { $0.server.pings > 0 })
    }

    @Test("every fault of a shard that looks after tunnels is found", arguments: TunnelFault.plain)
    func found(fault: TunnelFault) {
        let outcome = Simulation.run(Self.scenario(.epoll), isTracing: false) { TamperingIO($0, fault) }
        #expect(outcome.violation != nil, "\(fault)")
        #expect(outcome.violation?.contains("stands still") != true, "\(fault) is found by what it does")
    }

    @Test("bytes that change, and ends that come too early, are found in tunnels that nobody reads")
    func foundInOpaque() {
        for fault in [TunnelFault.changesPayload, .losesPayload, .repeatsPayload, .cutsOff, .endsBothSides] {
            var server = WebSocketHabits.says(8, every: 70_000_000, then: .waits)
            server.outlivesEnd = true
            var client = WebSocketHabits.says(4, every: 20_000_000, then: .ends)
            (client.messageBytesMax, server.messageBytesMax) = (9_000, 9_000)
            var scenario = UpgradeScenarioTests.scenario(.epoll, 10, client, server)
            (scenario.network.sendCapacity, scenario.network.receiveCapacity) = (2_000...2_000, 2_000...2_000)
            let outcome = Simulation.run(scenario, isTracing: false) { TamperingIO($0, fault) }
            #expect(outcome.violation != nil, "\(fault)")
            #expect(Simulation.run(scenario).violation == nil)
        }
    }

    @Test(
        "moves that are not due, not even, or of the wrong ones are found",
        arguments: [
            (TunnelFault.movesWithoutReason, 0 as UInt64, "may go"), (.movesTheYoungest, 2, "older"),
            (.movesSeveralAtOnce, 2, "even"),
        ])
    func foundOfMoves(fault: TunnelFault, opensAt: UInt64, what: String) {
        var scenario = TunnelMoveTests.scenario(.epoll, 20, percent: 50, opensAt: opensAt * 1_000_000_000)
        if fault == .movesTheYoungest {
            // Nothing else shows that it was another's turn.
            scenario.servers[0].webSocket.habits.messages = 0
            for index in scenario.clients.indices {
                scenario.clients[index].webSocket!.habits.answerPause = 2_500_000_000...2_500_000_000
            }
        }
        let outcome = Simulation.run(scenario, isTracing: false) { TamperingIO($0, fault) }
        #expect(outcome.violation?.contains(what) == true, "\(fault): \(outcome.violation ?? "nothing")")
    }

    @Test(
        "a pace that is none is found",
        arguments: [(TunnelFault.clockRunsFast, "faster"), (.clockRunsSlowly, "a moment is lost")])
    func foundOfPace(fault: TunnelFault, what: String) {
        var scenario = TunnelPaceTests.scenario(.epoll, 20)
        scenario.webSocket.pace = Rate(count: 4, periodMilliseconds: 1_000)
        let outcome = Simulation.run(scenario, isTracing: false) { TamperingIO($0, fault) }
        #expect(outcome.violation?.contains(what) == true, "\(fault): \(outcome.violation ?? "nothing")")
    }

    /// An end that is lost is nothing to peers that have said a close: the server's own follows.
    @Test("and every fault of an engine", arguments: Fault.allCases.filter { $0 != .losesAnEnd })
    func foundOfEngine(fault: Fault) {
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
