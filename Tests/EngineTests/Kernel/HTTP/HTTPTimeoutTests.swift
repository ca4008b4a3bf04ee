// Patience with each side, phase by phase.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: timeouts")
    struct HTTPTimeoutTests {
        @Test("a head that does not come to its end gets 408, a byte now and then or not", arguments: Tier.engines, [false, true])
        func head(tier: Tier, trickles: Bool) throws {
            try Web.run(tier, [.serving], { $0.frontends[0].headTimeoutMilliseconds = 200 }) { web in
                let client = web.client("GET / HTTP/1.1\r\nHost: h\r\n")
                if trickles {
                    for _ in 0..<10 where !client.isOver && client.received.isEmpty {
                        client.send("a")
                        web.scene.run(milliseconds: 30)
                    }
                }
                let said = try web.answer(to: client, within: 2)
                #expect(said.status == 408 && said["Connection"] == "close" && said.text == "the request's head took too long\n")
                if !trickles { try web.expectEnd(of: client) }
                #expect(web.total(.headTimeouts) == 1 && web.connectionCount == 0)
            }
        }

        @Test("a client that says nothing at all is closed, and told nothing", arguments: Tier.engines)
        func silent(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.frontends[0].headTimeoutMilliseconds = 120 }) { web in
                let client = web.client()
                try web.expectEnd(of: client, within: 2)
                #expect(client.received.isEmpty && web.total(.requests) == 0)
            }
        }

        @Test("the head of a later request has its own time", arguments: Tier.engines)
        func laterHead(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.frontends[0].headTimeoutMilliseconds = 150 }) { web in
                let client = web.client()
                _ = try web.ask(client, request("GET /"))
                web.scene.run(milliseconds: 200)
                #expect(!client.isOver, "between requests it has the keep-alive time")
                client.send("GET / HT")
                try #expect(web.answer(to: client, within: 2).status == 408)
            }
        }

        @Test("a body that stops coming gets 408, and its server a broken connection", arguments: Tier.engines, [true, false])
        func body(tier: Tier, isChunked: Bool) throws {
            try Web.run(tier, [.serving], { $0.frontends[0].bodyIdleTimeoutMilliseconds = 150 }) { web in
                let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 100"
                let client = web.client("POST / HTTP/1.1\r\nHost: h\r\n\(framing)\r\n\r\n5\r\nhe")
                for _ in 0..<3 {
                    web.scene.run(milliseconds: 80)
                    #expect(client.received.isEmpty, "it was not idle for so long")
                    client.send("l")
                }
                let said = try web.answer(to: client, within: 2)
                #expect(said.status == 408 && said["Connection"] == "close")
                try web.run("its server is let go") { web.sites[0].wires.allSatisfy(\.isOver) }
                #expect(web.served.isEmpty && web.total(.timeouts) == 1)
            }
        }

        @Test("a server that does not answer in time: 504, and its connection is not used again", arguments: Tier.engines)
        func server(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.backends[0].serverTimeoutMilliseconds = 150 }) { web in
                web.sites[0].whenWhole = { if $0.message.target != "/never" { $0.answer(answer()) } }
                let client = web.client()
                let late = try web.ask(client, request("GET /never"))
                #expect(late.status == 504 && late.text == "the server did not answer in time\n" && late["Connection"] == nil)
                try #expect(web.ask(client, request("GET /")).status == 200)
                #expect(web.connectionCount == 2 && web.served.count == 2 && web.total(.timeouts) == 1)
            }
        }

        @Test("one that is slow is tried elsewhere where that was asked for, and not for a POST", arguments: Tier.engines, ["GET", "POST"])
        func retried(tier: Tier, method: String) throws {
            try Web.run(
                tier, [.serving, .serving],
                { configuration in
                    configuration.backends[0].serverTimeoutMilliseconds = 120
                    configuration.backends[0].retryOn = [.timeout]
                }
            ) { web in
                var count = 0
                for site in web.sites {
                    site.whenWhole = { one in
                        count += 1
                        if count > 1 { one.answer(answer()) }
                    }
                }
                try #expect(web.ask(request("\(method) /", body: method == "POST" ? "x" : "")).status == (method == "GET" ? 200 : 504))
            }
        }

        @Test("a server that stops in the middle of its answer: the client's is cut", arguments: Tier.engines)
        func middle(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.backends[0].serverTimeoutMilliseconds = 150 }) { web in
                web.sites[0].whenWhole = { $0.answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfifty") }
                let client = web.client(request("GET /"))
                try web.run("the client is let go", within: 2) { client.isOver }
                #expect(Message.whole(client.received, from: 0, .answer, hasEnded: true) == nil)
                #expect(client.rest.hasSuffix("\r\n\r\nfifty"))
                #expect(web.total(.responsesCut) == 1)
            }
        }

        @Test("while a client still sends its request, its server may keep its answer back", arguments: Tier.engines)
        func upload(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.backends[0].serverTimeoutMilliseconds = 150 }) { web in
                let client = web.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n")
                for _ in 0..<8 {
                    web.scene.run(milliseconds: 40)
                    client.send("x")
                }
                try #expect(web.answer(to: client).status == 200)
            }
        }

        @Test("an answer that comes slowly, but comes, is never cut", arguments: Tier.engines)
        func slowAnswer(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.backends[0].serverTimeoutMilliseconds = 150 }) { web in
                web.sites[0].whenWhole = { $0.answer("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n") }
                let client = web.client(request("GET /"))
                try web.run("it is asked") { !web.served.isEmpty }
                for _ in 0..<8 {
                    web.scene.run(milliseconds: 40)
                    web.served[0].answer("x")
                }
                try #expect(web.answer(to: client).text == "xxxxxxxx")
            }
        }

        @Test("a client that takes nothing of its answer is cut after its time, a slow one is not", arguments: Tier.engines, [true, false])
        func reader(tier: Tier, isSlow: Bool) throws {
            try Web.run(tier, [.serving], splice: tier.isRing ? .auto : .off, { $0.frontends[0].clientTimeoutMilliseconds = 250 }) { web in
                let count = 6 << 20
                web.sites[0].whenWhole = { one in
                    one.answer("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n")
                    one.wire.send(patterned(count))
                }
                let client = web.client(receiveBuffer: 8_192)
                client.stall()
                client.send(request("GET /"))
                guard isSlow else {
                    try web.run("it is cut", within: 4) { web.total(.timeouts) == 1 }
                    client.resume()
                    try web.run("it sees that") { client.isOver }
                    return #expect(Message.whole(client.received, from: 0, .answer, hasEnded: true) == nil)
                }
                for _ in 0..<6 {
                    let before = client.received.count
                    client.resume()
                    try web.run("a little is read") { client.received.count > before || client.isOver }
                    client.stall()
                    web.scene.run(milliseconds: 100)
                }
                client.resume()
                try #expect(web.answer(to: client, within: 20).body == patterned(count))
                #expect(web.total(.timeouts) == 0)
            }
        }
    }
}
