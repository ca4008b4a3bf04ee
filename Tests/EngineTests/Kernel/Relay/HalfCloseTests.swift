// One side ends, the other goes on: an end is passed on, and never ahead of a byte.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Half-close")
    struct HalfCloseTests {
        /// Nothing, a message, and more than a spliced flow begins with.
        static let counts = [0, 100, 3 << 20]

        @Test("the client ends first: the server has every byte and the end, and its answer still comes", arguments: Tier.available, counts)
        func client(tier: Tier, count: Int) throws {
            try Scene.run(tier) { scene in
                let (client, server) = try scene.join(.transfer)
                client.send(count)
                client.finish()
                try scene.run("the server sees the end") { server.hasEnded || server.failure != 0 }
                #expect(server.hasReceived(count))
                #expect(!client.hasEnded)
            }
        }

        @Test("the server ends first: the client has every byte and the end, and its bytes still arrive", arguments: Tier.available, counts)
        func server(tier: Tier, count: Int) throws {
            try Scene.run(tier) { scene in
                let (client, server) = try scene.join(.transfer, downBytes: count, serverEndsFirst: true)
                try scene.run("the client sees the end") { client.hasEnded || client.failure != 0 }
                #expect(client.hasReceived(count))
                #expect(!server.hasEnded)
                client.send(500_000)
                client.finish()
                try scene.run("the server sees the rest") { server.hasEnded || server.failure != 0 }
                #expect(server.hasReceived(500_000))
                try scene.run("the relay has finished") { scene.total(.finished) == 1 }
            }
        }

        @Test("an answer that begins after the client's end is carried whole", arguments: Tier.available)
        func answerAfterEnd(tier: Tier) throws {
            try Scene.run(tier) { scene in
                // An echoing server reads to the end and has not answered by then.
                let (client, server) = try scene.join(.echo)
                server.stall()
                client.send(1 << 19)
                client.finish()
                try scene.run("the client has told its end") { client.hasShut }
                server.resume()
                try scene.run("the echo is whole and ended") { client.hasEnded || client.failure != 0 }
                #expect(client.hasReceived(1 << 19))
            }
        }

        @Test("the end does not overtake bytes that a slow reader has not taken", arguments: Tier.available, ProcessOptions.Splice.allCases)
        func slowReader(tier: Tier, splice: ProcessOptions.Splice) throws {
            try Scene.run(tier, Setup(splice: splice, serverReceiveBuffer: 1 << 18)) { scene in
                let (client, server) = try scene.join(.transfer)
                server.stall()
                client.send(32 << 20)
                client.finish()
                try scene.run("the way is full") { scene.isStill(client) }
                // The kernel may have taken all of it from the client, the end as well; the server's socket is full.
                #expect(scene.total(.bytesIn) < 32 << 20)
                server.resume()
                try scene.run("the server has everything") { server.hasEnded || server.failure != 0 }
                #expect(server.hasReceived(32 << 20))
            }
        }

        @Test("both end at once without a byte", arguments: Tier.available)
        func both(tier: Tier) throws {
            try Scene.run(tier) { scene in
                for _ in 0..<20 {
                    let client = scene.connect(.transfer, serverEndsFirst: true)
                    client.finish()
                }
                try scene.run("all have ended") { scene.clients.allSatisfy { $0.hasEnded || $0.failure != 0 } }
                try scene.run("all relays have finished") { scene.total(.finished) == 20 }
            }
        }
    }
}
