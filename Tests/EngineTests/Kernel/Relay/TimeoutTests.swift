// Tunnels that say nothing for too long, and those that only speak slowly.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Timeouts")
    struct TimeoutTests {
        private func setup(tunnel: UInt64 = 3_600_000, halfClose: UInt64 = 30_000, splice: ProcessOptions.Splice = .auto) -> Setup {
            var setup = Setup(splice: splice)
            setup.configure = { configuration in
                configuration.frontends[0].tunnelTimeoutMilliseconds = tunnel
                configuration.frontends[0].halfCloseTimeoutMilliseconds = halfClose
            }
            return setup
        }

        @Test("a tunnel without a byte is cut after its time, not before", arguments: Tier.available)
        func idle(tier: Tier) throws {
            try Scene.run(tier, setup(tunnel: 120)) { scene in
                let (client, server) = try scene.join()
                try scene.echo(10, by: client)
                scene.run(milliseconds: 60)
                #expect(client.failure == 0 && !client.hasEnded)
                try scene.run("both sides are cut", within: 2) { client.failure != 0 && server.failure != 0 }
                #expect(client.wasReset && server.wasReset)
                #expect(scene.total(.timeouts) == 1)
            }
        }

        @Test("a byte now and then keeps a tunnel alive", arguments: Tier.engines, [ProcessOptions.Splice.auto, .on])
        func alive(tier: Tier, splice: ProcessOptions.Splice) throws {
            try Scene.run(tier, setup(tunnel: 400, splice: splice)) { scene in
                let client = scene.connect()
                for _ in 0..<7 {
                    try scene.echo(1, by: client)
                    scene.run(milliseconds: 100)
                }
                #expect(client.failure == 0 && !client.hasEnded)
                #expect(scene.total(.timeouts) == 0)
            }
        }

        @Test("bytes one way alone keep a tunnel alive", arguments: Tier.engines, [Side.up, .down])
        func oneWay(tier: Tier, side: Side) throws {
            try Scene.run(tier, setup(tunnel: 400)) { scene in
                let (client, server) = try scene.join(.transfer)
                for _ in 0..<7 {
                    (side == .up ? client : server).send(1)
                    scene.run(milliseconds: 100)
                }
                #expect((side == .up ? server : client).receivedCount == 7)
                #expect(scene.total(.timeouts) == 0)
            }
        }

        @Test("a half-closed tunnel without a byte is cut after its shorter time", arguments: Tier.available, [Side.up, .down])
        func halfClosed(tier: Tier, side: Side) throws {
            try Scene.run(tier, setup(halfClose: 100)) { scene in
                let (client, server) = try scene.join(.transfer, serverEndsFirst: side == .down)
                server.endsWithTheOther = false
                if side == .up { client.finish() }
                let waiting = side == .up ? server : client
                try scene.run("the end is passed on") { waiting.hasEnded }
                try scene.run("the other half is cut", within: 2) { scene.total(.connections) == 0 }
                #expect(scene.total(.timeouts) == 1)
                #expect(scene.total(.finished) == 0)
            }
        }

        @Test("before it is half closed only the tunnel's time counts", arguments: Tier.available)
        func notHalfClosed(tier: Tier) throws {
            try Scene.run(tier, setup(halfClose: 50)) { scene in
                let client = scene.connect()
                try scene.echo(10, by: client)
                scene.run(milliseconds: 150)
                try scene.echo(10, by: client)
                #expect(scene.total(.timeouts) == 0)
            }
        }

        @Test("a slow reader of what the sockets hold is not cut while it reads", arguments: Tier.engines, [ProcessOptions.Splice.off, .on])
        func slowReader(tier: Tier, splice: ProcessOptions.Splice) throws {
            try Scene.run(tier, setup(tunnel: 300, splice: splice)) { scene in
                let (client, server) = try scene.join(.transfer)
                server.stall()
                client.send(2 << 20)
                try scene.run("all is handed over") { client.hasSentAll }
                // A little every 100 ms: the balancer itself has nothing to do meanwhile.
                for _ in 0..<7 {
                    let before = server.receivedCount
                    server.resume()
                    try scene.run("a little is read") { server.receivedCount > before || server.failure != 0 }
                    server.stall()
                    scene.run(milliseconds: 100)
                }
                server.resume()
                try scene.run("all is read") { server.receivedCount == 2 << 20 || server.failure != 0 }
                #expect(server.hasReceived(2 << 20), "\(server.receivedCount) bytes, errno \(server.failure)")
            }
        }

        @Test("a reader that has stalled for good is cut", arguments: Tier.available, [ProcessOptions.Splice.off, .on])
        func stalledReader(tier: Tier, splice: ProcessOptions.Splice) throws {
            try Scene.run(tier, setup(tunnel: 80, splice: splice)) { scene in
                let (client, server) = try scene.join(.transfer)
                server.stall()
                client.send(64 << 20)
                try scene.run("the tunnel is cut", within: 5) { scene.total(.timeouts) == 1 }
                #expect(!client.hasSentAll)
            }
        }
    }
}
