// What named situations of WebSockets have in common.

import Testing

@testable import Engine

/// Makes scenarios of WebSockets for one engine, and runs them.
struct WebSocketScene {
    /// Buffers of a few bytes, so that frames are cut within the shard as well.
    static let engines: [EngineHabits] = [smallRing, .singleShotRing, .epoll]

    static let smallRing: EngineHabits = {
        var habits = EngineHabits.ring
        (habits.receiveBytes, habits.receiveCount) = (64, 256)
        return habits
    }()

    let habits: EngineHabits

    /// So many clients that speak in one way, one after the other, and a server that speaks in another.
    func scenario(_ count: Int, _ client: WebSocketHabits, _ server: WebSocketHabits) -> Scenario {
        var scenario = Scenario()
        scenario.isHTTP = true
        scenario.isWebSocket = true
        scenario.habits = habits
        scenario.connectionsMax = max(64, count)
        scenario.clients = (0..<count).map { index in
            var script = PeerScript()
            script.chunk = 1...100_000
            return ClientPlan(at: UInt64(index) * 500_000, script: script, webSocket: WebSocketClientPlan(habits: client))
        }
        scenario.servers[0].webSocket.habits = server
        scenario.servers[0].scripts = [scenario.clients[0].script]
        return scenario
    }

    /// Runs it, and expects that no rule is broken.
    static func judge(_ scenario: Scenario) -> Outcome {
        let outcome = Simulation.run(scenario, isTracing: Environment.number("SWIVEL_WEBSOCKET_TRACE") != nil)
        #expect(outcome.violation == nil)
        return outcome
    }

    /// The same, and that every tunnel stood.
    static func run(_ scenario: Scenario) -> Outcome {
        let outcome = judge(scenario)
        #expect(outcome.tunnels.count == scenario.clients.count)
        #expect(outcome.tunnels.allSatisfy { $0.isOpen })
        return outcome
    }
}

extension WebSocketHabits {
    /// Says so many messages with a pause between them, and nothing of its own accord besides.
    static func says(_ messages: Int, every pause: UInt64 = 1_000_000, then finale: Finale) -> WebSocketHabits {
        var habits = WebSocketHabits()
        habits.messages = messages
        habits.pause = pause...pause
        habits.answerPause = 0...0
        (habits.pings, habits.pongs) = (0, 0)
        habits.finale = finale
        return habits
    }
}
