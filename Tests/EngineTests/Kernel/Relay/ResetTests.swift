// A peer that breaks off: the other side sees a break too, never a clean end.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Resets")
    struct ResetTests {
        @Test("a client's reset reaches its server as a reset", arguments: Tier.available, [0, 100, 4 << 20])
        func client(tier: Tier, count: Int) throws {
            try Scene.run(tier) { scene in
                let (client, server) = try scene.join(.transfer)
                client.send(count)
                try scene.run("the bytes are under way") { server.receivedCount >= count / 2 }
                client.reset()
                try scene.run("the server sees it") { server.failure != 0 || server.hasEnded }
                #expect(server.wasReset, "errno \(server.failure), ended \(server.hasEnded)")
                #expect(!server.isCorrupt)
                try scene.run("it is counted") { scene.total(.clientResets) == 1 }
                #expect(scene.total(.serverResets) == 0 && scene.total(.finished) == 0)
            }
        }

        @Test("a server's reset reaches its client as a reset", arguments: Tier.available, [0, 100, 4 << 20])
        func server(tier: Tier, count: Int) throws {
            try Scene.run(tier) { scene in
                let (client, server) = try scene.join(.transfer, downBytes: count)
                try scene.run("the bytes are under way") { client.receivedCount >= count / 2 }
                server.reset()
                try scene.run("the client sees it") { client.failure != 0 || client.hasEnded }
                #expect(client.wasReset, "errno \(client.failure), ended \(client.hasEnded)")
                #expect(!client.isCorrupt)
                try scene.run("it is counted") { scene.total(.serverResets) == 1 }
                #expect(scene.total(.clientResets) == 0 && scene.total(.finished) == 0)
            }
        }

        @Test("a survivor that is reset with bytes unread is waited for no longer", arguments: Tier.available)
        func survivor(tier: Tier) throws {
            let count = 100_000
            var setup = Setup()
            // Were it waited for, it would not end here.
            setup.configure = { $0.frontends[0].halfCloseTimeoutMilliseconds = 600_000 }
            try Scene.run(tier, setup) { scene in
                // A window too small for the bytes: they stay in the socket that is to be emptied first.
                let client = scene.connect(.transfer, downBytes: count, receiveBuffer: 4096)
                client.stall()
                try scene.run("the server has said all") { scene.server(of: client)?.sentCount == count }
                try scene.run("the bytes are with the client's socket") { scene.total(.bytesOut) == count }
                scene.server(of: client)!.reset()
                scene.run(milliseconds: 50)
                try scene.letShardsSee("the server's reset")
                #expect(scene.total(.connections) == 1, "the bytes are waited for")
                client.reset()
                try scene.run("the relay has ended") { scene.total(.connections) == 0 }
                #expect(scene.total(.serverResets) == 1)
            }
        }

        @Test(
            "a client that is reset while its server reads nothing is not waited for longer than half a connection",
            arguments: Tier.engines, [ProcessOptions.Splice.off, .on])
        func unread(tier: Tier, splice: ProcessOptions.Splice) throws {
            var setup = Setup(splice: splice, serverReceiveBuffer: 1 << 18)
            setup.configure = { $0.frontends[0].halfCloseTimeoutMilliseconds = 300 }
            try Scene.run(tier, setup) { scene in
                let (client, server) = try scene.join(.transfer)
                server.stall()
                client.send(32 << 20)
                try scene.run("everything is full") { client.sentCount > 0 && scene.isStill(client) }
                scene.run(milliseconds: 500)
                #expect(scene.total(.connections) == 1, "as long as the client is there it is waited for")
                client.reset()
                try scene.run("the relay has ended") { scene.total(.connections) == 0 }
            }
        }

        @Test("what a server said before its reset outlives the client's end", arguments: Tier.available)
        func answerThenEnd(tier: Tier) throws {
            let count = 100_000
            try Scene.run(tier) { scene in
                let client = scene.connect(.transfer, downBytes: count, receiveBuffer: 4096)
                client.stall()
                try scene.run("the server has said all") { scene.server(of: client)?.sentCount == count }
                // What is still in the server's own socket goes with it.
                try scene.run("the bytes are with the client's socket") { scene.total(.bytesOut) == count }
                scene.server(of: client)!.reset()
                scene.run(milliseconds: 50)
                client.finish()
                scene.run(milliseconds: 50)
                client.resume()
                try scene.run("the client has had enough") { client.failure != 0 || client.hasEnded }
                #expect(client.receivedCount == count)
                #expect(client.wasReset)
            }
        }

        @Test("a reset after a half-close ends the other half as well", arguments: Tier.available)
        func afterHalfClose(tier: Tier) throws {
            try Scene.run(tier) { scene in
                let (client, server) = try scene.join(.transfer)
                client.send(10)
                client.finish()
                try scene.run("the server sees the end") { server.hasEnded }
                client.reset()
                try scene.run("the relay has ended") { scene.total(.connections) == 0 }
            }
        }

        @Test("a reset in the middle of a spliced flow leaves no byte to the next one", arguments: Tier.available)
        func spliced(tier: Tier) throws {
            try Scene.run(tier, Setup(splice: .on)) { scene in
                for _ in 0..<5 {
                    let broken = scene.connect(.transfer, downBytes: 8 << 20)
                    try scene.run("its bytes are under way") { broken.receivedCount > 1 << 20 }
                    broken.stall()
                    try scene.run("its pipe holds some") { scene.isStill(scene.server(of: broken)!) }
                    broken.reset()
                    try scene.run("it has ended") { scene.total(.connections) == 0 }
                    let next = scene.connect(.transfer, downBytes: 1 << 20)
                    next.finish()
                    try scene.run("the next has everything") { next.hasEnded || next.failure != 0 }
                    #expect(next.hasReceived(1 << 20))
                    try scene.run("it has ended too") { scene.total(.connections) == 0 }
                }
            }
        }

        @Test("one connection's reset is nobody else's concern", arguments: Tier.available)
        func others(tier: Tier) throws {
            try Scene.run(tier, Setup(shardCount: 2)) { scene in
                let clients = (0..<20).map { _ in scene.connect() }
                for client in clients { client.send(10_000) }
                try scene.run("all are served") { clients.allSatisfy { $0.receivedCount == 10_000 } }
                for client in clients[..<10] { client.reset() }
                for client in clients[10...] { try scene.echo(50_000, by: client) }
                try scene.run("ten have ended") { scene.total(.clientResets) == 10 && scene.total(.connections) == 10 }
            }
        }
    }
}
