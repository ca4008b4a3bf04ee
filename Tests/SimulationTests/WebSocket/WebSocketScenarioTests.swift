// Situations of WebSockets with a name.

import Testing

@testable import Engine

@Suite struct WebSocketScenarioTests {
    @Test("a tunnel brings every message both ways, and ends with both closes", arguments: WebSocketScene.engines)
    func plain(habits: EngineHabits) {
        var client = WebSocketHabits.says(30, then: .closes)
        client.messageBytesMax = 20_000
        client.speaksAtOnce = 1_000
        var server = WebSocketHabits.says(10, then: .waits)
        server.speaksAtOnce = 1_000
        var scenario = WebSocketScene(habits: habits).scenario(8, client, server)
        scenario.isFair = true
        let outcome = WebSocketScene.run(scenario)
        #expect(outcome.tunnels.allSatisfy { $0.server.messages == 30 && $0.server.isAll && !$0.wasAbrupt })
        #expect(outcome[.upgrades] == 8)
        #expect(outcome[.tunnelsCut] == 0)
    }

    @Test("a client that falls silent is found by its missing pong, and its server told", arguments: WebSocketScene.engines)
    func deadClient(habits: EngineHabits) {
        var scenario = WebSocketScene(habits: habits).scenario(3, .says(2, then: .fallsSilent), .says(2, then: .waits))
        (scenario.webSocket.pingInterval, scenario.webSocket.pingTimeout) = (1_000, 500)
        let outcome = WebSocketScene.run(scenario)
        #expect(outcome[.pingTimeouts] == 3)
        for tunnel in outcome.tunnels {
            #expect(tunnel.server.close == 1_001 && tunnel.server.isCloseOurs)
            #expect(!tunnel.client.isCloseOurs && tunnel.client.pings == 1 && tunnel.wasAbrupt)
            #expect((1_490_000_000...1_700_000_000).contains(tunnel.server.closedAt))
        }
    }

    @Test("a server that falls silent is found, and its client told", arguments: WebSocketScene.engines)
    func deadServer(habits: EngineHabits) {
        var scenario = WebSocketScene(habits: habits).scenario(3, .says(2, then: .waits), .says(2, then: .fallsSilent))
        (scenario.webSocket.pingInterval, scenario.webSocket.pingTimeout) = (1_000, 500)
        let outcome = WebSocketScene.run(scenario)
        #expect(outcome[.pingTimeouts] == 3)
        #expect(outcome.tunnels.allSatisfy { $0.client.close == 1_014 && $0.client.isCloseOurs && !$0.server.isCloseOurs })
    }

    @Test("peers that answer are pinged again and again, and nobody sees their pongs", arguments: WebSocketScene.engines)
    func quiet(habits: EngineHabits) {
        var client = WebSocketHabits.says(2, every: 5_000_000_000, then: .closes)
        client.answersTwice = 1_000
        var scenario = WebSocketScene(habits: habits).scenario(3, client, .says(0, then: .waits))
        (scenario.webSocket.pingInterval, scenario.webSocket.pingTimeout) = (1_000, 500)
        let outcome = WebSocketScene.run(scenario)
        #expect(outcome[.pingTimeouts] == 0)
        #expect(outcome.tunnels.allSatisfy { $0.client.pings >= 8 && $0.server.pings >= 8 && !$0.wasAbrupt })
    }

    @Test("who answers the last of several pings only is not dead", arguments: WebSocketScene.engines)
    func lastPing(habits: EngineHabits) {
        var client = WebSocketHabits.says(1, every: 4_000_000_000, then: .closes)
        client.answersLastOnly = true
        client.answerPause = 300_000_000...300_000_000
        var server = WebSocketHabits.says(3, every: 1_100_000_000, then: .waits)
        server.pings = 1_000
        var scenario = WebSocketScene(habits: habits).scenario(4, client, server)
        (scenario.webSocket.pingInterval, scenario.webSocket.pingTimeout) = (1_000, 500)
        let outcome = WebSocketScene.run(scenario)
        #expect(outcome[.pingTimeouts] == 0)
        #expect(outcome.tunnels.allSatisfy { !$0.wasAbrupt && $0.server.isAll && $0.client.isAll })
    }

    @Test("who slowly takes what was said before our ping is not dead", arguments: WebSocketScene.engines)
    func slowReader(habits: EngineHabits) {
        var server = WebSocketHabits.says(6, then: .closes)
        (server.messageBytesMax, server.fragmentsMax) = (60_000, 3)
        var scenario = WebSocketScene(habits: habits).scenario(1, .says(0, then: .waits), server)
        scenario.clients[0].script.readChunk = 2_000...2_000
        scenario.clients[0].script.readPause = 200_000_000...200_000_000
        scenario.network.receiveCapacity = 4_000...4_000
        scenario.network.sendCapacity = 400_000...400_000
        (scenario.webSocket.pingInterval, scenario.webSocket.pingTimeout) = (1_000, 500)
        scenario.tunnelTimeout = 5_000
        let outcome = WebSocketScene.run(scenario)
        #expect(outcome[.pingTimeouts] == 0)
        #expect(outcome.tunnels.allSatisfy { $0.client.isAll && $0.client.close != nil && !$0.client.isCloseOurs })
    }

