// Tunnels that are moved after a scale-out, by situations with a name.

import Config
import Testing

@testable import Engine

@Suite struct TunnelMoveTests {
    private static let second: UInt64 = 1_000_000_000

    /// Two servers, of which the second comes some time after the clients, one every 50 ms.
    static func scenario(_ habits: EngineHabits, _ count: Int, percent: Int, opensAt: UInt64) -> Scenario {
        var client = WebSocketHabits.says(1_000, every: 900_000_000, then: .waits)
        client.messageBytesMax = 300
        var scenario = WebSocketScene(habits: habits).scenario(count, client, .says(1_000, every: 700_000_000, then: .waits))
        for index in scenario.clients.indices {
            scenario.clients[index].at = UInt64(index) * 50_000_000
            scenario.clients[index].webSocket!.returnsMax = 1
        }
        scenario.servers.append(scenario.servers[0])
        scenario.servers[1].opensAt = opensAt
        scenario.balance = .leastConnections
        (scenario.retriesMax, scenario.retryBudgetPercent) = (3, 500)
        scenario.webSocket.rebalance = WebSocketOptions.Rebalance(percent: percent, periodMilliseconds: 1_000)
        scenario.drainsAt = 12 * second
        return scenario
    }

    /// When each tunnel was moved, by its number; those of the drain are none.
    private func moves(_ outcome: Outcome, before time: UInt64) -> [(tunnel: Int, at: UInt64)] {
        outcome.tunnels.enumerated().filter { $1.client.isCloseOurs && $1.client.closedAt < time }
            .map { ($0, $1.client.closedAt) }.sorted { $0.1 < $1.1 }
    }

    @Test("after a scale-out the oldest come over, a share of them in each period, evenly", arguments: WebSocketScene.engines)
    func scaleOut(habits: EngineHabits) {
        let scenario = Self.scenario(habits, 30, percent: 20, opensAt: 2 * Self.second)
        let outcome = WebSocketScene.judge(scenario)
        let moves = moves(outcome, before: scenario.drainsAt!)
        // Of 30 the share of each is 15, and 1 more is none too many; the first came back, as nobody was there yet.
        #expect((15...16).contains(moves.count) && outcome[.tunnelsRebalanced] == moves.count, "\(moves)")
        #expect(moves.map(\.tunnel).sorted() == Array(0..<moves.count))
        for move in moves {
            let tunnel = outcome.tunnels[move.tunnel]
            #expect(tunnel.client.close == 1_012 && tunnel.server.close == 1_012)
        }
        // One in a period finds out whether the new server is there; then it is six of 30, one in 166 ms.
        for (move, next) in zip(moves, moves.dropFirst()) { #expect(next.at - move.at > 140_000_000) }
        #expect(outcome.tunnels.count == 30 + moves.count && outcome.tunnels.allSatisfy { $0.isOpen && !$0.wasAbrupt })
    }

    @Test("where each has its share nobody is moved", arguments: WebSocketScene.engines)
    func balanced(habits: EngineHabits) {
        var scenario = Self.scenario(habits, 21, percent: 100, opensAt: 0)
        scenario.servers[0].weight = 2
        let outcome = WebSocketScene.run(scenario)
        #expect(moves(outcome, before: scenario.drainsAt!).isEmpty && outcome[.tunnelsRebalanced] == 0)
    }

    @Test("clients that take their time to leave cost no others their tunnels", arguments: WebSocketScene.engines)
    func slowToLeave(habits: EngineHabits) {
        var scenario = Self.scenario(habits, 30, percent: 100, opensAt: 2 * Self.second)
        for index in scenario.clients.indices {
            scenario.clients[index].webSocket!.habits.answerPause = 2_500_000_000...2_500_000_000
        }
        let outcome = WebSocketScene.judge(scenario)
        let moved = moves(outcome, before: scenario.drainsAt!).count
        #expect((14...17).contains(moved) && outcome[.tunnelsRebalanced] == moved)
    }

    @Test("who has left before its turn was not moved", arguments: WebSocketScene.engines)
    func leftBefore(habits: EngineHabits) {
        var scenario = Self.scenario(habits, 20, percent: 100, opensAt: 1_500_000_000)
        for index in scenario.clients.indices {
            // In the middle of a period in which half of them are to be moved.
            scenario.clients[index].script.resetsAfter = 3_400_000_000 - scenario.clients[index].at
            scenario.clients[index].webSocket!.returnsMax = 0
        }
        let outcome = WebSocketScene.judge(scenario)
        let moved = moves(outcome, before: scenario.drainsAt!).count
        #expect(moved > 1 && outcome[.tunnelsRebalanced] == moved)
    }
}
