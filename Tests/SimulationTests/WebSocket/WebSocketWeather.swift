// Draws a scenario of WebSockets from a seed: an engine, and one of several kinds of bad weather.

import Config

@testable import Engine

/// What a run is mostly about.
enum WebSocketWeather: CaseIterable {
    /// Nothing fails: every tunnel ends with a close on both sides.
    case fair
    /// Peers that leave, fall silent, or speak on behind a close.
    case tempers
    /// Handshakes that are none, and answers that are.
    case handshakes
    /// Frames against the rules.
    case rules
    /// The balancer pings, and peers answer, or not.
    case pings
    /// Peers that hardly move, and short timeouts.
    case slow
    /// Few buffers, chunks, descriptors.
    case scarce
    /// More tunnels than there is room for.
    case crowded
    /// Drained or stopped in the middle.
    case leaving
    /// Everything at once.
    case storm
    /// Servers come later than others, and tunnels are moved.
    case rebalanced
    /// More come at once than are let through.
    case paced
    /// Other protocols on a route, and where there is none.
    case upgrades

    /// The weather of relays that is most like it: for engines, network and limits.
    var relays: Weather {
        switch self {
        case .fair, .pings, .rebalanced, .paced: .fair
        case .tempers, .handshakes, .rules, .upgrades: .resets
        case .slow: .slow
        case .scarce: .scarce
        case .crowded: .crowded
        case .leaving: .leaving
        case .storm: .storm
        }
    }

    /// Soon after the first has come; else its time is drawn with those who come.
    var isDrainedEarly: Bool { self != .rebalanced && self != .paced }
}

extension Scenario {
    init(webSocketSeed seed: UInt64) {
        self.init()
        self.seed = seed
        isHTTP = true
        isWebSocket = true
        var chance = Chance(seed: seed ^ 0x3eb5_0c4e_7000)
        let weather = WebSocketWeather.allCases[Int(seed / 8 % UInt64(WebSocketWeather.allCases.count))]
        habits = Scenario.habits(variant: Int(seed % 8), weather.relays, &chance)
        if weather == .scarce || weather == .storm { habits.smallCount = chance.within(0...8) }
        isFair = weather == .fair
        // Whom pings keep, they keep for ever: a stop ends them.
        if weather == .pings { endsBefore = 40_000_000_000 }
        shardCount = chance.happens(150) ? 2 : 1
        balance = chance.happens(500) ? .roundRobin : .leastConnections
        isLogging = chance.happens(200)
        drawTimes(weather.relays, &chance)
        drawFaults(weather.relays, &chance)
        drawNetwork(weather.relays, &chance)
        drawLimits(weather.relays, &chance)
        drawSettings(weather, &chance)
        drawWebSocketPeople(weather, &chance)
        drawEnd(weather.relays, &chance)
        if drainsAt != nil, weather.isDrainedEarly { drainsAt = UInt64(chance.below(200_000)) * 1_000 }
        if stopsAt != nil { stopsAt = (drainsAt ?? 0) + UInt64(chance.below(1_000_000)) * 1_000 }
    }

    private mutating func drawSettings(_ weather: WebSocketWeather, _ chance: inout Chance) {
        webSocket.isOpaque = chance.happens(150)
        webSocket.drainCode = chance.one(of: [1_012, 1_001])
        webSocket.drainSpread = UInt64(chance.one(of: [0, 50, 1_000]))
        webSocket.hasRoute = weather == .upgrades || (weather == .storm && chance.happens(300))
        if weather == .rules || weather == .storm, chance.happens(500) {
            webSocket.frameBytesMax = chance.one(of: [200, 1_000, 20_000])
        }
        let pings = weather == .pings ? 1_000 : weather == .fair ? 0 : weather == .storm || weather == .leaving ? 500 : 100
        if chance.happens(pings) {
            webSocket.pingInterval = UInt64(chance.one(of: [50, 200, 1_000]))
            webSocket.pingTimeout = UInt64(chance.one(of: [100, 500, 3_000]))
        }
        guard weather == .slow || weather == .storm else { return }
        http.headTimeout = UInt64(chance.within(300...3000))
        http.keepAliveTimeout = UInt64(chance.within(300...3000))
        http.serverTimeout = UInt64(chance.within(300...3000))
    }
}