    @Test("who breaks a rule is told which, and the other that this is the end", arguments: FrameFlaw.allCases, [true, false])
    func flaws(flaw: FrameFlaw, isClient: Bool) {
        for habits in WebSocketScene.engines {
            var offender = WebSocketHabits.says(3, then: .closes)
            (offender.flaw, offender.flawAfter) = (flaw, 2)
            let other = WebSocketHabits.says(2, then: .waits)
            let scene = WebSocketScene(habits: habits)
            var scenario = isClient ? scene.scenario(2, offender, other) : scene.scenario(2, other, offender)
            scenario.webSocket.frameBytesMax = 1_000
            let outcome = WebSocketScene.run(scenario)
            #expect(outcome[.framesMalformed] == 2)
            for tunnel in outcome.tunnels {
                #expect(tunnel.client.close == (isClient ? flaw.closeCode : 1_014))
                #expect(tunnel.server.close == (isClient ? 1_001 : flaw.closeCode))
                // What came before it has arrived.
                #expect((isClient ? tunnel.server : tunnel.client).messages == 2)
            }
        }
    }

    @Test("in opaque mode what is against the rules passes as it is", arguments: FrameFlaw.allCases.filter { $0 != .tooLarge })
    func opaque(flaw: FrameFlaw) {
        for habits in WebSocketScene.engines {
            var offender = WebSocketHabits.says(1, then: .closes)
            offender.flaw = flaw
            var scenario = WebSocketScene(habits: habits).scenario(2, offender, .says(1, every: 50_000_000, then: .leaves))
            scenario.webSocket.isOpaque = true
            let outcome = WebSocketScene.run(scenario)
            #expect(outcome[.framesMalformed] == 0)
            #expect(outcome.tunnels.allSatisfy { $0.server.isAll && $0.client.isAll })
        }
    }

    @Test("a drain closes tunnels evenly over its spread, each with its code", arguments: WebSocketScene.engines)
    func drain(habits: EngineHabits) {
        let talks = WebSocketHabits.says(10_000, every: 50_000_000, then: .waits)
        var scenario = WebSocketScene(habits: habits).scenario(50, talks, talks)
        scenario.webSocket.drainSpread = 5_000
        scenario.drainsAt = 1_000_000_000
        let outcome = WebSocketScene.run(scenario)
        #expect(outcome.tunnels.allSatisfy { $0.client.close == 1_012 && $0.client.isCloseOurs && $0.server.close == 1_012 })
        #expect(outcome[.tunnelsDrained] == 50)
        #expect(outcome[.tunnelsCut] == 0)
        let times = outcome.tunnels.map(\.client.closedAt).sorted()
        for (place, time) in times.enumerated() {
            let even = 1_000_000_000 + 5_000_000_000 * UInt64(2 * place + 1) / 100
            #expect(time > even - 25_000_000 && time < even + 60_000_000)
        }
    }

    @Test("a frame that never ends is cut at the drain's end, without a close, and counted", arguments: WebSocketScene.engines)
    func halfFrame(habits: EngineHabits) {
        var chance = Chance(seed: 1)
        var server = WebSocketHabits.says(0, then: .waits)
        server.script = [.data(2, isFinal: true, reserved: 0, stream: 5, count: 9, isMasked: false, &chance)]
        server.isCut = true
        server.cutNanoseconds = 100_000_000_000
        var scenario = WebSocketScene(habits: habits).scenario(5, .says(0, then: .waits), server)
        scenario.webSocket.drainSpread = 0
        scenario.drainsAt = 200_000_000
        let outcome = WebSocketScene.run(scenario)
        // Where only a part of its head has come, nothing of it has gone on: there a close can.
        #expect(outcome[.tunnelsCut] == 4)
        for (index, tunnel) in outcome.tunnels.enumerated() {
            #expect(tunnel.client.close == (index < 1 ? 1_012 : nil))
            #expect(tunnel.endedAt < 6_500_000_000)
        }
    }

    @Test("a server that dies ends its tunnels at once, and no others", arguments: WebSocketScene.engines)
    func killed(habits: EngineHabits) {
        let talks = WebSocketHabits.says(20, every: 50_000_000, then: .closes)
        var scenario = WebSocketScene(habits: habits).scenario(10, talks, .says(20, every: 50_000_000, then: .waits))
        scenario.servers.append(scenario.servers[0])
        scenario.servers[1].webSocket.habits = .says(4, every: 50_000_000, then: .resets)
        let outcome = WebSocketScene.run(scenario)
        #expect(outcome[.serverResets] == 5)
        for tunnel in outcome.tunnels {
            if tunnel.wasAbrupt { #expect(tunnel.endedAt < 700_000_000) } else { #expect(tunnel.server.messages == 20) }
        }
        #expect(outcome.tunnels.count { $0.wasAbrupt } == 5)
    }

    @Test("a handshake that is none is refused, and an answer that is none as well", arguments: WebSocketScene.engines)
    func handshakes(habits: EngineHabits) {
        let talks = WebSocketHabits.says(2, then: .closes)
        for flaw in WebSocketClientPlan.Flaw.allCases {
            var scenario = WebSocketScene(habits: habits).scenario(2, talks, talks)
            for index in scenario.clients.indices { scenario.clients[index].webSocket!.flaw = flaw }
            scenario.isFair = true
            let outcome = Simulation.run(scenario)
            #expect(outcome.violation == nil, "\(flaw)")
            #expect(outcome.tunnels.allSatisfy { !$0.isOpen } && outcome[.upgrades] == 0 && outcome[.ownAnswers] == 2)
        }
        for answer in WebSocketServerHabits.Answer.allCases where answer != .switches && answer != .closes {
            var scenario = WebSocketScene(habits: habits).scenario(2, talks, talks)
            scenario.servers[0].webSocket.answers = [answer]
            scenario.isFair = true
            let outcome = Simulation.run(scenario)
            #expect(outcome.violation == nil, "\(answer)")
            #expect(outcome.tunnels.allSatisfy { !$0.isOpen } && outcome[.upgrades] == 0)
        }
    }
}
