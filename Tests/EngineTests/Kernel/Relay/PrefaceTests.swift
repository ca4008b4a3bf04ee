// PROXY headers that clients' connections begin with: whoever they name is the client, and nothing else is let in.

import CLinux
import Codecs
import Config
import Glibc
import Testing

@testable import Engine

extension KernelTests {
    @Suite("PROXY headers that come")
    struct PrefaceTests {
        private static let source = Endpoint(host: .ipv4(0xc000_0207), port: 51_000)
        private static let destination = Endpoint(host: .ipv4(0xc633_6401), port: 443)

        private func bytes(_ version: ProxyHeader.Version, _ ends: ProxyHeader.Ends? = nil) -> [UInt8] {
            let ends = ends ?? .internet(source: Self.source, destination: Self.destination)
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: ProxyHeader.writtenBytesMax, alignment: 1)
            defer { memory.deallocate() }
            return Array(memory[..<ProxyHeader(version: version, ends: ends).write(into: memory)])
        }

        /// Version 2 with an extension that fills it up to `byteCount` bytes.
        private func filled(_ byteCount: Int) -> [UInt8] {
            var header = bytes(.v2)
            let valueBytes = byteCount - header.count - 3
            header += [0xee, UInt8(valueBytes >> 8), UInt8(valueBytes & 0xff)] + (0..<valueBytes).map { UInt8($0 & 0xff) }
            let following = header.count - 16
            header[14] = UInt8(following >> 8)
            header[15] = UInt8(following & 0xff)
            return header
        }

        private func setup(
            _ accepted: ProxyHeader.Accepted = .any, trusted: String? = "127.0.0.0/8", shardCount: Int = 1,
            listening: Setup.Place = .ipv4, _ change: @escaping (inout Configuration) -> Void = { _ in }
        ) -> Setup {
            var setup = Setup(shardCount: shardCount, listening: listening)
            setup.configure = { configuration in
                configuration.frontends[0].listeners[0].proxyProtocol = accepted
                configuration.frontends[0].listeners[0].proxyTrusted = trusted.map { [try! Network.parse($0)] } ?? []
                configuration.log.accessTarget = .standard
                change(&configuration)
            }
            return setup
        }

        private func expectRefused(_ client: Peer, _ scene: Scene) throws {
            try scene.run("the client is refused") { client.failure != 0 || client.hasEnded }
            #expect(client.wasReset, "errno \(client.failure)")
            #expect(scene.servers[0].connections.isEmpty)
        }

        // MARK: - Headers that are good

        @Test("the header names the client, and what follows it is the connection's own", arguments: Tier.available, ProxyHeader.Version.allCases)
        func named(tier: Tier, version: ProxyHeader.Version) throws {
            for splice in [ProcessOptions.Splice.auto, .on] {
                var setup = setup()
                setup.splice = splice
                try Scene.run(tier, setup) { scene in
                    let client = scene.connect(.transfer, downBytes: 300_000, preface: bytes(version))
                    client.send(300_000)
                    client.finish()
                    try scene.run("both ways to the end") { !client.isOpen }
                    #expect(client.hasReceived(300_000))
                    let server = try #require(scene.server(of: client))
                    try scene.run("the server has all") { server.hasReceived(300_000) }
                    #expect(scene.total(.bytesIn) == 300_000 + Request.byteCount)
                    try scene.run("it is logged") { scene.total(.finished) == 1 }
                    #expect(scene.logLines().first?.hasPrefix("192.0.2.7:51000 [") == true)
                }
            }
        }

        @Test("a header may come cut anywhere", arguments: Tier.available, ProxyHeader.Version.allCases)
        func cut(tier: Tier, version: ProxyHeader.Version) throws {
            let header = bytes(version)
            try Scene.run(tier, setup()) { scene in
                for count in 1...header.count {
                    let client = scene.connect(preface: header)
                    client.cutHead(holdingAfter: count)
                    client.send(50)
                    scene.run(milliseconds: 2)
                    #expect(client.failure == 0)
                    client.goOn()
                    try scene.run("cut after \(count) of \(header.count) bytes") { client.receivedCount == 50 || client.failure != 0 }
                    #expect(client.hasReceived(50))
                    client.close()
                }
                try scene.run("all have ended") { scene.total(.connections) == 0 }
                #expect(scene.logLines().allSatisfy { $0.hasPrefix("192.0.2.7:51000 [") })
                #expect(scene.total(.spillChunks) == 0)
            }
        }

