// Servers at their limits: who comes beyond waits in order, for a time, and never in too great a number.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Waiting for a server")
    struct QueueTests {
        private func setup(shards: Int = 1, limit: Int, queue: Int = 1024, timeout: UInt64 = 600_000) -> Setup {
            var setup = Setup(shardCount: shards)
            setup.configure = { configuration in
                configuration.backends[0].servers[0].connectionsMax = limit
                configuration.backends[0].queueMax = queue
                configuration.backends[0].queueTimeoutMilliseconds = timeout
            }
            return setup
        }

        @Test("beyond a server's limit clients wait, and are served in the order they came", arguments: Tier.available)
        func order(tier: Tier) throws {
            try Scene.run(tier, setup(limit: 1)) { scene in
                var served: [Int] = []
                let clients = try (0..<8).map { index in
                    let client = scene.connect()
                    client.send(10)
                    // Each is taken before the next comes, so that their order is known.
                    try scene.run("it is taken") { scene.total(.accepted) == UInt64(index + 1) }
                    return client
                }
                while served.count < clients.count {
                    try scene.run("the next is served") {
                        clients.indices.contains { !served.contains($0) && clients[$0].receivedCount == 10 }
                    }
                    let now = clients.indices.filter { !served.contains($0) && clients[$0].receivedCount == 10 }
                    #expect(now.count == 1, "one place, one client")
                    served += now
                    clients[now[0]].finish()
                }
                #expect(served == Array(0..<8))
                #expect(scene.total(.queued) == 7)
                try scene.run("all have ended") { scene.total(.connections) == 0 }
            }
        }

        @Test("a limit holds over all shards, and places go to those who wait on any", arguments: Tier.available, [2, 4])
        func strict(tier: Tier, shards: Int) throws {
            try Scene.run(tier, setup(shards: shards, limit: 4)) { scene in
                let clients = (0..<60).map { _ in
                    let client = scene.connect()
                    client.send(1_000)
                    client.finish()
                    return client
                }
                var most = 0
                try scene.run("everybody is served") {
                    most = max(most, scene.plane.currentConnections(server: 0))
                    return clients.allSatisfy { $0.hasEnded || $0.failure != 0 }
                }
                #expect(clients.allSatisfy { $0.hasReceived(1_000) && $0.failure == 0 })
                #expect(most <= 4)
                #expect(scene.total(.queueTimeouts) == 0)
            }
        }

        @Test("who has waited too long is reset, and counted", arguments: Tier.engines)
        func timeout(tier: Tier) throws {
            try Scene.run(tier, setup(limit: 1, timeout: 150)) { scene in
                let (first, _) = try scene.join()
                let second = scene.connect()
                second.send(10)
                try scene.run("the second is reset") { second.failure != 0 }
                #expect(second.wasReset)
                #expect(scene.total(.queueTimeouts) == 1)
                try scene.echo(100, by: first)
            }
        }

        @Test("who finds the queue full is reset at once, and counted", arguments: Tier.engines)
        func full(tier: Tier) throws {
            try Scene.run(tier, setup(limit: 1, queue: 2)) { scene in
                let (first, _) = try scene.join()
                let waiting = (0..<2).map { _ in scene.connect() }
                for client in waiting { client.send(10) }
                try scene.run("two wait") { scene.total(.queued) == 2 }
                let beyond = scene.connect()
                beyond.send(10)
                try scene.run("one more is reset") { beyond.failure != 0 }
                #expect(scene.total(.queueFull) == 1)
                first.finish()
                for client in waiting {
                    try scene.run("those who wait are served") { client.receivedCount == 10 }
                    client.finish()
                }
            }
        }

        @Test("a stop ends those who wait", arguments: Tier.engines)
        func stop(tier: Tier) throws {
            try Scene.run(tier, setup(limit: 1)) { scene in
                _ = try scene.join()
                let waiting = scene.connect()
                try scene.run("one waits") { scene.total(.queued) == 1 }
                scene.plane.stop()
                try scene.run("it is reset") { waiting.failure != 0 }
            }
        }

        @Test("long connections are spread evenly over the shards", arguments: Tier.available, [Setup.Place.ipv4, .unix])
        func even(tier: Tier, listening: Setup.Place) throws {
            var setup = Setup(shardCount: 2)
            setup.listening = listening
            try Scene.run(tier, setup) { scene in
                for _ in 0..<64 { try scene.echo(10, by: scene.connect()) }
                let shares = scene.plane.byShard(.connections).map(Int.init)
                #expect(shares.reduce(0, +) == 64)
                #expect(shares.max()! <= 36, "\(shares)")
                try scene.run("each hand-over has two ends") { scene.total(.handOvers) == scene.total(.received) }
            }
        }
    }
}
