// Draws a scenario of HTTP from a seed: an engine, and one of several kinds of bad weather.

import Config

@testable import Engine

/// What a run is mostly about.
enum HTTPWeather: CaseIterable {
    /// Nothing fails: every request gets its answer.
    case fair
    /// Clients leave, stall, end half way, or send what must be refused.
    case clients
    /// Servers answer wrongly, half, twice, or never; and close when they like.
    case servers
    /// Peers that hardly move, and short timeouts.
    case slow
    /// Few buffers, chunks, descriptors, pipes.
    case scarce
    /// More requests than there is room for.
    case crowded
    /// Bodies that are worth a splice.
    case bulk
    /// Drained or stopped in the middle.
    case leaving
    /// Everything at once.
    case storm

    /// The weather of relays that is most like it: for engines, network and limits.
    var relays: Weather {
        switch self {
        case .fair: .fair
        case .clients, .servers: .resets
        case .slow: .slow
        case .scarce: .scarce
        case .crowded: .crowded
        case .bulk: .bulk
        case .leaving: .leaving
        case .storm: .storm
        }
    }
    var hasClientFaults: Bool { self == .clients || self == .storm }
    var hasServerFaults: Bool { self == .servers || self == .storm }
}

extension Scenario {
    init(httpSeed seed: UInt64) {
        self.init()
        self.seed = seed
        isHTTP = true
        var chance = Chance(seed: seed ^ 0x4177_5eed_0000)
        let weather = HTTPWeather.allCases[Int(seed / 8 % UInt64(HTTPWeather.allCases.count))]
        habits = Scenario.habits(variant: Int(seed % 8), weather.relays, &chance)
        if weather == .scarce || weather == .storm { habits.smallCount = chance.within(0...8) }
        isFair = weather == .fair || weather == .bulk
        shardCount = chance.happens(150) ? 2 : 1
        balance = chance.happens(500) ? .roundRobin : .leastConnections
        isLogging = chance.happens(100)
        drawTimes(weather.relays, &chance)
        drawFaults(weather.relays, &chance)
        drawNetwork(weather.relays, &chance)
        drawLimits(weather.relays, &chance)
        drawSettings(weather, &chance)
        drawHTTPPeople(weather, &chance)
        drawEnd(weather.relays, &chance)
    }

    private mutating func drawSettings(_ weather: HTTPWeather, _ chance: inout Chance) {
        http.reuse = chance.one(of: [.safe, .safe, .always, .off])
        http.reuseMax = chance.one(of: [64, 64, 1, 2])
        if chance.happens(200) { http.requestBufferBytes = chance.one(of: [1_000, 16_384, 1_048_576]) }
        if chance.happens(200) { http.responseBufferBytes = chance.one(of: [1_000, 16_384, 1_048_576]) }
        guard weather == .slow || weather == .storm else { return }
        hasShortTimeouts = true
        http.headTimeout = UInt64(chance.within(300...3000))
        http.bodyIdleTimeout = UInt64(chance.within(300...3000))
        http.clientTimeout = UInt64(chance.within(300...3000))
        http.keepAliveTimeout = UInt64(chance.within(300...3000))
        http.serverTimeout = UInt64(chance.within(300...3000))
    }
}
