// Draws the clients and servers of a seed's scenario of HTTP.

@testable import Engine

extension Scenario {
    /// Through sockets of a few bytes a hundred thousand take millions of steps, and show no more.
    private func bodyBound(_ weather: HTTPWeather) -> Int {
        weather == .bulk ? 1_000_000 : min(60_000, 40 * network.sendCapacity.upperBound)
    }

    mutating func drawHTTPPeople(_ weather: HTTPWeather, _ chance: inout Chance) {
        let clientCount =
            weather == .crowded ? chance.within(5...20) : weather == .bulk ? chance.within(1...3) : chance.within(1...8)
        for _ in 0..<clientCount {
            let plan = ClientPlan(
                at: UInt64(chance.below(chance.one(of: [1, 1000, 20_000]))) * 1000,
                listener: chance.below(listenerLimits.count),
                shard: chance.below(shardCount), script: pace(weather, isClient: true, &chance), http: client(weather, &chance))
            clients.append(plan)
        }
        servers = (0..<chance.within(1...4)).map { _ in server(weather, &chance) }
        if isFair { servers[0].answers = [.accepts] }
        retriesMax = chance.within(0...3)
    }

    /// How somebody writes and reads.
    private func pace(_ weather: HTTPWeather, isClient: Bool, _ chance: inout Chance) -> PeerScript {
        var script = PeerScript()
        let bound = bodyBound(weather)
        script.chunk = max(1, bound / 2_000)...chance.one(of: [1 + bound / 200, 1 + bound / 10, bound])
        script.pause = 0...chance.one(of: [0, 20_000, 200_000])
        script.delay = UInt64(chance.below(3)) * 300_000
        script.readChunk = max(1, bound / 500)...chance.one(of: [bound / 50, bound])
        script.readPause = 0...chance.one(of: [0, 20_000, 200_000])
        if weather == .slow || (weather == .storm && chance.happens(300)) { addSlowness(&script, bound, &chance) }
        if isClient, weather.hasClientFaults, chance.happens(150) { script.resetsAfter = UInt64(chance.below(20_000)) * 1000 }
        return script
    }

    private func addSlowness(_ script: inout PeerScript, _ bound: Int, _ chance: inout Chance) {
        switch chance.below(4) {
        case 0: script.readsAfter = UInt64(chance.below(5000)) * 1_000_000
        case 1:
            script.readChunk = (1 + bound / 200)...(1 + bound / 20)
            script.readPause = 1_000_000...UInt64(chance.within(2...200)) * 1_000_000
        case 2:
            script.chunk = (1 + bound / 200)...(1 + bound / 20)
            script.pause = 1_000_000...UInt64(chance.within(2...200)) * 1_000_000
        default: break
        }
    }

    /// Whether somebody may take longer than the shortest timeout; a head may come in many pieces.
    func isSlow(_ script: PeerScript) -> Bool {
        let bound = http.shortestTimeout * 1_000_000
        let longest = max(script.readPause.upperBound, script.pause.upperBound, network.latency.upperBound)
        return script.readsAfter > 0 || 100 * longest >= bound
    }

    func isSlow(_ server: ServerHabits) -> Bool {
        2 * server.http.pause.upperBound >= http.shortestTimeout * 1_000_000 || server.scripts.contains { isSlow($0) }
            || server.http.continues < 1000
    }

    func isSlow(_ plan: HTTPClientPlan) -> Bool {
        plan.requests.contains { request in
            if case .waits(let patience) = request.expectation { return 2 * patience >= http.shortestTimeout * 1_000_000 }
            return false
        }
    }

    // MARK: - Clients

    private func client(_ weather: HTTPWeather, _ chance: inout Chance) -> HTTPClientPlan {
        let count = weather == .bulk ? chance.within(1...2) : chance.one(of: [1, 1 + chance.below(3), 1 + chance.below(8)])
        var plan = HTTPClientPlan(requests: (0..<count).map { _ in request(weather, &chance) })
        plan.depth = chance.one(of: [1, 1, 2, 8])
        plan.finale = chance.one(of: [.closes, .ends, .lingers])
        plan.isHalfClosing = chance.happens(150)
        // A client's last request may end its connection, and in HTTP/1.0 every one of them does that does not ask.
        if chance.happens(200) { plan.requests[count - 1].closes = true }
        if chance.happens(150) { Scenario.makeOld(&plan, &chance) }
        if weather.hasClientFaults, chance.happens(400) { addMishap(&plan, &chance) }
        if weather.hasClientFaults || weather == .fair, chance.happens(weather == .fair ? 100 : 300) {
            Scenario.addFlaw(&plan, &chance)
        }
        return plan
    }

    private func request(_ weather: HTTPWeather, _ chance: inout Chance) -> RequestPlan {
        var plan = RequestPlan()
        plan.method = chance.one(of: ["GET", "GET", "GET", "HEAD", "POST", "POST", "PUT", "DELETE", "OPTIONS"])
        if weather == .bulk, chance.happens(600) { plan.method = chance.one(of: ["GET", "POST", "PUT"]) }
        let bound = bodyBound(weather)
        let hasBody = plan.method == "POST" || plan.method == "PUT" || (plan.method == "DELETE" && chance.happens(300))
        if hasBody {
            let count = chance.one(of: [0, 1, chance.below(200), chance.below(bound / 4), chance.below(bound)])
            plan.body = chance.happens(500) ? .length(count) : .chunked(count)
            plan.chunkBytesMax = chance.one(of: [1 + bound / 200, 1 + bound / 10, 1 + bound])
            plan.hasExtensions = chance.happens(200)
            if case .chunked = plan.body { plan.hasTrailers = chance.happens(300) }
            if chance.happens(150) {
                plan.expectation = chance.happens(300) ? .said : .waits(UInt64(chance.one(of: [1, 100, 1000])) * 1_000_000)
            }
        }
        if plan.method == "OPTIONS", chance.happens(500) {
            plan.form = .asterisk
        } else if chance.happens(100) {
            plan.form = .absolute
        }
        plan.hasHopFields = chance.happens(200)
        plan.hasEmptyLineBefore = chance.happens(50)
        if chance.happens(100) { plan.paddingBytes = chance.below(chance.one(of: [100, 4_000])) }
        if chance.happens(300) { plan.pauseNanoseconds = UInt64(chance.below(chance.one(of: [100, 3_000]))) * 1_000_000 }
        return plan
    }

