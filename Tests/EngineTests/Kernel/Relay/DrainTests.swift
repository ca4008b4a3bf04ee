// The end of a data plane: what is open goes on to its own end, or everything ends now.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Drain and stop")
    struct DrainTests {
        @Test("after a drain what is established goes on, new clients are refused, and then it is over", arguments: Tier.available, [1, 2])
        func established(tier: Tier, shardCount: Int) throws {
            try Scene.run(tier, Setup(shardCount: shardCount)) { scene in
                let clients = (0..<6).map { _ in scene.connect() }
                for client in clients { try scene.echo(1_000, by: client) }
                scene.plane.drain()
                try scene.run("nobody listens any more") {
                    let late = scene.connect()
                    while late.isOpen, !late.isConnected, late.failure == 0 { scene.loop.turn(milliseconds: 1) }
                    defer { late.close() }
                    return late.failure != 0
                }
                for client in clients { try scene.echo(100_000, by: client) }
                #expect(!scene.plane.isFinished)
                for client in clients { client.finish() }
                try scene.run("all have ended in order") { clients.allSatisfy { $0.hasEnded || $0.failure != 0 } }
                #expect(clients.allSatisfy { $0.hasReceived(101_000) && $0.failure == 0 })
                try scene.run("the shards have finished") { scene.plane.isFinished }
            }
        }

        @Test("whoever waits in the queue when a drain begins is served", arguments: Tier.available, [1, 2])
        func queued(tier: Tier, shardCount: Int) throws {
            var setup = Setup(shardCount: shardCount)
            setup.configure = { $0.process.connectionsMax = 2 }
            try Scene.run(tier, setup) { scene in
                for _ in 0..<8 {
                    let client = scene.connect()
                    client.send(100)
                }
                // A client that takes itself for connected may not stand in the listener's queue yet; one whose bytes have
                // been acknowledged does.
                try scene.run("two are served, all stand in the queue") {
                    scene.clients.count { $0.receivedCount == 100 } == 2 && scene.clients.allSatisfy(\.isAcknowledged)
                }
                scene.plane.drain()
                try scene.run("the others follow as those leave") {
                    for client in scene.clients where client.receivedCount == 100 { client.close() }
                    return scene.clients.allSatisfy { $0.receivedCount == 100 || $0.failure != 0 }
                }
                #expect(scene.clients.allSatisfy { $0.failure == 0 })
                try scene.run("the shards have finished") { scene.plane.isFinished }
                #expect(scene.total(.accepted) == 8)
            }
        }

        @Test("an idle data plane drains at once", arguments: Tier.available, [1, 2])
        func idle(tier: Tier, shardCount: Int) throws {
            try Scene.run(tier, Setup(shardCount: shardCount)) { scene in
                scene.plane.drain()
                try scene.run("the shards have finished") { scene.plane.isFinished }
            }
        }

        @Test("a stop resets what is open, whatever it is doing", arguments: Tier.available, ProcessOptions.Splice.allCases)
        func stop(tier: Tier, splice: ProcessOptions.Splice) throws {
            try Scene.run(tier, Setup(shardCount: 2, splice: splice, servers: [.serving, .serving])) { scene in
                let idle = scene.connect()
                try scene.echo(10, by: idle)
                let (busy, _) = try scene.join(.transfer, downBytes: 64 << 20)
                let (stalled, _) = try scene.join(.transfer, downBytes: 64 << 20)
                stalled.stall()
                try scene.run("bytes are under way") { busy.receivedCount > 1 << 20 }
                scene.plane.stop()
                try scene.run("the shards have finished") { scene.plane.isFinished }
                try scene.run("clients see resets") { idle.wasReset && (busy.wasReset || busy.receivedCount == 64 << 20) }
                #expect(scene.total(.stopped) >= 2)
            }
        }

        @Test("a stop after a drain ends what the drain left", arguments: Tier.available)
        func stopAfterDrain(tier: Tier) throws {
            try Scene.run(tier) { scene in
                let client = scene.connect()
                try scene.echo(10, by: client)
                scene.plane.drain()
                try scene.echo(10, by: client)
                scene.plane.stop()
                try scene.run("the shards have finished") { scene.plane.isFinished }
                try scene.run("the client sees a reset") { client.failure != 0 || client.hasEnded }
                #expect(client.wasReset)
            }
        }

        @Test("a stop while servers are awaited ends at once", arguments: Tier.available)
        func stopConnecting(tier: Tier) throws {
            var setup = Setup(servers: [.silent])
            // Were they waited for, it would not end here.
            setup.configure = { $0.backends[0].connectTimeoutMilliseconds = 600_000 }
            try Scene.run(tier, setup) { scene in
                for _ in 0..<5 { scene.connect() }
                try scene.run("all wait for the server") { scene.total(.accepted) == 5 }
                scene.plane.stop()
                try scene.run("the shards have finished") { scene.plane.isFinished }
                #expect(scene.total(.stopped) == 5)
            }
        }

        @Test("clients that come while it stops are turned away, and nobody is waited for", arguments: Tier.available, [1, 2])
        func stopUnderLoad(tier: Tier, shardCount: Int) throws {
            for _ in 0..<3 {
                try Scene.run(tier, Setup(shardCount: shardCount)) { scene in
                    for _ in 0..<20 { scene.connect() }
                    scene.plane.stop()
                    for _ in 0..<150 where !scene.plane.isFinished { scene.connect() }
                    try scene.run("the shards have finished") { scene.plane.isFinished }
                }
            }
        }

        @Test("at a limit, a stop turns away those who wait", arguments: Tier.available)
        func stopAtLimit(tier: Tier) throws {
            var setup = Setup()
            setup.configure = { $0.process.connectionsMax = 1 }
            try Scene.run(tier, setup) { scene in
                try scene.echo(10, by: scene.connect())
                for _ in 0..<10 { scene.connect() }
                try scene.run("all stand in the queue") { scene.clients.allSatisfy(\.isConnected) }
                scene.plane.stop()
                try scene.run("the shards have finished") { scene.plane.isFinished }
                try scene.run("all see a reset") { scene.clients.allSatisfy { $0.failure != 0 } }
            }
        }
    }
}
