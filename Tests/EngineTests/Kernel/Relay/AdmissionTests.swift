// Who is let in: lists of networks, connections and their rate by address. Who is not is reset and counted.

import Codecs
import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("Who may connect")
    struct AdmissionTests {
        private func setup(
            shardCount: Int = 1, listening: Setup.Place = .ipv4, _ change: @escaping (inout Frontend) -> Void
        ) -> Setup {
            var setup = Setup(shardCount: shardCount, listening: listening)
            setup.configure = { change(&$0.frontends[0]) }
            return setup
        }

        private func networks(_ texts: [String]) -> [Network] { texts.map { try! Network.parse($0) } }

        private func expectRefusal(of client: Peer, _ scene: Scene, counted counter: Counter, _ count: Int) throws {
            try scene.run("the client is refused") { client.failure != 0 || client.hasEnded }
            #expect(client.wasReset)
            #expect(scene.total(counter) == count)
        }

        struct Rule: Sendable {
            var allowed: [String] = []
            var denied: [String] = []
            var isServed: Bool
        }

        private static let rules = [
            Rule(denied: ["127.0.0.0/8"], isServed: false), Rule(denied: ["10.0.0.0/8"], isServed: true),
            Rule(allowed: ["127.0.0.1"], isServed: true), Rule(allowed: ["10.0.0.0/8"], isServed: false),
            Rule(allowed: ["127.0.0.0/8"], denied: ["127.0.0.1"], isServed: false),
            Rule(allowed: ["10.0.0.0/8", "127.0.0.0/16"], denied: ["127.0.0.2"], isServed: true),
            Rule(allowed: ["::/0"], isServed: false),
        ]

        @Test("whom a list denies, or no list allows, is refused; everybody else is served", arguments: Tier.available, rules)
        func lists(tier: Tier, rule: Rule) throws {
            let setup = setup {
                $0.allowed = networks(rule.allowed)
                $0.denied = networks(rule.denied)
            }
            try Scene.run(tier, setup) { scene in
                for count in 1...3 {
                    let client = scene.connect()
                    if rule.isServed {
                        try scene.echo(10, by: client)
                    } else {
                        try expectRefusal(of: client, scene, counted: .deniedByList, count)
                    }
                }
                #expect(scene.total(.accepted) == (rule.isServed ? 3 : 0))
                #expect(scene.servers[0].connections.count == (rule.isServed ? 3 : 0))
            }
        }

        @Test("IPv6 clients are judged as such", arguments: Tier.engines, [("::1", false), ("::/1", false), ("2000::/3", true)])
        func ipv6(tier: Tier, rule: (denied: String, isServed: Bool)) throws {
            try Scene.run(tier, setup(listening: .ipv6) { $0.denied = networks([rule.denied]) }) { scene in
                let client = scene.connect()
                guard !rule.isServed else { return try scene.echo(10, by: client) }
                try expectRefusal(of: client, scene, counted: .deniedByList, 1)
            }
        }

        @Test("clients of a Unix socket have no address to be judged", arguments: Tier.engines)
        func unix(tier: Tier) throws {
            let setup = setup(listening: .unix) {
                $0.allowed = networks(["10.0.0.0/8"])
                $0.connectionsPerAddressMax = 1
            }
            try Scene.run(tier, setup) { scene in
                for _ in 0..<3 { try scene.echo(10, by: scene.connect()) }
            }
        }

        @Test("an address has as many connections as it may, and another one once one has ended", arguments: Tier.available, [1, 2])
        func connectionsPerAddress(tier: Tier, shardCount: Int) throws {
            try Scene.run(tier, setup(shardCount: shardCount) { $0.connectionsPerAddressMax = 3 }) { scene in
                for _ in 0..<3 { try scene.echo(10, by: scene.connect()) }
                for count in 1...4 { try expectRefusal(of: scene.connect(), scene, counted: .deniedAddressConnections, count) }
                scene.clients[0].close()
                try scene.run("its place comes back") { scene.total(.connections) == 2 && scene.plane.placesTaken == 2 + 2 + 2 }
                try scene.echo(10, by: scene.connect())
                try expectRefusal(of: scene.connect(), scene, counted: .deniedAddressConnections, 5)
            }
        }

        @Test("listeners of one frontend share its bounds, another frontend has its own", arguments: Tier.engines)
        func perFrontend(tier: Tier) throws {
            var setup = Setup()
            setup.configure = { configuration in
                let another = Listener(address: .ipv4(host: 0x7f00_0001, port: 0))
                configuration.frontends[0].connectionsPerAddressMax = 1
                configuration.frontends[0].listeners.append(another)
                configuration.frontends.append(Frontend(name: "other", listeners: [another], backend: "back"))
                configuration.frontends[1].mode = .tcp
                configuration.frontends[1].connectionsPerAddressMax = 1
            }
            try Scene.run(tier, setup) { scene in
                try scene.echo(10, by: scene.connect(listener: 0))
                try expectRefusal(of: scene.connect(listener: 1), scene, counted: .deniedAddressConnections, 1)
                try scene.echo(10, by: scene.connect(listener: 2))
                try expectRefusal(of: scene.connect(listener: 2), scene, counted: .deniedAddressConnections, 2)
            }
        }

        @Test("so many connections come at once, and no more before their time", arguments: Tier.engines, [1, 2])
        func rate(tier: Tier, shardCount: Int) throws {
            let setup = setup(shardCount: shardCount) {
                $0.connectionRatePerAddress = Rate(count: 5, periodMilliseconds: 3_600_000)
                // What is refused for its rate keeps no place.
                $0.connectionsPerAddressMax = 6
            }
            try Scene.run(tier, setup) { scene in
                for _ in 0..<5 { try scene.echo(10, by: scene.connect()) }
                for count in 1...3 { try expectRefusal(of: scene.connect(), scene, counted: .deniedAddressRate, count) }
                #expect(scene.total(.deniedAddressConnections) == 0)
            }
        }

        @Test("after a storm of clients that come, go, break off and are refused no place is taken", arguments: Tier.available, [1, 2])
        func storm(tier: Tier, shardCount: Int) throws {
            let setup = setup(shardCount: shardCount) { $0.connectionsPerAddressMax = 10 }
            try Scene.run(tier, setup) { scene in
                for wave in 0..<12 {
                    for number in 0..<15 {
                        let client = scene.connect()
                        client.send(1_000)
                        if number % 3 == 0 { client.finish() }
                        if number % 3 == 1 { client.reset() }
                    }
                    try scene.run("wave \(wave) is served or refused") {
                        scene.clients.allSatisfy { !$0.isOpen || $0.failure != 0 || $0.hasEnded || $0.receivedCount == 1_000 }
                    }
                    for client in scene.clients where wave % 2 == 0 { client.close() }
                    for client in scene.clients where wave % 2 == 1 { client.reset() }
                }
                try scene.run("every place is free") { scene.total(.connections) == 0 && scene.plane.placesTaken == 0 }
                #expect(scene.total(.accepted) + scene.total(.deniedAddressConnections) <= 180)
            }
        }
    }
}