    private static func makeOld(_ plan: inout HTTPClientPlan, _ chance: inout Chance) {
        for index in plan.requests.indices {
            plan.requests[index].minorVersion = 0
            plan.requests[index].keepsAlive = index < plan.requests.count - 1
            plan.requests[index].expectation = .none
            plan.requests[index].hasTrailers = false
            if case .chunked(let count) = plan.requests[index].body { plan.requests[index].body = .length(count) }
        }
    }

    private func addMishap(_ plan: inout HTTPClientPlan, _ chance: inout Chance) {
        let written = plan.requests.reduce(0) { $0 + 200 + $1.body.count }
        let place = chance.happens(500) ? chance.below(400) : chance.below(written)
        plan.mishap = chance.one(of: [
            .resetsAfter(place), .closesAfter(place), .endsAfter(place), .stallsAfter(place),
            .leavesAfterReading(chance.below(chance.one(of: [300, 10_000]))),
        ])
        // Who stalls for ever is cut off some day: that day has to come within the run.
        if case .stallsAfter = plan.mishap, !hasShortTimeouts { plan.mishap = .resetsAfter(place) }
    }

    private static func addFlaw(_ plan: inout HTTPClientPlan, _ chance: inout Chance) {
        let last = plan.requests.count - 1
        var request = RequestPlan()
        let flaw = chance.one(of: Flaw.allCases)
        request.flaw = flaw
        if flaw == .codingInOldVersion { request.minorVersion = 0 }
        if flaw == .connect { request.method = "CONNECT" }
        if flaw.isOfBody {
            request.method = "POST"
            request.body = .chunked(chance.below(500))
        }
        plan.requests[last] = request
        plan.isHalfClosing = false
    }

    // MARK: - Servers

    private func server(_ weather: HTTPWeather, _ chance: inout Chance) -> ServerHabits {
        var server = ServerHabits()
        server.latency = 0...chance.one(of: [0, 1000, 500_000, 20_000_000])
        server.weight = chance.within(1...4)
        server.scripts = (0..<3).map { _ in pace(weather, isClient: false, &chance) }
        for index in server.scripts.indices { server.scripts[index].delay = 0 }
        switch weather {
        case .fair, .bulk, .slow: break
        case .servers, .leaving:
            server.answers = chance.one(of: [
                [.accepts], [.accepts], [.accepts, .refuses], [.refuses], [.silence, .accepts], [.unreachable],
            ])
        case .clients, .scarce, .crowded, .storm:
            server.answers = chance.one(of: [[.accepts], [.accepts], [.accepts, .refuses], [.silence, .accepts, .accepts]])
            if weather != .clients, chance.happens(300) { server.connectionsMax = chance.within(1...3) }
        }
        server.http = answers(weather, &chance)
        return server
    }

    private func answers(_ weather: HTTPWeather, _ chance: inout Chance) -> HTTPServerHabits {
        var habits = HTTPServerHabits()
        let bound = bodyBound(weather)
        habits.pause = 0...chance.one(of: [0, 100_000, 5_000_000])
        habits.statuses = chance.one(of: [[200], [200, 200, 204, 304, 404, 500]])
        habits.framings = chance.one(of: [[.length], [.length, .chunked], [.chunked], [.length, .chunked, .untilClose]])
        habits.bodyBytesMax = chance.one(of: [200, bound / 4, bound])
        habits.chunkBytesMax = chance.one(of: [1 + bound / 200, 1 + bound / 10, 1 + bound])
        habits.interims = chance.one(of: [0, 0, 200])
        habits.early = chance.one(of: [0, 0, 300])
        habits.continues = chance.one(of: [1000, 1000, 500])
        habits.closes = chance.one(of: [0, 0, 200])
        habits.oldVersion = chance.one(of: [0, 0, 0, 300, 1000])
        if weather == .slow { habits.pause = 0...UInt64(chance.one(of: [1, 500, 5_000])) * 1_000_000 }
        if !isFair { habits.closesSilently = chance.one(of: [0, 0, 100]) }
        if !isFair, chance.happens(300) { habits.idle = 0...UInt64(chance.one(of: [1, 100, 3_000])) * 1_000_000 }
        guard weather.hasServerFaults || (weather == .slow && chance.happens(300)) else { return habits }
        habits.faults = chance.one(of: [50, 200, 500])
        let place = chance.below(chance.one(of: [200, 2_000, 1 + habits.bodyBytesMax]))
        // Not the one that answers twice: once the next request has been written nobody can tell its answer from that.
        let kinds: [Answer.Fault] = [
            .resetsFirst, .closesFirst, .resetsAfter(place), .closesAfter(place),
            .malformed(chance.one(of: Answer.Malformation.allCases)),
        ]
        habits.faultKinds = hasShortTimeouts ? kinds + [.silent] : kinds
        return habits
    }
}
