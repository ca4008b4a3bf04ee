// Readers that stall: what they do not take is bounded, kept whole, and in nobody else's way.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Backpressure")
    struct BackpressureTests {
        /// A stalled reader's receive buffer keeps to this, so that most of what is sent has to wait elsewhere.
        static let lockedBytes: Int32 = 1 << 18
        /// One direction: the mark of 64 KiB, and behind it what one multishot receive brings before it can be stopped:
        /// the ring's 256 buffers of 4 KiB, and where the kernel fills them at any moment, those once more as they are
        /// given back just before the order to stop.
        static let spillMax = 4 + 64 + 64 + 1

        @Test("a stalled client stops its server, and later has every byte", arguments: Tier.available, ProcessOptions.Splice.allCases)
        func client(tier: Tier, splice: ProcessOptions.Splice) throws {
            try Scene.run(tier, Setup(splice: splice)) { scene in
                let client = scene.connect(.transfer, downBytes: 24 << 20, receiveBuffer: Self.lockedBytes)
                client.stall()
                try scene.run("the server's bytes are under way") { scene.server(of: client) != nil }
                let server = try #require(scene.server(of: client))
                try scene.run("the way is full") { scene.isStill(server) }
                // What the server's kernel took says nothing: the receive buffer behind it grows to 32 MiB.
                #expect(scene.total(.bytesOut) < 24 << 20)
                #expect(scene.total(.spillChunks) <= Self.spillMax, "what waits here is bounded")
                client.resume()
                client.finish()
                try scene.run("the client has everything") { client.hasEnded || client.failure != 0 }
                #expect(client.hasReceived(24 << 20))
                try scene.run("no spill is left") { scene.total(.spillChunks) == 0 }
            }
        }

        @Test("a stalled server stops its client, and later has every byte", arguments: Tier.available, [false, true])
        func server(tier: Tier, isTiny: Bool) throws {
            try Scene.run(tier, Setup(splice: .off, isTiny: isTiny, serverReceiveBuffer: Self.lockedBytes)) { scene in
                let (client, server) = try scene.join(.transfer)
                server.stall()
                client.send(16 << 20)
                client.finish()
                try scene.run("the way is full") { scene.isStill(client) }
                // The kernel may take all of it from the client (its receive buffers grow to 32 MiB), not pass it on.
                #expect(scene.total(.bytesIn) < 16 << 20)
                #expect(scene.total(.spillChunks) <= Self.spillMax, "what waits here is bounded")
                server.resume()
                try scene.run("the server has everything") { server.hasEnded || server.failure != 0 }
                #expect(server.hasReceived(16 << 20))
            }
        }

        @Test("a stall and a start again and again lose nothing", arguments: Tier.available)
        func stutter(tier: Tier) throws {
            try Scene.run(tier, Setup(isTiny: true)) { scene in
                let client = scene.connect(.transfer, downBytes: 16 << 20)
                client.finish()
                var chance = Seeded(3)
                var next = 0
                try scene.run("the client has everything") {
                    if client.receivedCount >= next {
                        next = client.receivedCount + Int.random(in: 1...1 << 20, using: &chance)
                        client.stall()
                    } else {
                        client.resume()
                    }
                    return client.hasEnded || client.failure != 0
                }
                #expect(client.hasReceived(16 << 20))
            }
        }

        @Test("two hundred stalled readers do not keep the next client from being served", arguments: Tier.available)
        func crowd(tier: Tier) throws {
            try stallCrowd(200, downBytes: 3 << 19, tier, Setup())
        }

        @Test("nor do forty with 16 buffers between them", arguments: Tier.available)
        func tinyCrowd(tier: Tier) throws {
            try stallCrowd(40, downBytes: 768 << 10, tier, Setup(isTiny: true))
        }

        /// Unix sockets do not grow their buffers: full ones hold little of the machine's memory.
        private func stallCrowd(_ clientCount: Int, downBytes: Int, _ tier: Tier, _ setup: Setup) throws {
            var setup = setup
            (setup.listening, setup.serving) = (.unix, .unix)
            try Scene.run(tier, setup) { scene in
                let stalled = (0..<clientCount).map { _ in scene.connect(.transfer, downBytes: downBytes) }
                for client in stalled { client.stall() }
                try scene.run("every server is stopped") {
                    stalled.allSatisfy { client in scene.server(of: client).map { !$0.hasSentAll && $0.sentCount > 0 } ?? false }
                }
                let fresh = scene.connect()
                try scene.echo(100_000, by: fresh)
                for client in stalled {
                    client.resume()
                    client.finish()
                }
                try scene.run("everybody has everything") { stalled.allSatisfy { $0.hasEnded || $0.failure != 0 } }
                #expect(stalled.allSatisfy { $0.hasReceived(downBytes) })
                try scene.run("no spill is left") { scene.total(.spillChunks) == 0 }
                try scene.echo(1_000, by: fresh)
            }
        }

        @Test("readers that stall and then reset give back what they held", arguments: Tier.available)
        func resetWhileStalled(tier: Tier) throws {
            try Scene.run(tier, Setup(splice: .off)) { scene in
                let stalled = (0..<4).map { _ in scene.connect(.transfer, downBytes: 24 << 20, receiveBuffer: Self.lockedBytes) }
                for client in stalled { client.stall() }
                try scene.run("all ways are full") { scene.total(.spillChunks) >= 4 }
                for client in stalled { client.reset() }
                try scene.run("all is given back") { scene.total(.connections) == 0 }
                #expect(scene.total(.spillChunks) == 0)
                #expect(scene.total(.clientResets) == 4)
            }
        }
    }
}
