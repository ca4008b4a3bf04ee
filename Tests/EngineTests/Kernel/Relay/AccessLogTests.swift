// The connection log: a line for each connection that ends, with what happened to it.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("The connection log")
    struct AccessLogTests {
        private func setup(_ servers: [TestServer.Kind] = [.serving], configure: @escaping (inout Configuration) -> Void = { _ in }) -> Setup {
            var setup = Setup(servers: servers)
            setup.configure = { configuration in
                configuration.log.accessTarget = .standard
                configure(&configuration)
            }
            return setup
        }

        @Test("each connection has a line with its names, bytes and ending", arguments: Tier.engines)
        func finished(tier: Tier) throws {
            try Scene.run(tier, setup()) { scene in
                for _ in 0..<3 {
                    let client = scene.connect()
                    client.send(5_000)
                    client.finish()
                    try scene.run("it comes and goes") { !client.isOpen }
                }
                try scene.run("all are counted") { scene.total(.finished) == 3 }
                let lines = scene.logLines()
                #expect(lines.count == 3)
                for line in lines {
                    #expect(line.contains("front back/s0 "), "\(line)")
                    #expect(line.contains(" 5000 -- "), "\(line)")
                    #expect(line.contains("127.0.0.1:"), "\(line)")
                }
            }
        }

        @Test("who ended a connection stands in its line", arguments: Tier.engines)
        func endings(tier: Tier) throws {
            try Scene.run(tier, setup()) { scene in
                let (first, _) = try scene.join()
                first.reset()
                try scene.run("the client's reset is seen") { scene.total(.clientResets) == 1 }
                let (_, second) = try scene.join()
                second.reset()
                try scene.run("the server's reset is seen") { scene.total(.serverResets) == 1 }
                let lines = scene.logLines()
                #expect(lines.count == 2)
                #expect(lines.first?.contains(" CD ") == true, "\(lines)")
                #expect(lines.last?.contains(" SD ") == true, "\(lines)")
            }
        }

        @Test("a connection that no server took has a line without a server", arguments: Tier.engines)
        func unserved(tier: Tier) throws {
            try Scene.run(tier, setup([.refusing]) { $0.backends[0].retriesMax = 0 }) { scene in
                let client = scene.connect()
                try scene.run("the client is turned away") { client.failure != 0 }
                try scene.run("it has ended") { scene.total(.connections) == 0 }
                let lines = scene.logLines()
                #expect(lines.count == 1)
                #expect(lines.first?.contains("back/<NOSRV> ") == true, "\(lines)")
                #expect(lines.first?.contains(" SC ") == true, "\(lines)")
            }
        }

        @Test("without a log there are no lines", arguments: Tier.engines)
        func off(tier: Tier) throws {
            try Scene.run(tier) { scene in
                try scene.echo(10, by: scene.connect())
                scene.clients[0].close()
                try scene.run("it has ended") { scene.total(.connections) == 0 }
                #expect(scene.logLines().isEmpty)
            }
        }
    }
}
