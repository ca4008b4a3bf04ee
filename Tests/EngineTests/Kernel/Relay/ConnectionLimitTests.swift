// Limits of the process, a frontend, a listener and a server: met, never passed, and open again at once.

import CLinux
import Codecs
import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Limits on connections")
    struct ConnectionLimitTests {
        enum Bound: String, CaseIterable, Sendable { case process, frontend, listener }

        private func setup(_ bound: Bound, _ count: Int, shardCount: Int) -> Setup {
            var setup = Setup(shardCount: shardCount)
            setup.configure = { configuration in
                switch bound {
                case .process: configuration.process.connectionsMax = count
                case .frontend: configuration.frontends[0].connectionsMax = count
                case .listener: configuration.frontends[0].listeners[0].connectionsMax = count
                }
            }
            return setup
        }

        @Test("as many are served as the limit allows, and the others as places come free", arguments: Tier.available, Bound.allCases)
        func met(tier: Tier, bound: Bound) throws {
            for shardCount in [1, 2] {
                try Scene.run(tier, setup(bound, 5, shardCount: shardCount)) { scene in
                    let server = scene.servers[0]
                    for _ in 0..<20 { scene.connect().send(100) }
                    var most = 0
                    var servedCount = 0
                    while servedCount < 20 {
                        try scene.run("five more are served, or the rest") {
                            most = max(most, server.openCount)
                            return scene.clients.count { $0.receivedCount == 100 } >= min(servedCount + 5, 20)
                        }
                        let served = scene.clients.filter { $0.receivedCount == 100 && $0.isOpen }
                        #expect(served.count <= 5)
                        servedCount += served.count
                        for client in served { client.close() }
                    }
                    #expect(most <= 5, "\(most) at once with \(shardCount) shards")
                    #expect(scene.clients.allSatisfy { $0.hasReceived(100) })
                    #expect(scene.total(.pausesAtLimit) > 0)
                    #expect(scene.total(.refusedAtLimit) == 0)
                }
            }
        }

        @Test("a server's limit is kept, and at all servers' limits a client that may not wait is turned away", arguments: Tier.available, [1, 2])
        func server(tier: Tier, shardCount: Int) throws {
            var setup = Setup(shardCount: shardCount, servers: [.serving, .serving])
            setup.configure = { configuration in
                configuration.backends[0].servers[0].connectionsMax = 2
                configuration.backends[0].servers[1].connectionsMax = 1
                configuration.backends[0].queueMax = 0
            }
            try Scene.run(tier, setup) { scene in
                for _ in 0..<3 { try scene.echo(10, by: scene.connect()) }
                #expect(scene.servers.map(\.openCount) == [2, 1])
                let refused = scene.connect()
                try scene.run("the fourth is turned away") { refused.failure != 0 || refused.hasEnded }
                #expect(refused.wasReset)
                #expect(scene.total(.queueFull) == 1)
                scene.clients[0].close()
                try scene.run("a place comes free") { scene.plane.placesTaken == 2 + 2 }
                try scene.echo(10, by: scene.connect())
                #expect(scene.servers.map(\.openCount).reduce(0, +) == 3)
            }
        }

        @Test("a listener at its limit does not hold another one up", arguments: Tier.available)
        func otherListener(tier: Tier) throws {
            var setup = Setup()
            setup.configure = { configuration in
                configuration.process.connectionsMax = 200
                configuration.frontends[0].listeners[0].connectionsMax = 1
                configuration.frontends[0].listeners.append(Listener(address: .ipv4(host: 0x7f00_0001, port: 0)))
            }
            try Scene.run(tier, setup) { scene in
                try scene.echo(10, by: scene.connect(listener: 0))
                scene.connect(listener: 0).send(10)
                try scene.run("the first listener pauses") { scene.total(.pausesAtLimit) == 1 }
                try expectQuick("the second serves a hundred", scene) { () -> Peer in
                    let client = scene.connect(listener: 1)
                    client.send(10)
                    client.finish()
                    return client
                }
                #expect(scene.clients[1].receivedCount == 0)
                scene.clients[0].close()
                try scene.run("the first goes on") { scene.clients[1].receivedCount == 10 }
            }
        }

        @Test("a limit that comes free is noticed at once on the same shard", arguments: Tier.available)
        func handover(tier: Tier) throws {
            try Scene.run(tier, setup(.process, 1, shardCount: 1)) { scene in
                for _ in 0..<100 {
                    let client = scene.connect()
                    client.send(10)
                    client.finish()
                }
                try scene.run("a hundred one after another") { scene.clients.allSatisfy { $0.hasEnded } }
                #expect(scene.clients.allSatisfy { $0.hasReceived(10) })
            }
            // Clients who are turned away come and go by the shard's work alone: this thread has no part in the time.
            var setup = setup(.process, 1, shardCount: 1)
            setup.servers = [.refusing]
            try Scene.run(tier, setup) { scene in try expectQuick("a hundred are turned away", scene) { scene.connect() } }
        }

        /// Lets a hundred clients come to their end in half of what they would take with one accept in each look of 20 ms.
        /// A machine that stood still meanwhile is asked again.
        private func expectQuick(_ what: String, _ scene: Scene, _ connect: () -> Peer) throws {
            for _ in 0..<20 {
                let begun = swivel_monotonic_ns()
                let clients = (0..<100).map { _ in connect() }
                try scene.run(what) { clients.allSatisfy { $0.hasEnded || $0.failure != 0 } }
                let lasted = swivel_monotonic_ns() - begun
                for client in clients { client.close() }
                if lasted < 1_000_000_000 { return }
            }
            Issue.record("\(what): never within a second")
        }
    }
}