        @Test("a header may come byte by byte, many at once", arguments: Tier.available, [28, 29 + 3, 1_000, 4_096])
        func pieces(tier: Tier, byteCount: Int) throws {
            let header = byteCount < 32 ? bytes(.v2) : filled(byteCount)
            try #require(header.count == byteCount)
            var setup = setup()
            setup.isTiny = true
            try Scene.run(tier, setup) { scene in
                for _ in 0..<20 {
                    let client = scene.connect(preface: header)
                    client.cutHead(into: byteCount > 100 ? 97 : 1)
                    client.send(3_000)
                }
                try scene.run("all are served") { scene.clients.allSatisfy { $0.receivedCount == 3_000 } }
                #expect(scene.clients.allSatisfy { $0.hasReceived(3_000) })
            }
        }

        @Test("bytes and the end that came with the header wait for a server that takes its time", arguments: Tier.available)
        func waiting(tier: Tier) throws {
            var setup = setup { $0.backends[0].connectTimeoutMilliseconds = 1_000 }
            setup.servers = [.silent, .serving]
            try Scene.run(tier, setup) { scene in
                for _ in 0..<4 {
                    let client = scene.connect(.transfer, downBytes: 10, preface: bytes(.v2))
                    client.send(20_000)
                    client.finish()
                }
                try scene.run("all come to their end") { scene.clients.allSatisfy { !$0.isOpen } }
                #expect(scene.clients.allSatisfy { $0.hasReceived(10) })
                #expect(scene.total(.connectTimeouts) > 0)
                #expect(scene.servers[1].connections.allSatisfy { $0.hasReceived(20_000) })
            }
        }

        @Test("a sender that speaks for itself, or does not know, is the client itself", arguments: Tier.engines)
        func own(tier: Tier) throws {
            try Scene.run(tier, setup()) { scene in
                for header in [bytes(.v2, .own), bytes(.v2, .unknown), bytes(.v1, .unknown)] {
                    let client = scene.connect(preface: header)
                    try scene.echo(10, by: client)
                    client.close()
                }
                try scene.run("all have ended") { scene.total(.connections) == 0 }
                let lines = scene.logLines()
                #expect(lines.count == 3)
                #expect(lines.allSatisfy { $0.hasPrefix("127.0.0.1:") })
            }
        }

        @Test("on a Unix socket whoever may open it may say who the client is", arguments: Tier.engines)
        func unix(tier: Tier) throws {
            try Scene.run(tier, setup(trusted: nil, listening: .unix)) { scene in
                let client = scene.connect(preface: bytes(.v1))
                try scene.echo(10, by: client)
                client.close()
                try scene.run("it has ended") { scene.total(.connections) == 0 }
                #expect(scene.logLines().first?.hasPrefix("192.0.2.7:51000 [") == true)
            }
        }

        @Test("rules judge the client that is named, not the one that sends", arguments: Tier.engines)
        func judged(tier: Tier) throws {
            let setup = setup {
                $0.frontends[0].denied = [try! Network.parse("192.0.2.0/24")]
                $0.frontends[0].connectionsPerAddressMax = 2
            }
            try Scene.run(tier, setup) { scene in
                let denied = scene.connect(preface: bytes(.v2))
                try expectRefused(denied, scene)
                #expect(scene.total(.deniedByList) == 1)
                func ends(_ host: UInt32) -> ProxyHeader.Ends {
                    .internet(source: Endpoint(host: .ipv4(host), port: 1), destination: Self.destination)
                }
                for host in [0x0a00_0001, 0x0a00_0001, 0x0a00_0002] as [UInt32] {
                    try scene.echo(10, by: scene.connect(preface: bytes(.v2, ends(host))))
                }
                let third = scene.connect(preface: bytes(.v2, ends(0x0a00_0001)))
                try scene.run("the third of an address is refused") { third.failure != 0 }
                #expect(scene.total(.deniedAddressConnections) == 1)
                // Who is refused may hear of it before his place is free.
                try scene.run("three have their places") { scene.plane.placesTaken == 3 + 3 + 3 }
                #expect(scene.logLines().filter { $0.contains(" PR ") }.count == 2)
            }
        }

        // MARK: - What is refused

        @Test("a peer that is not trusted is refused before it has said a word", arguments: Tier.available)
        func untrusted(tier: Tier) throws {
            try Scene.run(tier, setup(trusted: "10.0.0.0/8")) { scene in
                for count in 1...3 {
                    let client = scene.connect(preface: bytes(.v2))
                    try expectRefused(client, scene)
                    #expect(scene.total(.proxyUntrusted) == count)
                }
                #expect(scene.total(.accepted) == 0)
            }
        }

