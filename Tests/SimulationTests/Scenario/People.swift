// Draws the clients and servers of a seed's scenario.

@testable import Engine

extension Scenario {
    mutating func drawPeople(_ weather: Weather, _ chance: inout Chance) {
        let clientCount = weather == .crowded ? chance.within(5...25) : weather == .bulk ? chance.within(1...4) : chance.within(1...10)
        // In fair weather somebody always begins to end: not both sides wait for the other.
        let isServerFirst = chance.happens(300)
        for _ in 0..<clientCount {
            var script = script(weather, &chance)
            if weather == .fair || weather == .bulk { script.ending = isServerFirst ? chance.one(of: [.afterPeer, .shutdown]) : .shutdown }
            let plan = ClientPlan(
                at: UInt64(chance.below(chance.one(of: [1, 1000, 20_000]))) * 1000, listener: chance.below(listenerLimits.count),
                shard: chance.below(shardCount), script: script)
            clients.append(plan)
        }
        let serverCount = chance.within(1...4)
        servers = (0..<serverCount).map { _ in server(weather, isFirst: isServerFirst, &chance) }
        if weather == .fair || weather == .bulk { servers[0].answers = [.accepts] }
        retriesMax = chance.within(0...3)
    }

    private func server(_ weather: Weather, isFirst: Bool, _ chance: inout Chance) -> ServerHabits {
        var server = ServerHabits()
        server.latency = 0...chance.one(of: [0, 1000, 500_000, 20_000_000])
        server.weight = chance.within(1...4)
        server.scripts = (0..<3).map { _ in
            var script = chance.happens(400) && !isFirst ? PeerScript.echo : script(weather, &chance)
            script.pause = 0...UInt64(chance.one(of: [0, 100_000]))
            if weather == .fair || weather == .bulk { script.ending = isFirst ? .shutdown : chance.one(of: [.afterPeer, .shutdown]) }
            if script.isEcho { script.ending = .afterPeer }
            return script
        }
        switch weather {
        case .fair, .bulk, .slow: break
        case .resets, .leaving:
            server.answers = chance.one(of: [[.accepts], [.accepts, .refuses], [.refuses], [.silence, .accepts], [.silence], [.unreachable]])
        case .scarce, .crowded, .storm:
            server.answers = chance.one(of: [[.accepts], [.accepts], [.accepts, .refuses], [.silence, .accepts, .accepts]])
            if chance.happens(200) { server.connectionsMax = chance.within(1...3) }
        }
        return server
    }

    private func script(_ weather: Weather, _ chance: inout Chance) -> PeerScript {
        var script = PeerScript()
        script.bytes = bytes(weather, &chance)
        script.chunk = 1...chance.one(of: [1 + script.bytes / 20, 1 + script.bytes / 4, 1 + script.bytes])
        script.pause = 0...chance.one(of: [0, 50_000, 500_000])
        script.delay = UInt64(chance.below(3)) * 300_000
        // What comes is as much as others of this weather send, whatever this one sends itself.
        let expected = weather == .bulk ? 1_300_000 : 100_000
        script.readChunk = (expected / 500)...chance.one(of: [expected / 50, expected])
        script.readPause = 0...chance.one(of: [0, 50_000, 500_000])
        script.ending = chance.one(of: [.shutdown, .shutdown, .afterPeer])
        switch weather {
        case .fair, .scarce, .crowded, .leaving, .bulk: break
        case .resets: Scenario.addTemper(&script, &chance)
        case .slow: Scenario.addSlowness(&script, &chance)
        case .storm:
            Scenario.addTemper(&script, &chance)
            if chance.happens(300) { Scenario.addSlowness(&script, &chance) }
        }
        // Everything ends some day: who waits for ever is cut off in weather with short timeouts only.
        if weather == .crowded || weather == .leaving || weather == .scarce { script.ending = .shutdown }
        return script
    }

    private func bytes(_ weather: Weather, _ chance: inout Chance) -> Int {
        if weather == .bulk { return chance.one(of: [0, 200, 300_000 + chance.below(1_000_000)]) }
        // Through sockets of a few bytes a hundred thousand take millions of steps, and show no more.
        let bound = min(100_000, 50 * network.sendCapacity.upperBound)
        return chance.one(of: [0, 1, chance.below(100), chance.below(5000), chance.below(bound / 2), chance.below(bound)])
    }

    private static func addTemper(_ script: inout PeerScript, _ chance: inout Chance) {
        if chance.happens(300) { script.resetsAfter = UInt64(chance.below(20_000)) * 1000 }
        script.ending = chance.one(of: [.shutdown, .shutdown, .close, .reset])
    }

    private static func addSlowness(_ script: inout PeerScript, _ chance: inout Chance) {
        switch chance.below(5) {
        case 0: script.readsAfter = .max
        case 1: script.readsAfter = UInt64(chance.below(5000)) * 1_000_000
        case 2:
            // So that 100,000 bytes are read within half a minute of slow sips, and mostly in a few seconds.
            script.readChunk = 1...chance.one(of: [1500, 25_000])
            script.readPause = 1_000_000...UInt64(chance.within(2...400)) * 1_000_000
        case 3:
            script.chunk = 1...(1 + script.bytes / 4)
            script.pause = 1_000_000...UInt64(chance.within(2...400)) * 1_000_000
        default: script.ending = chance.one(of: [.never, .shutdown])
        }
    }
}
