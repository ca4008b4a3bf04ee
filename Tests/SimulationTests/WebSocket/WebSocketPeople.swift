// Draws the clients and servers of a seed's scenario of WebSockets.

@testable import Engine

extension Scenario {
    /// Through sockets of a few bytes a hundred thousand take millions of steps, and show no more.
    private var frameBound: Int {
        let bound = min(100_000, 20 * network.sendCapacity.upperBound)
        return webSocket.frameBytesMax > 0 ? min(bound, webSocket.frameBytesMax) : bound
    }

    mutating func drawWebSocketPeople(_ weather: WebSocketWeather, _ chance: inout Chance) {
        let isServerFirst = chance.happens(300)
        for _ in 0..<(weather == .crowded ? chance.within(5...15) : chance.within(1...6)) {
            let plan = ClientPlan(
                at: UInt64(chance.below(chance.one(of: [1, 1000, 20_000]))) * 1000,
                listener: chance.below(listenerLimits.count), shard: chance.below(shardCount),
                script: tunnelPace(weather, isClient: true, &chance),
                webSocket: client(weather, isFirst: !isServerFirst, &chance))
            clients.append(plan)
        }
        servers = (0..<chance.within(1...3)).map { _ in server(weather, isFirst: isServerFirst, &chance) }
        if isFair { servers[0].answers = [.accepts] }
        retriesMax = chance.within(0...3)
        adaptPeople(weather, &chance)
    }

    /// How somebody writes and reads.
    private func tunnelPace(_ weather: WebSocketWeather, isClient: Bool, _ chance: inout Chance) -> PeerScript {
        var script = PeerScript()
        let bound = frameBound
        script.chunk = max(1, bound / 500)...chance.one(of: [3 + bound / 200, 8 + bound / 10, 200 + bound])
        if chance.happens(300) { script.chunk = max(1, bound / 500)...(3 + bound / 400) }
        script.pause = 0...chance.one(of: [0, 20_000, 200_000])
        script.readChunk = max(1, bound / 500)...max(2, chance.one(of: [bound / 20, 200 + bound]))
        script.readPause = 0...chance.one(of: [0, 20_000, 200_000])
        if weather == .slow || (weather == .storm && chance.happens(300)) {
            switch chance.below(4) {
            case 0: script.readsAfter = UInt64(chance.below(5000)) * 1_000_000
            case 1:
                script.readChunk = (1 + bound / 100)...(1 + bound / 10)
                script.readPause = 1_000_000...UInt64(chance.within(2...200)) * 1_000_000
            case 2:
                script.chunk = (1 + bound / 100)...(1 + bound / 10)
                script.pause = 1_000_000...UInt64(chance.within(2...200)) * 1_000_000
            default: break
            }
        }
        if isClient, weather == .tempers || weather == .storm, chance.happens(150) {
            script.resetsAfter = UInt64(chance.below(20_000)) * 1000
        }
        return script
    }

    private func speech(_ weather: WebSocketWeather, _ chance: inout Chance) -> WebSocketHabits {
        var habits = WebSocketHabits()
        habits.messages = chance.one(of: [0, 1, chance.below(5), chance.below(20)])
        habits.messageBytesMax = chance.one(of: [10, 130, frameBound / 10, frameBound])
        habits.messageBytesMax = min(habits.messageBytesMax, frameBound)
        habits.fragmentsMax = chance.one(of: [1, 3, 6])
        habits.pings = chance.one(of: [0, 100, 500])
        habits.pongs = chance.one(of: [0, 50, 300])
        habits.pause = 0...chance.one(of: [0, 200_000, 5_000_000, 100_000_000])
        habits.answerPause = 0...chance.one(of: [0, 1_000_000, 30_000_000])
        habits.speaksAtOnce = chance.one(of: [0, 500, 1_000])
        habits.answersLastOnly = chance.happens(300)
        habits.answersTwice = chance.one(of: [0, 0, 300])
        if webSocket.pingInterval > 0, chance.happens(600) { habits.pause = 0...UInt64(webSocket.pingInterval * 3_000_000) }
        let isTempered = weather == .tempers || weather == .storm || weather == .leaving
        if isTempered, chance.happens(weather == .leaving ? 200 : 500) {
            habits.finale = chance.one(of: WebSocketHabits.Finale.allCases)
            habits.ignoresCloses = chance.happens(200)
            habits.ignoresPings = chance.happens(200)
        }
        if weather == .leaving, chance.happens(500) { habits.finale = .waits }
        if weather == .pings, chance.happens(400) {
            habits.finale = chance.one(of: [.fallsSilent, .waits])
            habits.ignoresPings = chance.happens(300)
        }
        if weather == .rules || weather == .storm, chance.happens(300) {
            habits.flaw = chance.one(of: FrameFlaw.allCases)
            if habits.flaw == .tooLarge, webSocket.frameBytesMax == 0 { habits.flaw = .wrongMask }
            habits.flawAfter = chance.below(1 + habits.messages)
        }
        return habits
    }

    private func client(_ weather: WebSocketWeather, isFirst: Bool, _ chance: inout Chance) -> WebSocketClientPlan {
        var plan = WebSocketClientPlan()
        plan.habits = speech(weather, &chance)
        if weather == .fair { plan.habits.finale = isFirst ? .closes : .waits }
        if weather == .handshakes {
            if chance.happens(300) { plan.flaw = chance.one(of: WebSocketClientPlan.Flaw.allCases) }
            plan.askedMax = chance.within(1...3)
            plan.leavesAtOnce = chance.happens(100)
        }
        return plan
    }

    private func server(_ weather: WebSocketWeather, isFirst: Bool, _ chance: inout Chance) -> ServerHabits {
        var server = ServerHabits()
        server.latency = 0...chance.one(of: [0, 1000, 500_000, 20_000_000])
        server.weight = chance.within(1...4)
        server.scripts = (0..<3).map { _ in tunnelPace(weather, isClient: false, &chance) }
        server.webSocket.habits = speech(weather, &chance)
        server.webSocket.pause = 0...chance.one(of: [0, 100_000, 5_000_000])
        if weather == .fair { server.webSocket.habits.finale = isFirst ? .closes : chance.one(of: [.waits, .closes]) }
        switch weather {
        case .fair, .slow, .pings, .rules, .rebalanced, .paced, .upgrades: break
        case .handshakes: server.webSocket.answers = [.switches] + WebSocketServerHabits.Answer.allCases
        case .tempers, .leaving:
            server.answers = chance.one(of: [[.accepts], [.accepts], [.accepts, .refuses], [.silence, .accepts]])
        case .scarce, .crowded, .storm:
            server.answers = chance.one(of: [[.accepts], [.accepts], [.accepts, .refuses], [.silence, .accepts, .accepts]])
            if chance.happens(300) { server.connectionsMax = chance.within(1...3) }
            if weather == .storm { server.webSocket.answers = [.switches, .switches, .switches, .ordinary, .closes] }
        }
        return server
    }
}
