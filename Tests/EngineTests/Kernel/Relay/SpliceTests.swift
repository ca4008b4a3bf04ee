// Flows that change over to splice and back, and pipes that are few.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Splice")
    struct SpliceTests {
        @Test("a bulk flow that turns chatty goes back to buffers and gives its pipe back", arguments: Tier.available)
        func chatty(tier: Tier) throws {
            try Scene.run(tier) { scene in
                let client = scene.connect(.transfer, downBytes: 16 << 20)
                try scene.run("16 MiB have come") { client.receivedCount == 16 << 20 }
                #expect(scene.total(.spliceBegun) >= 1)
                let server = scene.server(of: client)!
                // Eight chatty turns end it. On a busy machine one turn may move several messages: the next is there
                // before the shard has looked for it.
                var messages = 0
                while messages < 40 || (messages < 4_000 && scene.total(.pipes) > 0) {
                    messages += 1
                    server.send(100)
                    try scene.run("a message has come") { client.receivedCount == 16 << 20 + 100 * messages }
                }
                try scene.run("the pipe is back") { scene.total(.pipes) == 0 }
                #expect(scene.total(.spliceEnded) == scene.total(.spliceBegun))
                #expect(!client.isCorrupt)
            }
        }

        @Test("a flow may change over and back many times without losing a byte", arguments: Tier.available)
        func backAndForth(tier: Tier) throws {
            try Scene.run(tier) { scene in
                let client = scene.connect(.echo)
                for _ in 0..<4 {
                    try scene.echo(6 << 20, by: client)
                    for _ in 0..<30 { try scene.echo(50, by: client) }
                }
                #expect(!client.isCorrupt)
            }
        }

        @Test("small messages never go through splice", arguments: Tier.available)
        func small(tier: Tier) throws {
            try Scene.run(tier) { scene in
                let client = scene.connect()
                for _ in 0..<200 { try scene.echo(1_000, by: client) }
                #expect(scene.total(.spliceBegun) == 0)
                #expect(scene.total(.bytesSpliced) == 0)
            }
        }

        @Test("with splice on a quiet connection answers as quickly as ever", arguments: Tier.available)
        func quiet(tier: Tier) throws {
            try Scene.run(tier, Setup(splice: .on)) { scene in
                let client = scene.connect()
                for _ in 0..<100 { try scene.echo(100, by: client) }
                try scene.run("both directions have a pipe") { scene.total(.pipes) == 2 }
            }
        }

        @Test("more flows than pipes: some go through buffers, and all arrive whole", arguments: Tier.available)
        func fewPipes(tier: Tier) throws {
            try Scene.run(tier, Setup(splice: .on)) { scene in
                // Two pipes a connection.
                let clients = (0..<scene.plane.resources.pipesPerShard / 2 + 10).map { _ in scene.connect() }
                for client in clients { client.send(20_000) }
                try scene.run("all echoes") { clients.allSatisfy { $0.receivedCount == 20_000 || $0.failure != 0 } }
                #expect(clients.allSatisfy { $0.hasReceived(20_000) })
                #expect(scene.total(.pipesExhausted) > 0)
                #expect(scene.total(.pipes) <= scene.plane.resources.pipesPerShard)
                #expect(scene.total(.bytesSpliced) > 0)
            }
        }
    }
}
