// Bytes to a server and back, in all sizes, on every tier.

import Config
import Testing

@testable import Engine

/// Sizes and shard counts that every kind of traffic must survive.
enum Shape: String, CaseIterable, Sendable {
    case oneShard = "one shard"
    case twoShards = "two shards"
    case tiny = "two shards with 16 buffers of 1 KiB and rings of 64 entries"

    var setup: Setup {
        var setup = Setup()
        setup.shardCount = self == .oneShard ? 1 : 2
        setup.isTiny = self == .tiny
        return setup
    }
}

extension KernelTests {
    @Suite("Echoes")
    struct EchoTests {
        @Test("a byte comes back", arguments: Tier.available)
        func one(tier: Tier) throws {
            try Scene.run(tier) { scene in try scene.echo(1, by: scene.connect()) }
        }

        @Test("messages of every size come back, one after another", arguments: Tier.available)
        func sizes(tier: Tier) throws {
            try Scene.run(tier) { scene in
                let client = scene.connect()
                for count in [1, 2, 127, 1_023, 1_024, 1_025, 4_095, 4_096, 4_097, 16_384, 65_535, 65_537, 300_000] {
                    try scene.echo(count, by: client)
                }
            }
        }

        @Test("clients at once, in pieces of random sizes, each get their own bytes", arguments: Tier.available, Shape.allCases)
        func random(tier: Tier, shape: Shape) throws {
            try Scene.run(tier, shape.setup) { scene in
                var chance = Seeded(5)
                let counts = (0..<24).map { _ in Int.random(in: 1...400_000, using: &chance) }
                for count in counts {
                    let client = scene.connect()
                    client.sendInPieces(seed: UInt64(count))
                    client.send(count)
                    client.finish()
                }
                try scene.run("all echoes are complete and ended") { scene.clients.allSatisfy { $0.hasEnded || $0.failure != 0 } }
                for (client, count) in zip(scene.clients, counts) { #expect(client.hasReceived(count)) }
                try scene.run("the shards have seen the last end") { scene.total(.finished) == 24 }
                #expect(scene.total(.bytesIn) == counts.reduce(0, +) + 24 * Request.byteCount)
                #expect(scene.total(.bytesOut) == counts.reduce(0, +))
            }
        }

        @Test("two hundred clients on a ring of 64 entries are all answered", arguments: Tier.available)
        func crowd(tier: Tier) throws {
            var setup = Shape.tiny.setup
            setup.shardCount = 1
            try Scene.run(tier, setup) { scene in
                for _ in 0..<200 { scene.connect() }
                // How many messages one turn finds depends on the machine; that the queue overflows is
                // RingTests' to show.
                for round in 1...5 {
                    for client in scene.clients { client.send(128) }
                    try scene.run("everybody's echo") { scene.clients.allSatisfy { $0.receivedCount == 128 * round || $0.failure != 0 } }
                }
                #expect(scene.clients.allSatisfy { $0.hasReceived(128 * 5) })
                #expect(scene.total(.accepted) == 200)
            }
        }

        @Test("connections that come and go leave nothing behind", arguments: Tier.available, [1, 2])
        func churn(tier: Tier, shardCount: Int) throws {
            try Scene.run(tier, Setup(shardCount: shardCount)) { scene in
                for _ in 0..<15 {
                    let fresh = (0..<10).map { _ in scene.connect() }
                    for client in fresh {
                        client.send(100)
                        client.finish()
                    }
                    try scene.run("ten connections come and go") { fresh.allSatisfy { !$0.isOpen || $0.failure != 0 } }
                    #expect(fresh.allSatisfy { $0.hasReceived(100) && $0.failure == 0 })
                }
                try scene.run("the shards have seen the last end") { scene.total(.finished) == 150 }
                #expect(scene.total(.accepted) == 150)
                #expect(scene.total(.staleCompletions) == 0)
            }
        }
    }
}
