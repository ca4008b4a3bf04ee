// From a client to a server: servers that refuse or keep silent, and addresses of every family.

import CLinux
import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Connecting")
    struct ConnectingTests {
        @Test("where a server refuses, another one serves", arguments: Tier.available)
        func retried(tier: Tier) throws {
            var setup = Setup(servers: [.refusing, .serving])
            setup.configure = { $0.backends[0].balance = .roundRobin }
            try Scene.run(tier, setup) { scene in
                for _ in 0..<10 { try scene.echo(100, by: scene.connect()) }
                #expect(scene.total(.retries) == 10)
                #expect(scene.total(.connectErrors) == 10)
                #expect(scene.plane.total(.connectErrors, server: 0) == 10)
                #expect(scene.plane.total(.sessions, server: 1) == 10)
                #expect(scene.total(.unserved) == 0)
            }
        }

        @Test("where all refuse, the client sees a reset", arguments: Tier.available)
        func allRefuse(tier: Tier) throws {
            try Scene.run(tier, Setup(servers: [.refusing, .refusing])) { scene in
                let client = scene.connect()
                try scene.run("the client is turned away") { client.failure != 0 || client.hasEnded }
                #expect(client.wasReset, "errno \(client.failure)")
                #expect(scene.total(.unserved) == 1)
                #expect(scene.total(.connectErrors) == 2, "each is tried once")
            }
        }

        @Test("no more servers are tried than retries allow", arguments: Tier.available, [0, 1, 2])
        func retries(tier: Tier, retriesMax: Int) throws {
            var setup = Setup(servers: [.refusing, .refusing, .refusing, .refusing])
            setup.configure = { $0.backends[0].retriesMax = retriesMax }
            try Scene.run(tier, setup) { scene in
                let client = scene.connect()
                try scene.run("the client is turned away") { client.failure != 0 }
                #expect(scene.total(.connectErrors) == 1 + retriesMax)
                #expect(scene.total(.retries) == retriesMax)
                #expect(scene.total(.unserved) == 1)
            }
        }

        @Test("bytes that came while the connect was retried are not lost", arguments: Tier.available)
        func early(tier: Tier) throws {
            var setup = Setup(servers: [.silent, .serving])
            setup.configure = { configuration in
                configuration.backends[0].balance = .roundRobin
                // The other server's answer comes from the kernel, which may be busy elsewhere for a while.
                configuration.backends[0].connectTimeoutMilliseconds = 1_000
            }
            try Scene.run(tier, setup) { scene in
                let client = scene.connect()
                try scene.echo(60_000, by: client)
                #expect(scene.total(.connectTimeouts) == 1)
                #expect(scene.total(.retries) == 1)
            }
        }

        @Test("a server that does not answer is given up after its time, and the client sees a reset", arguments: Tier.available)
        func timeout(tier: Tier) throws {
            var setup = Setup(servers: [.silent])
            setup.configure = { $0.backends[0].connectTimeoutMilliseconds = 100 }
            try Scene.run(tier, setup) { scene in
                let begun = swivel_monotonic_ns()
                let client = scene.connect()
                try scene.run("the client is turned away") { client.failure != 0 || client.hasEnded }
                #expect(swivel_monotonic_ns() - begun >= 100_000_000, "not before its time")
                #expect(client.wasReset, "errno \(client.failure)")
                #expect(scene.total(.connectTimeouts) == 1)
                #expect(scene.total(.unserved) == 1)
            }
        }

        @Test("a client that leaves while its server is awaited leaves nothing behind", arguments: Tier.available)
        func leaves(tier: Tier) throws {
            var setup = Setup(servers: [.silent])
            setup.configure = { $0.backends[0].connectTimeoutMilliseconds = 100 }
            try Scene.run(tier, setup) { scene in
                let client = scene.connect()
                try scene.run("it is accepted") { scene.total(.accepted) == 1 }
                client.reset()
                try scene.run("it is gone") { scene.total(.connections) == 0 }
            }
        }

        @Test(
            "every family listens and every family serves", arguments: Tier.available,
            [(Setup.Place.ipv6, Setup.Place.ipv6), (.unix, .unix), (.ipv4, .ipv6), (.ipv6, .unix), (.unix, .ipv4)])
        func families(tier: Tier, places: (listening: Setup.Place, serving: Setup.Place)) throws {
            try Scene.run(tier, Setup(shardCount: 2, listening: places.listening, serving: places.serving)) { scene in
                for _ in 0..<4 {
                    let (client, server) = try scene.join(.transfer, downBytes: 3 << 20)
                    client.send(3 << 20)
                    client.finish()
                    try scene.run("3 MiB each way") { client.hasEnded || client.failure != 0 }
                    #expect(client.hasReceived(3 << 20) && server.hasReceived(3 << 20))
                }
            }
        }
    }
}
