// What clients and servers of a seed are like where tunnels are moved, paced, or not of WebSockets.

import Config

@testable import Engine

extension Scenario {
    /// Changes those that were drawn already.
    mutating func adaptPeople(_ weather: WebSocketWeather, _ chance: inout Chance) {
        switch weather {
        case .rebalanced: drawRebalanced(&chance)
        case .paced: drawPaced(&chance)
        case .upgrades: drawUpgrades(&chance)
        case .storm: if webSocket.hasRoute { drawWishes(&chance) }
        case .fair, .tempers, .handshakes, .rules, .pings, .slow, .scarce, .crowded, .leaving: break
        }
    }

    private mutating func addClients(_ count: Int, over nanoseconds: Int) {
        var chance = Chance(seed: seed ^ 0xc11e_2700)
        for _ in 0..<count { clients.append(clients[chance.below(clients.count)]) }
        for index in clients.indices { clients[index].at = UInt64(chance.below(nanoseconds)) }
    }

    // MARK: - Moved

    /// Tunnels that live for some periods, and servers that come later than others, or have few places.
    private mutating func drawRebalanced(_ chance: inout Chance) {
        webSocket.isOpaque = false
        webSocket.rebalance = WebSocketOptions.Rebalance(
            percent: chance.one(of: [5, 10, 25, 50, 100]), periodMilliseconds: UInt64(chance.one(of: [1_000, 1_500, 3_000])))
        balance = chance.happens(600) ? .leastConnections : .roundRobin
        (retriesMax, retryBudgetPercent) = (4, 500)
        while servers.count < 2 { servers.append(servers[0]) }
        for index in servers.indices {
            servers[index].answers = [.accepts]
            servers[index].webSocket.habits.finale = .waits
            servers[index].webSocket.habits.messages = min(servers[index].webSocket.habits.messages, 10)
            servers[index].webSocket.habits.messageBytesMax = 10 * network.sendCapacity.lowerBound
            if index > 0, chance.happens(600) { servers[index].opensAt = UInt64(chance.below(6_000)) * 1_000_000 }
            if index > 0, chance.happens(200) { servers[index].connectionsMax = chance.within(1...3) }
        }
        addClients(chance.within(4...16), over: chance.one(of: [10_000_000, 1_000_000_000, 4_000_000_000]))
        for index in clients.indices { drawLongLived(&clients[index], &chance) }
        if chance.happens(200) { drainsAt = UInt64(chance.below(8_000)) * 1_000_000 }
    }

    private func drawLongLived(_ client: inout ClientPlan, _ chance: inout Chance) {
        guard var plan = client.webSocket else { return }
        plan.habits.messages = chance.within(4...14)
        plan.habits.fragmentsMax = chance.one(of: [1, 3])
        plan.habits.messageBytesMax = min(plan.habits.messageBytesMax, 10 * network.sendCapacity.lowerBound)
        plan.habits.pause = 0...chance.one(of: [200_000_000, 900_000_000])
        plan.habits.answerPause = 0...chance.one(of: [0, 30_000_000, 2_000_000_000])
        plan.habits.ignoresCloses = chance.happens(100)
        plan.habits.finale = chance.one(of: [.closes, .closes, .leaves, .resets])
        if chance.happens(600) {
            plan.returnsMax = chance.within(1...3)
            plan.returnsAfter = 0...chance.one(of: [1_000_000, 1_000_000_000])
        }
        client.webSocket = plan
    }

    // MARK: - Paced

    /// Many at once, of whom some do not wait.
    private mutating func drawPaced(_ chance: inout Chance) {
        webSocket.pace = Rate(count: chance.within(1...10), periodMilliseconds: UInt64(chance.within(400...2_000)))
        queueTimeout = UInt64(chance.one(of: [1, 300, 1_000, 5_000]))
        for index in servers.indices {
            (servers[index].answers, servers[index].connectionsMax) = ([.accepts], 0)
            servers[index].webSocket.habits.finale = .waits
        }
        addClients(chance.within(3...25), over: chance.one(of: [1_000, 50_000_000, 2_000_000_000]))
        for index in clients.indices {
            guard var plan = clients[index].webSocket else { continue }
            plan.askedMax = chance.within(1...2)
            plan.habits.finale = .closes
            plan.habits.messages = min(plan.habits.messages, 4)
            if chance.happens(300) { plan.givesUpAfter = UInt64(chance.below(2_000)) * 1_000_000 }
            clients[index].webSocket = plan
            if chance.happens(200) { clients[index].script.resetsAfter = UInt64(chance.below(2_000)) * 1_000_000 }
        }
        if chance.happens(150) { drainsAt = UInt64(chance.below(3_000)) * 1_000_000 }
    }

    // MARK: - Of other protocols

    private mutating func drawUpgrades(_ chance: inout Chance) {
        drawWishes(&chance)
        for index in servers.indices {
            if chance.happens(500) {
                servers[index].webSocket.answers = [.switches, .switches] + WebSocketServerHabits.Answer.allCases
            }
            drawHalfClose(&servers[index].webSocket.habits, &chance)
        }
        if chance.happens(150) { drainsAt = UInt64(chance.below(200_000)) * 1_000 }
    }

    private mutating func drawWishes(_ chance: inout Chance) {
        for index in clients.indices {
            let wish = chance.happens(600) ? .listed : chance.one(of: TunnelWish.allCases)
            guard clients[index].webSocket?.flaw == nil, wish != .webSocket else { continue }
            clients[index].webSocket?.wish = wish
            if wish == .listed { drawHalfClose(&clients[index].webSocket!.habits, &chance) }
        }
    }

    /// Ends without a word for it, while the other side may go on.
    private func drawHalfClose(_ habits: inout WebSocketHabits, _ chance: inout Chance) {
        habits.outlivesEnd = chance.happens(700)
        habits.finale = chance.one(of: [.ends, .ends, .endsInFrame, .closes, .waits, .leaves, .resets])
    }
}
