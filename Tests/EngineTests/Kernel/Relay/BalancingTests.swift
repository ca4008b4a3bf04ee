// Which server gets a connection, counted at the servers.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Balancing")
    struct BalancingTests {
        private func setup(_ balance: Backend.Balance, weights: [Int], shardCount: Int = 1) -> Setup {
            var setup = Setup(shardCount: shardCount, servers: weights.map { _ in .serving })
            setup.configure = { configuration in
                configuration.backends[0].balance = balance
                for (index, weight) in weights.enumerated() { configuration.backends[0].servers[index].weight = weight }
            }
            return setup
        }

        /// Connects `count` clients, each one served before the next comes.
        private func connect(_ count: Int, in scene: Scene) throws {
            for _ in 0..<count { try scene.echo(10, by: scene.connect()) }
        }

        @Test("round robin gives exact shares", arguments: Tier.available, [[1, 1, 1], [3, 1], [2, 0, 1]])
        func roundRobin(tier: Tier, weights: [Int]) throws {
            try Scene.run(tier, setup(.roundRobin, weights: weights)) { scene in
                try connect(4 * weights.reduce(0, +), in: scene)
                #expect(scene.servers.map(\.connections.count) == weights.map { 4 * $0 })
                for (index, weight) in weights.enumerated() {
                    #expect(scene.plane.total(.sessions, server: index) == UInt64(4 * weight))
                    #expect(scene.plane.currentConnections(server: index) == 4 * weight)
                }
            }
        }

        @Test("least connections levels out what is open", arguments: Tier.available, [1, 2])
        func leastConnections(tier: Tier, shardCount: Int) throws {
            try Scene.run(tier, setup(.leastConnections, weights: [1, 1, 1], shardCount: shardCount)) { scene in
                try connect(12, in: scene)
                #expect(scene.servers.map(\.openCount) == [4, 4, 4])
                // Everybody leaves the first server; the next ones go there until it is level again.
                for peer in scene.servers[0].connections { scene.clients[Int(peer.request!.id) - 1].close() }
                try scene.run("its places are free") { scene.plane.currentConnections(server: 0) == 0 }
                try connect(4, in: scene)
                #expect(scene.servers.map(\.openCount) == [4, 4, 4])
            }
        }

        @Test("least connections is level however the shards divide", arguments: Tier.engines, [1, 2, 4])
        func oneByOne(tier: Tier, shardCount: Int) throws {
            try Scene.run(tier, setup(.leastConnections, weights: [1, 1, 1], shardCount: shardCount)) { scene in
                try connect(30, in: scene)
                #expect(scene.servers.map(\.openCount) == [10, 10, 10])
            }
        }

        @Test(
            "opened at once, least connections is level but for what shards choose at the same moment", arguments: Tier.engines,
            [1, 2, 4])
        func atOnce(tier: Tier, shardCount: Int) throws {
            try Scene.run(tier, setup(.leastConnections, weights: [1, 1, 1], shardCount: shardCount)) { scene in
                for _ in 0..<30 { scene.connect().send(10) }
                try scene.run("all are served") { scene.clients.allSatisfy { $0.receivedCount == 10 } }
                // Each shard may add one connection to a server that was the least loaded when it looked. The least of all
                // in the end never had more, so the others have at most a connection a shard beyond it.
                let counts = scene.servers.map(\.openCount)
                #expect(counts.max()! - counts.min()! <= shardCount, "\(counts)")
            }
        }

        @Test("least connections follows weights", arguments: Tier.available)
        func weighted(tier: Tier) throws {
            try Scene.run(tier, setup(.leastConnections, weights: [3, 1])) { scene in
                try connect(12, in: scene)
                #expect(scene.servers.map(\.openCount) == [9, 3])
            }
        }

        @Test("where every weight is 0 nobody is served", arguments: Tier.available)
        func noWeight(tier: Tier) throws {
            try Scene.run(tier, setup(.leastConnections, weights: [0, 0])) { scene in
                let client = scene.connect()
                try scene.run("the client is turned away") { client.failure != 0 || client.hasEnded }
                #expect(scene.total(.unserved) == 1)
                #expect(scene.servers.allSatisfy { $0.connections.isEmpty })
            }
        }

        @Test("bytes are counted for the server that moved them", arguments: Tier.available)
        func figures(tier: Tier) throws {
            try Scene.run(tier, setup(.roundRobin, weights: [1, 1])) { scene in
                for count in [1_000, 3_000] {
                    let client = scene.connect()
                    try scene.echo(count, by: client)
                    client.finish()
                }
                // A send that goes whole is counted when the shard next has something to do.
                try scene.run("both have finished") { scene.total(.finished) == 2 }
                for (server, count) in [(0, 1_000), (1, 3_000)] {
                    #expect(scene.plane.total(.bytesIn, server: server) == UInt64(count + Request.byteCount))
                    #expect(scene.plane.total(.bytesOut, server: server) == UInt64(count))
                }
            }
        }
    }
}
