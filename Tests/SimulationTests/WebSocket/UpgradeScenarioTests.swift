// Tunnels of other protocols on a route that lists one, by situations with a name.

import Config
import Testing

@testable import Engine

@Suite struct UpgradeScenarioTests {
    static func scenario(_ habits: EngineHabits, _ count: Int, _ client: WebSocketHabits, _ server: WebSocketHabits) -> Scenario {
        var scenario = WebSocketScene(habits: habits).scenario(count, client, server)
        scenario.webSocket.hasRoute = true
        for index in scenario.clients.indices { scenario.clients[index].webSocket!.wish = .listed }
        return scenario
    }

    private func talks(_ messages: Int, then finale: WebSocketHabits.Finale) -> WebSocketHabits {
        var habits = WebSocketHabits.says(messages, then: finale)
        habits.messageBytesMax = 20_000
        habits.speaksAtOnce = 1_000
        return habits
    }

    @Test("every byte arrives in its order, also those behind either head", arguments: WebSocketScene.engines)
    func bytes(habits: EngineHabits) {
        for splice in [ProcessOptions.Splice.auto, .on] {
            var scenario = Self.scenario(habits, 8, talks(30, then: .closes), talks(20, then: .waits))
            scenario.splice = splice
            scenario.isFair = true
            let outcome = WebSocketScene.run(scenario)
            #expect(outcome.tunnels.allSatisfy { $0.server.isAll && $0.client.isAll && !$0.wasAbrupt })
            #expect(outcome.tunnels.allSatisfy { $0.server.messages == 30 && $0.client.messages == 20 })
            #expect(outcome[.upgrades] == 8)
        }
    }

    @Test("whoever ends first still hears the other out", arguments: WebSocketScene.engines, [true, false])
    func halfClosed(habits: EngineHabits, isClientFirst: Bool) {
        var patient = talks(20, then: .waits)
        patient.outlivesEnd = true
        patient.pause = 100_000_000...100_000_000
        let brief = talks(1, then: .ends)
        var scenario = Self.scenario(habits, 6, isClientFirst ? brief : patient, isClientFirst ? patient : brief)
        scenario.isFair = false
        let outcome = WebSocketScene.run(scenario)
        for tunnel in outcome.tunnels {
            #expect((isClientFirst ? tunnel.client : tunnel.server).messages == 20)
            #expect((isClientFirst ? tunnel.server : tunnel.client).messages == 1)
            #expect(tunnel.client.isAll && tunnel.server.isAll && !tunnel.wasAbrupt && tunnel.endedAt > 1_700_000_000)
        }
    }

    @Test("a protocol that no route lists is never changed to, whatever the server says", arguments: WebSocketScene.engines)
    func unlisted(habits: EngineHabits) {
        for wish in TunnelWish.allCases where !wish.mayTunnel {
            var scenario = Self.scenario(habits, 12, talks(2, then: .closes), talks(2, then: .waits))
            for index in scenario.clients.indices { scenario.clients[index].webSocket!.wish = wish }
            scenario.isFair = true
            let outcome = Simulation.run(scenario)
            #expect(outcome.violation == nil, "\(wish)")
            #expect(outcome.tunnels.count == 12 && outcome.tunnels.allSatisfy { !$0.isOpen } && outcome[.upgrades] == 0)
        }
    }

    @Test("an answer that changes to something else is none", arguments: WebSocketScene.engines)
    func wrongAnswers(habits: EngineHabits) {
        for answer in WebSocketServerHabits.Answer.allCases where answer != .switches && answer != .closes {
            var scenario = Self.scenario(habits, 2, talks(2, then: .closes), talks(2, then: .waits))
            scenario.servers[0].webSocket.answers = [answer]
            scenario.isFair = true
            let outcome = Simulation.run(scenario)
            #expect(outcome.violation == nil, "\(answer)")
            #expect(outcome.tunnels.allSatisfy { !$0.isOpen } && outcome[.upgrades] == 0)
        }
    }

    @Test("WebSockets beside them are looked after", arguments: WebSocketScene.engines)
    func beside(habits: EngineHabits) {
        var scenario = Self.scenario(habits, 8, talks(2, then: .waits), talks(2, then: .waits))
        for index in scenario.clients.indices where index % 2 == 0 { scenario.clients[index].webSocket!.wish = .webSocket }
        (scenario.webSocket.pingInterval, scenario.webSocket.pingTimeout) = (100, 1_000)
        scenario.tunnelTimeout = 3_000
        scenario.drainsAt = 1_000_000_000
        let outcome = WebSocketScene.run(scenario)
        for (index, tunnel) in outcome.tunnels.enumerated() {
            #expect((tunnel.client.pings > 0) == (index % 2 == 0))
            #expect(tunnel.client.close == (index % 2 == 0 ? 1_012 : nil))
        }
        #expect(outcome[.tunnelsDrained] == 4 && outcome[.tunnelsOpened] == 8)
    }
}
