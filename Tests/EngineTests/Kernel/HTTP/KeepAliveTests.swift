// Connections that serve one request after another: a client's, and a server's out of its pool.

import Codecs
import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: connections that are used again")
    struct KeepAliveTests {
        @Test("requests of one client, and of the next one, go over one server connection", arguments: Tier.available)
        func pooled(tier: Tier) throws {
            try Web.run(tier) { web in
                for _ in 0..<2 {
                    let client = web.client()
                    for index in 0..<3 {
                        let said = try web.ask(client, request("GET /\(index)"))
                        #expect(said.status == 200 && said.text == "s0 /\(index)")
                    }
                    client.close()
                }
                #expect(web.connectionCount == 1)
                #expect(web.total(.reused) == 5)
                #expect(web.served.map(\.message.target) == ["/0", "/1", "/2", "/0", "/1", "/2"])
                #expect(web.served.allSatisfy { $0.message["Connection"] == nil && $0.message["X-Forwarded-For"] == "127.0.0.1" })
            }
        }

        @Test("without reuse each request has a connection of its own, and its server is told", arguments: Tier.engines)
        func reuseOff(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.backends[0].reuse = .off }) { web in
                let client = web.client()
                for _ in 0..<3 { try #expect(web.ask(client, request("GET /")).status == 200) }
                #expect(web.connectionCount == 3)
                #expect(web.served.allSatisfy { $0.message["Connection"] == "close" })
            }
        }

        @Test("a POST that is a client's first request goes over a fresh connection, a later one over a pooled one", arguments: Tier.engines)
        func safe(tier: Tier) throws {
            try Web.run(tier) { web in
                let first = web.client()
                _ = try web.ask(first, request("GET /"))
                try #expect(web.ask(web.client(), request("POST /", body: "x")).status == 200)
                #expect(web.connectionCount == 2)
                try #expect(web.ask(first, request("POST /", body: "x")).status == 200)
                #expect(web.connectionCount == 2)
            }
        }

        /// Over TCP a server's end may be later than what its client says next; over Unix sockets it never is.
        private static let stales: [(method: String, place: Setup.Place)] = [("GET", .ipv4), ("POST", .ipv4), ("POST", .unix)]

        @Test("a pooled connection that the server has closed is replaced, and nobody sees it", arguments: Tier.engines, stales)
        func stale(tier: Tier, how: (method: String, place: Setup.Place)) throws {
            let method = how.method
            try Web.run(tier, serving: how.place) { web in
                let client = web.client()
                _ = try web.ask(client, request("GET /first"))
                for _ in 0..<3 {
                    // Closed and asked at once: the shard hears of both together. What may not be sent twice is not asked
                    // before the server's end is there to be seen.
                    if how == ("POST", .ipv4) { for wire in web.sites[0].wires where wire.isOpen { wire.closeOnceKnown() } }
                    web.sites[0].closeAll()
                    try #expect(web.ask(client, request("\(method) /", body: method == "POST" ? "x" : "")).status == 200)
                }
                #expect(web.connectionCount == 4)
                #expect(web.served.count == 4)
                #expect(web.total(.ownAnswers) == 0)
            }
        }

        @Test("a pooled connection that breaks as it is asked is replaced for a GET", arguments: Tier.available)
        func breaking(tier: Tier) throws {
            try Web.run(tier) { web in
                let client = web.client()
                _ = try web.ask(client, request("GET /first"))
                let stale = web.sites[0].wires[0]
                web.sites[0].whenWhole = { one in if one.wire === stale { one.wire.reset() } else { one.answer(answer(body: "fresh")) } }
                try #expect(web.ask(client, request("GET /")).text == "fresh")
                #expect(web.connectionCount == 2 && web.total(.staleReuses) == 1)
            }
        }

        @Test("a pooled connection whose server speaks unasked is not used", arguments: Tier.engines)
        func unasked(tier: Tier) throws {
            try Web.run(tier) { web in
                let client = web.client()
                _ = try web.ask(client, request("GET /"))
                web.sites[0].wires[0].send(answer(body: "nobody asked"))
                try web.run("it is closed") { web.sites[0].wires[0].isOver }
                try #expect(web.ask(client, request("GET /a")).text == "s0 /a")
                #expect(web.connectionCount == 2)
            }
        }

        @Test("bytes behind an answer never reach a client", arguments: Tier.available)
        func behind(tier: Tier) throws {
            try Web.run(tier) { web in
                web.sites[0].whenWhole = { $0.answer(answer(body: "one") + answer(body: "two")) }
                let client = web.client()
                try #expect(web.ask(client, request("GET /")).text == "one")
                try #expect(web.ask(client, request("GET /")).text == "one")
                #expect(web.connectionCount == 2)
            }
        }

        @Test("a server that closes behind its answer, said or not, is left alone", arguments: Tier.engines, [true, false])
        func closing(tier: Tier, isSaid: Bool) throws {
            // How many may be retried in a second is not what this is about.
            try Web.run(tier, [.serving], { $0.backends[0].retryBudgetPercent = 100 }) { web in
                web.sites[0].whenWhole = { one in
                    one.answer(isSaid ? answer(200, "Connection: close", body: "x") : answer(body: "x"))
                    one.wire.finish()
                }
                let client = web.client()
                for _ in 0..<5 { try #expect(web.ask(client, request("GET /")).text == "x") }
                #expect(web.connectionCount == 5 && web.total(.ownAnswers) == 0)
            }
        }

        @Test("no more idle connections are kept than were asked for", arguments: Tier.engines)
        func bounds(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.backends[0].reuseMax = 2 }) { web in
                var waiting: [Served] = []
                web.sites[0].whenWhole = { waiting.append($0) }
                let clients = (0..<5).map { _ in web.client(request("GET /")) }
                try web.run("all are asked") { waiting.count == 5 }
                for one in waiting { one.answer(answer()) }
                for client in clients { _ = try web.answer(to: client) }
                try web.run("two stay") { web.total(.pooledConnections) == 2 && web.sites[0].openCount == 2 }
                waiting = []
            }
        }

        @Test("no idle connection is kept longer than was asked for", arguments: Tier.engines)
        func idleBound(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.backends[0].reuseIdleMilliseconds = 150 }) { web in
                let begin = ContinuousClock.now
                try #expect(web.ask(request("GET /")).status == 200)
                try web.run("it goes") { web.total(.pooledConnections) == 0 && web.sites[0].openCount == 0 }
                #expect(ContinuousClock.now - begin >= .milliseconds(150), "and not sooner")
            }
        }

        @Test("a client that says close, or speaks HTTP/1.0, is closed after its answer", arguments: Tier.engines, [
            request("GET /", "Connection: close"), "GET / HTTP/1.0\r\n\r\n", "GET / HTTP/1.0\r\nConnection: close\r\n\r\n",
        ])
        func close(tier: Tier, text: String) throws {
            try Web.run(tier) { web in
                let client = web.client(text)
                let said = try web.answer(to: client)
                #expect(said.status == 200 && said["Connection"] == "close")
                try web.expectEnd(of: client)
                #expect(client.rest.isEmpty)
            }
        }

        @Test("HTTP/1.0 with keep-alive goes on, and is told so", arguments: Tier.engines)
        func oldPersistent(tier: Tier) throws {
            try Web.run(tier) { web in
                let client = web.client()
                for _ in 0..<3 {
                    let said = try web.ask(client, "GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                    #expect(said.status == 200 && said["Connection"] == "keep-alive")
                }
                #expect(web.served.allSatisfy { $0.message.start == "GET / HTTP/1.1" && $0.message["Host"] != nil })
            }
        }

        @Test("an idle client is closed after its time, in order", arguments: Tier.engines)
        func keepAlive(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.frontends[0].keepAliveTimeoutMilliseconds = 120 }) { web in
                let client = web.client()
                _ = try web.ask(client, request("GET /"))
                try web.expectEnd(of: client)
                #expect(client.rest.isEmpty, "it is told nothing that a next request could take for its answer")
                #expect(web.total(.headTimeouts) == 0)
            }
        }

        @Test("a server that wants a PROXY header gets one for each client, and its connections are not shared", arguments: Tier.engines, ProxyHeader.Version.allCases)
        func introduced(tier: Tier, version: ProxyHeader.Version) throws {
            try Web.run(tier, [.serving], { $0.backends[0].servers[0].proxyProtocol = version }) { web in
                web.sites[0].awaitsLine = version == .v1
                guard version == .v1 else {
                    // The header of version 2 over IPv4 has 28 bytes.
                    web.sites[0].whenAccepted = { $0.readCount = 28 }
                    for _ in 0..<2 { try #expect(web.ask(request("GET /")).status == 200) }
                    return #expect(web.connectionCount == 2)
                }
                let client = web.client()
                for _ in 0..<2 { try #expect(web.ask(client, request("GET /")).status == 200) }
                _ = try web.ask(request("GET /"))
                #expect(web.connectionCount == 3 && web.total(.reused) == 0)
                #expect(web.sites[0].lines.count == 3 && web.sites[0].lines.allSatisfy { $0.hasPrefix("PROXY TCP4 127.0.0.1 127.0.0.1 ") })
            }
        }
    }
}
