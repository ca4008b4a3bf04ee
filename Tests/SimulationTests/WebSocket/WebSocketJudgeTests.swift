// Whether the simulation of WebSockets would find a fault: engines that do one thing wrong, each of which must be told.

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

    @Test("every fault of a shard that looks after tunnels is found", arguments: TunnelFault.allCases)
    func found(fault: TunnelFault) {
        let outcome = Simulation.run(Self.scenario(.epoll), isTracing: false) { TamperingIO($0, fault) }
        #expect(outcome.violation != nil, "\(fault)")
        #expect(outcome.violation?.contains("stands still") != true, "\(fault) is found by what it does")
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
