// New WebSockets that are let through at a pace, by situations with a name.

import Config
import Testing

@testable import Engine

@Suite struct TunnelPaceTests {
    /// Clients that come at once, at a pace of ten a second.
    static func scenario(_ habits: EngineHabits, _ count: Int) -> Scenario {
        let client = WebSocketHabits.says(2, then: .closes)
        var scenario = WebSocketScene(habits: habits).scenario(count, client, .says(1, then: .waits))
        scenario.webSocket.pace = Rate(count: 10, periodMilliseconds: 1_000)
        return scenario
    }

    @Test("a storm goes through one by one, and nobody is refused who has the time", arguments: WebSocketScene.engines)
    func storm(habits: EngineHabits) {
        let outcome = WebSocketScene.run(Self.scenario(habits, 30))
        #expect(outcome[.tunnelsPaced] == 29 && outcome[.tunnelsRefused] == 0)
        #expect(outcome.tunnels.allSatisfy { !$0.wasAbrupt && $0.server.messages == 2 })
        let last = outcome.tunnels.map(\.openedAt).max()!
        #expect((2_880_000_000...2_980_000_000).contains(last))
    }

    @Test("those who leave give their moments to those behind them", arguments: WebSocketScene.engines, [true, false])
    func impatient(habits: EngineHabits, isReset: Bool) {
        var scenario = Self.scenario(habits, 30)
        for index in scenario.clients.indices where index % 3 != 0 {
            if isReset {
                scenario.clients[index].script.resetsAfter = 60_000_000
            } else {
                scenario.clients[index].webSocket!.givesUpAfter = 60_000_000
            }
        }
        let outcome = WebSocketScene.judge(scenario)
        let opened = outcome.tunnels.filter(\.isOpen)
        #expect(opened.count == 10)
        #expect(opened.map(\.openedAt).max()! < 1_000_000_000)
    }

    @Test("a line of those who have left is none for those who come", arguments: WebSocketScene.engines)
    func metastable(habits: EngineHabits) {
        var scenario = Self.scenario(habits, 200)
        // Five seconds are 50 places; thrice as many come as can go, and each waits a second.
        for index in scenario.clients.indices {
            scenario.clients[index].at = UInt64(index) * 33_000_000
            scenario.clients[index].webSocket!.givesUpAfter = 1_000_000_000
        }
        scenario.connectionsMax = 256
        let outcome = WebSocketScene.judge(scenario)
        // For six and a half seconds, and one more.
        #expect((64...80).contains(outcome.tunnels.count { $0.isOpen }))
    }

    @Test("whose turn comes too late is refused at once, and the others are not", arguments: WebSocketScene.engines)
    func impossible(habits: EngineHabits) {
        var scenario = Self.scenario(habits, 30)
        scenario.queueTimeout = 950
        let outcome = WebSocketScene.judge(scenario)
        #expect(outcome.tunnels.count { $0.isOpen } == 10 && outcome[.tunnelsRefused] == 20)
    }

    @Test("a drain sends those who wait away at once", arguments: WebSocketScene.engines)
    func drained(habits: EngineHabits) {
        var scenario = Self.scenario(habits, 30)
        scenario.drainsAt = 350_000_000
        let outcome = WebSocketScene.judge(scenario)
        #expect(outcome.tunnels.count { $0.isOpen } == 4 && outcome[.ownAnswers5xx] == 26)
    }
}
