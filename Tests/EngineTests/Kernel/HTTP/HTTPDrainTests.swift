// The end of a data plane that serves HTTP: exchanges come to theirs, idle connections go, or everything ends now.

import Codecs
import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: drain and stop")
    struct HTTPDrainTests {
        @Test("an exchange that is on comes to its end, and its answer says that it is the last", arguments: Tier.available, [1, 2])
        func exchange(tier: Tier, shardCount: Int) throws {
            try Web.run(tier, shardCount: shardCount) { web in
                web.sites[0].whenWhole = { _ in }
                let clients = (0..<4).map { web.client(request("GET /\($0)")) }
                try web.run("all are served") { web.served.count == 4 }
                web.scene.plane.drain()
                web.scene.run(milliseconds: 30)
                #expect(!web.scene.plane.isFinished)
                for one in web.served { one.answer(answer(body: one.message.target)) }
                for (index, client) in clients.enumerated() {
                    let said = try web.answer(to: client)
                    #expect(said.text == "/\(index)" && said["Connection"] == "close")
                    try web.expectEnd(of: client)
                }
                try web.run("the shards have finished") { web.scene.plane.isFinished }
            }
        }

        @Test("an answer that has begun goes on to its end, however long", arguments: Tier.engines, ProcessOptions.Splice.allCases)
        func body(tier: Tier, splice: ProcessOptions.Splice) throws {
            try Web.run(tier, splice: splice) { web in
                web.sites[0].whenWhole = { one in
                    one.answer("HTTP/1.1 200 OK\r\nContent-Length: 2000000\r\n\r\n")
                    one.wire.send(patterned(1_000_000))
                }
                let client = web.client(request("GET /", "Connection: close"))
                try web.run("half of it is there") { client.received.count > 1_000_000 }
                web.scene.plane.drain()
                web.scene.run(milliseconds: 30)
                web.served[0].wire.send(Array(patterned(2_000_000)[1_000_000...]))
                try #expect(web.answer(to: client).body == patterned(2_000_000))
                try web.expectEnd(of: client)
                try web.run("the shards have finished") { web.scene.plane.isFinished }
            }
        }

        @Test("idle connections end: pooled ones at once, clients soon, unless they ask once more", arguments: Tier.engines)
        func idle(tier: Tier) throws {
            // Draining, a client has a second from its last answer on, whatever is configured.
            try Attempt.untilInTime { attempt in
                try Web.run(tier) { web in
                    let (asks, idles) = (web.client(), web.client())
                    let said = try attempt.within(900) {
                        for client in [asks, idles] { _ = try web.ask(client, request("GET /")) }
                        web.scene.plane.drain()
                        try web.run("the pool is empty") { web.total(.pooledConnections) == 0 && web.sites[0].openCount == 0 }
                        return try web.ask(asks, request("GET /last"))
                    }
                    #expect(said.text == "s0 /last" && said["Connection"] == "close")
                    try web.expectEnd(of: asks)
                    try web.expectEnd(of: idles)
                    #expect(idles.rest.isEmpty)
                    try web.run("the shards have finished") { web.scene.plane.isFinished }
                }
            }
        }

        @Test("a client that has never asked is not waited for, however long it may take for a head", arguments: Tier.engines)
        func unasked(tier: Tier) throws {
            try Web.run(tier) { web in
                let silent = web.client()
                try web.run("it is accepted") { web.total(.connections) == 1 }
                web.scene.plane.drain()
                try web.expectEnd(of: silent)
                #expect(silent.rest.isEmpty)
                try web.run("the shards have finished") { web.scene.plane.isFinished }
            }
        }

        @Test("requests that wait for a server are served", arguments: Tier.engines)
        func queued(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.backends[0].servers[0].connectionsMax = 1 }) { web in
                let clients = (0..<6).map { web.client(request("GET /\($0)")) }
                web.sites[0].whenWhole = { _ in }
                try web.run("one is served, the others wait") { web.served.count == 1 && web.total(.waiting) == 5 }
                web.scene.plane.drain()
                web.sites[0].whenWhole = { $0.answer(answer(body: "late")) }
                web.served[0].answer(answer(body: "first"))
                for client in clients {
                    try #expect(web.answer(to: client).status == 200)
                    try web.expectEnd(of: client)
                }
                try web.run("the shards have finished") { web.scene.plane.isFinished }
            }
        }

        @Test("a stop ends everything at once, whatever it is doing", arguments: Tier.engines, ProcessOptions.Splice.allCases)
        func stop(tier: Tier, splice: ProcessOptions.Splice) throws {
            let configure = { (configuration: inout Configuration) in
                configuration.backends[0].balance = .roundRobin
                // By chance all of those that are watched may be sent to the silent one first.
                configuration.backends[0].connectTimeoutMilliseconds = 1_000
            }
            try Web.run(tier, [.serving, .silent], splice: splice, shardCount: 2, configure) { web in
                web.sites[0].whenWhole = { one in
                    guard one.message.target == "/large" else { return }
                    one.answer("HTTP/1.1 200 OK\r\nContent-Length: 20000000\r\n\r\n")
                    one.wire.send(patterned(3_000_000))
                }
                let busy = (0..<4).map { _ in web.client(request("GET /large")) }
                for _ in 0..<4 { web.client(request("GET /never")) }
                web.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhe")
                web.client("GET / HTTP")
                try web.run("all are at it") { busy.contains { $0.received.count > 1_000_000 } && web.total(.requests) >= 9 }
                web.scene.plane.stop()
                try web.run("the shards have finished") { web.scene.plane.isFinished }
                try web.run("clients see it") { web.clients.allSatisfy(\.isOver) }
                #expect(busy.allSatisfy { Message.whole($0.received, from: 0, .answer, hasEnded: $0.hasEnded) == nil })
                // The half head may have come after the stop.
                #expect((9...10).contains(web.total(.stopped)))
            }
        }
    }

    @Suite("HTTP: PROXY headers that come")
    struct HTTPPrefaceTests {
        private func bytes(_ version: ProxyHeader.Version) -> [UInt8] {
            let ends = ProxyHeader.Ends.internet(
                source: Endpoint(host: .ipv4(0xc000_0207), port: 51_000), destination: Endpoint(host: .ipv4(0xc633_6401), port: 443))
            let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: ProxyHeader.writtenBytesMax, alignment: 1)
            defer { memory.deallocate() }
            return Array(memory[..<ProxyHeader(version: version, ends: ends).write(into: memory)])
        }

        private func accepting(_ configuration: inout Configuration) {
            configuration.frontends[0].listeners[0].proxyProtocol = .any
            configuration.frontends[0].listeners[0].proxyTrusted = [try! Network.parse("127.0.0.0/8")]
        }

        @Test("the header names the client, and requests follow it, cut anywhere", arguments: Tier.available, ProxyHeader.Version.allCases)
        func named(tier: Tier, version: ProxyHeader.Version) throws {
            try Web.run(tier, [.serving], accepting) { web in
                for piece in [Int.max, 11, 1] {
                    let client = web.client()
                    client.pieceBytes = piece
                    client.send(bytes(version) + Array((request("POST /1", body: "body") + request("GET /2")).utf8))
                    try #expect(web.answer(to: client).text == "s0 /1")
                    try #expect(web.answer(to: client).text == "s0 /2")
                }
                #expect(web.served.count == 6 && web.served.allSatisfy { $0.message["X-Forwarded-For"] == "192.0.2.7" })
                #expect(web.served[0].message.text == "body")
            }
        }

        @Test("without a header nothing is served, and a request is no header", arguments: Tier.engines)
        func missing(tier: Tier) throws {
            try Web.run(tier, [.serving], accepting) { web in
                let client = web.client(request("GET /"))
                try web.run("the client is refused") { client.isOver }
                #expect(client.received.isEmpty && web.connectionCount == 0)
            }
        }
    }
}