        @Test("what is no header, or one of the other version, is refused and counted", arguments: Tier.available)
        func malformed(tier: Tier) throws {
            var oversized = bytes(.v2)
            (oversized[14], oversized[15]) = (0xff, 0xff)
            let hostile: [[UInt8]] = [
                Array("GET / HTTP/1.1\r\n\r\n".utf8), [0x16, 0x03, 0x01], Array("PROXY TCP4 1.2.3.4 1.2.3.4 1 99999\r\n".utf8),
                Array("PROXY ".utf8) + [UInt8](repeating: 0x41, count: 200), oversized, bytes(.v1), bytes(.v2).prefix(11) + [0],
            ]
            try Scene.run(tier, setup(.v2)) { scene in
                for (index, header) in hostile.enumerated() {
                    let client = scene.connect(preface: header)
                    try expectRefused(client, scene)
                    #expect(scene.total(.proxyMalformed) == index + 1)
                }
                try scene.run("all have ended") { scene.total(.connections) == 0 }
                let lines = scene.logLines()
                #expect(lines.count == hostile.count)
                #expect(lines.allSatisfy { $0.contains("back/<NOSRV> ") && $0.contains(" PR ") })
            }
        }

        @Test("an end within the header is refused and counted; one before its first byte is not", arguments: Tier.available)
        func ended(tier: Tier) throws {
            try Scene.run(tier, setup()) { scene in
                for (count, header) in [bytes(.v1), bytes(.v2)].enumerated() {
                    let client = scene.connect(preface: header)
                    client.cutHead(holdingAfter: header.count - 1)
                    try scene.run("all but a byte is on its way") { client.isHolding }
                    shutdown(client.descriptor, Int32(SHUT_WR))
                    try expectRefused(client, scene)
                    #expect(scene.total(.proxyMalformed) == count + 1)
                }
                let checker = scene.connect()
                checker.cutHead(holdingAfter: 0)
                try scene.run("it is taken") { scene.total(.accepted) == 3 }
                shutdown(checker.descriptor, Int32(SHUT_WR))
                try scene.run("a checker is closed on quietly") { checker.hasEnded }
                #expect(checker.failure == 0)
                #expect(scene.total(.proxyEmpty) == 1)
                #expect(scene.total(.proxyMalformed) == 2)
            }
        }

        @Test("a header that does not come is waited for five seconds", arguments: Tier.engines)
        func late(tier: Tier) throws {
            try Scene.run(tier, setup()) { scene in
                let begun = swivel_monotonic_ns()
                let silent = scene.connect()
                silent.cutHead(holdingAfter: 0)
                let slow = scene.connect(preface: bytes(.v1))
                slow.cutHead(holdingAfter: 20)
                try scene.run("both are refused") { silent.failure != 0 && slow.failure != 0 }
                #expect(swivel_monotonic_ns() - begun >= 4_900_000_000)
                #expect(scene.total(.proxyTimeouts) == 2)
                try scene.run("both have ended") { scene.total(.connections) == 0 }
                #expect(scene.logLines().allSatisfy { $0.contains(" cR ") })
            }
        }

        @Test("after a storm of headers whole, cut and broken nothing is left", arguments: Tier.available, [1, 2])
        func storm(tier: Tier, shardCount: Int) throws {
            var setup = setup(shardCount: shardCount) { $0.frontends[0].connectionsPerAddressMax = 40 }
            setup.isTiny = true
            try Scene.run(tier, setup) { scene in
                var random = Seeded(UInt64(shardCount))
                for _ in 0..<150 {
                    var header = Bool.random(using: &random) ? bytes(.v1) : filled(Int.random(in: 31...4_000, using: &random))
                    if Int.random(in: 0..<3, using: &random) == 0 {
                        header[Int.random(in: 0..<header.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                    }
                    let client = scene.connect(preface: header)
                    client.cutHead(into: Int.random(in: 1...2_000, using: &random))
                    client.send(500)
                    if Int.random(in: 0..<4, using: &random) == 0 { client.reset() }
                    scene.loop.turn(milliseconds: 0)
                }
                try scene.run("all are served or refused") {
                    scene.clients.allSatisfy { !$0.isOpen || $0.failure != 0 || $0.hasEnded || $0.receivedCount == 500 }
                }
                #expect(scene.clients.allSatisfy { !$0.isCorrupt })
            }
        }
    }
}
