// Tunnels that say nothing for too long, and those that only speak slowly.

import CLinux
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
                let begun = swivel_monotonic_ns()
                let client = scene.connect()
                client.send(10)
                // Where this thread stood still meanwhile, both are cut before they have said a word.
                try scene.run("both sides are cut") {
                    client.failure != 0 && scene.servers[0].connections.contains { $0.failure != 0 }
                }
                #expect(swivel_monotonic_ns() - begun >= 120_000_000)
                #expect(client.wasReset && scene.servers[0].connections.allSatisfy(\.wasReset))
                #expect(scene.total(.timeouts) == 1)
            }
        }

        private static let aliveMilliseconds: UInt64 = 1_500

        /// Lets `act` do something eight times with pauses of 300 ms, and expects that a tunnel with a timeout of 1.5 s
        /// stands all the while. `act` answers how to see that it was done.
        ///
        /// One that was cut when nothing had been done for so long, as this machine stood still, says nothing: the next
        /// one does.
        private func expectAlive(_ scene: Scene, _ mode: Request.Mode, _ act: (Peer, Peer, Int) -> () -> Bool) throws {
            for cutCount in 0..<10 {
                var provenAt = swivel_monotonic_ns()
                let client = scene.connect(mode)
                func isCut() -> Bool { client.failure != 0 || (scene.server(of: client).map { $0.failure != 0 } ?? false) }
                try scene.run("it is joined") { scene.server(of: client) != nil || isCut() }
                for round in 0..<8 {
                    guard let server = scene.server(of: client), !isCut() else { break }
                    let begun = swivel_monotonic_ns()
                    let isDone = act(client, server, round)
                    try scene.run("round \(round) is done") { isDone() || isCut() }
                    scene.run(milliseconds: 300)
                    scene.loop.turn(milliseconds: 0)
                    // A tunnel that still stands now stood then, so that what was done was seen.
                    if !isCut() { provenAt = begun }
                }
                if !isCut() { return #expect(scene.total(.timeouts) == cutCount) }
                #expect(swivel_monotonic_ns() - provenAt >= Self.aliveMilliseconds * 1_000_000, "cut before its time")
                client.close()
                scene.server(of: client)?.close()
            }
            Issue.record("ten times this machine stood still for longer than the timeout")
        }

        @Test("a byte now and then keeps a tunnel alive", arguments: Tier.engines, [ProcessOptions.Splice.auto, .on])
        func alive(tier: Tier, splice: ProcessOptions.Splice) throws {
            try Scene.run(tier, setup(tunnel: Self.aliveMilliseconds, splice: splice)) { scene in
                try expectAlive(scene, .echo) { client, _, round in
                    client.send(1)
                    return { client.receivedCount == round + 1 }
                }
            }
        }

        @Test("bytes one way alone keep a tunnel alive", arguments: Tier.engines, [Side.up, .down])
        func oneWay(tier: Tier, side: Side) throws {
            try Scene.run(tier, setup(tunnel: Self.aliveMilliseconds)) { scene in
                try expectAlive(scene, .transfer) { client, server, round in
                    (side == .up ? client : server).send(1)
                    return { (side == .up ? server : client).receivedCount == round + 1 }
                }
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
                try scene.run("the other half is cut") { scene.total(.connections) == 0 }
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
            var setup = setup(tunnel: Self.aliveMilliseconds, splice: splice)
            // What is in the reader's own receive buffer has been delivered for all that the balancer can know. It keeps
            // small, so that to the end most of the bytes are still on their way.
            setup.serverReceiveBuffer = 1 << 16
            try Scene.run(tier, setup) { scene in
                try expectAlive(scene, .transfer) { client, server, round in
                    if round == 0 {
                        server.stall()
                        client.send(2 << 20)
                        return { client.hasSentAll }
                    }
                    // A little each time: the balancer itself has nothing to do meanwhile.
                    let before = server.receivedCount
                    server.resume()
                    return {
                        if server.receivedCount > before { server.stall() }
                        return server.receivedCount > before
                    }
                }
                #expect(scene.servers[0].connections.allSatisfy { !$0.isCorrupt })
            }
        }

        @Test("a reader that has stalled for good is cut", arguments: Tier.available, [ProcessOptions.Splice.off, .on])
        func stalledReader(tier: Tier, splice: ProcessOptions.Splice) throws {
            var setup = setup(tunnel: 80, splice: splice)
            setup.servers = [.stalled]
            setup.serverReceiveBuffer = 1 << 18
            try Scene.run(tier, setup) { scene in
                scene.connect(.transfer).send(64 << 20)
                try scene.run("the tunnel is cut") { scene.total(.timeouts) == 1 }
                #expect(scene.total(.bytesIn) < 64 << 20)
            }
        }
    }
}
