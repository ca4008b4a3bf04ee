// PROXY headers that servers are sent: first of all, whole, and true.

import CLinux
import Codecs
import Config
import Glibc
import Testing

@testable import Engine

extension KernelTests {
    @Suite("PROXY headers that go")
    struct IntroducingTests {
        private func setup(
            _ versions: [ProxyHeader.Version?], shardCount: Int = 1, listening: Setup.Place = .ipv4, serving: Setup.Place = .ipv4,
            kinds: [TestServer.Kind]? = nil, _ change: @escaping (inout Configuration) -> Void = { _ in }
        ) -> Setup {
            var setup = Setup(
                shardCount: shardCount, listening: listening, serving: serving, servers: kinds ?? versions.map { _ in .serving })
            setup.configure = { configuration in
                for (index, version) in versions.enumerated() { configuration.backends[0].servers[index].proxyProtocol = version }
                change(&configuration)
            }
            return setup
        }

        private func expectHeaders(_ scene: Scene, _ versions: [ProxyHeader.Version?]) {
            for (server, version) in zip(scene.servers, versions) { server.awaitsHeader = version != nil }
        }

        private func own(_ client: Peer) -> Endpoint {
            var address = NativeAddress()
            _ = SocketCalls.localAddress(of: client.descriptor, into: &address)
            return PeerAddress(address).endpoint!
        }

        private func endpoint(_ address: SocketAddress) -> Endpoint { Endpoint(host: HostAddress(address)!, port: address.port!) }

        @Test(
            "a server is told the client and whom it called, and then gets every byte", arguments: Tier.available,
            ProxyHeader.Version.allCases)
        func introduced(tier: Tier, version: ProxyHeader.Version) throws {
            for (listening, splice) in [(Setup.Place.ipv4, ProcessOptions.Splice.auto), (.ipv6, .on)] {
                var setup = setup([version], listening: listening)
                setup.splice = splice
                try Scene.run(tier, setup) { scene in
                    expectHeaders(scene, [version])
                    for _ in 0..<5 {
                        let client = scene.connect(.transfer, downBytes: 200_000)
                        client.send(200_000)
                        try scene.run("the client is joined") { scene.server(of: client) != nil }
                        let server = scene.server(of: client)!
                        #expect(server.header?.version == version)
                        #expect(
                            server.header?.ends == .internet(source: own(client), destination: endpoint(scene.plane.listening[0].address)))
                        client.finish()
                        try scene.run("both ways to the end") { !client.isOpen }
                        #expect(client.hasReceived(200_000))
                        #expect(server.hasReceived(200_000))
                    }
                    // What the balancer says itself is nobody's traffic.
                    #expect(scene.total(.bytesIn) == 5 * (200_000 + Request.byteCount))
                }
            }
        }

        @Test("only the server that wants it is told, also where it is the second one tried", arguments: Tier.engines)
        func some(tier: Tier) throws {
            let versions: [ProxyHeader.Version?] = [.v1, nil, .v2]
            try Scene.run(tier, setup(versions, kinds: [.refusing, .serving, .serving]) { $0.backends[0].balance = .roundRobin }) { scene in
                expectHeaders(scene, versions)
                for _ in 0..<9 { try scene.echo(10, by: scene.connect()) }
                #expect(scene.total(.retries) > 0)
                #expect(scene.servers[1].connections.allSatisfy { $0.header == nil })
                #expect(scene.servers[2].connections.allSatisfy { $0.header?.version == .v2 && !$0.isCorrupt })
                #expect(!scene.servers[2].connections.isEmpty)
            }
        }

        @Test("a client of a Unix socket is unknown", arguments: Tier.engines, ProxyHeader.Version.allCases)
        func unix(tier: Tier, version: ProxyHeader.Version) throws {
            try Scene.run(tier, setup([version], listening: .unix, serving: .unix)) { scene in
                expectHeaders(scene, [version])
                let client = scene.connect()
                try scene.echo(10, by: client)
                #expect(scene.server(of: client)?.header?.ends == .unknown)
            }
        }

        @Test("what a header named goes on in the other version", arguments: Tier.available, ProxyHeader.Version.allCases)
        func passedOn(tier: Tier, version: ProxyHeader.Version) throws {
            let named = ProxyHeader.Ends.internet(
                source: Endpoint(host: .ipv6(high: 0x2001_0db8_0000_0000, low: 7), port: 50_001),
                destination: Endpoint(host: .ipv6(high: 0x2001_0db8_0000_0000, low: 1), port: 443))
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: ProxyHeader.writtenBytesMax, alignment: 1)
            defer { memory.deallocate() }
            let header = ProxyHeader(version: version == .v1 ? .v2 : .v1, ends: named)
            let bytes = Array(memory[..<header.write(into: memory)])
            let setup = setup([version]) {
                $0.frontends[0].listeners[0].proxyProtocol = .any
                $0.frontends[0].listeners[0].proxyTrusted = [try! Network.parse("127.0.0.0/8")]
            }
            try Scene.run(tier, setup) { scene in
                expectHeaders(scene, [version])
                let client = scene.connect(preface: bytes)
                try scene.echo(1_000, by: client)
                #expect(scene.server(of: client)?.header == ProxyHeader(version: version, ends: named))
            }
        }

        @Test("a relay takes four cache lines at most")
        func size() { #expect(MemoryLayout<Relay>.stride <= 256) }
    }
}
