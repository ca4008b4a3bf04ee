// Patience with each side, phase by phase.

import CLinux
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
                let said = try web.answer(to: client)
                #expect(said.status == 408 && said["Connection"] == "close" && said.text == "the request's head took too long\n")
                if !trickles { try web.expectEnd(of: client) }
                #expect(web.total(.headTimeouts) == 1 && web.connectionCount == 0)
            }
        }

        @Test("a client that says nothing at all is closed, and told nothing", arguments: Tier.engines)
        func silent(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.frontends[0].headTimeoutMilliseconds = 120 }) { web in
                let client = web.client()
                try web.expectEnd(of: client)
                #expect(client.received.isEmpty && web.total(.requests) == 0)
            }
        }

        @Test("the head of a later request has its own time", arguments: Tier.engines)
        func laterHead(tier: Tier) throws {
            try Attempt.untilInTime { attempt in
                let milliseconds = attempt.time(150)
                try Web.run(tier, [.serving], { $0.frontends[0].headTimeoutMilliseconds = milliseconds }) { web in
                    let client = try attempt.within(milliseconds) {
                        let client = web.client()
                        _ = try web.ask(client, request("GET /"))
                        return client
                    }
                    web.scene.run(milliseconds: milliseconds + 50)
                    #expect(!client.isOver, "between requests it has the keep-alive time")
                    client.send("GET / HT")
                    try #expect(web.answer(to: client).status == 408)
                }
            }
        }

        @Test("a body that stops coming gets 408, and its server a broken connection", arguments: Tier.engines, [true, false])
        func body(tier: Tier, isChunked: Bool) throws {
            try Attempt.untilInTime { attempt in
                let milliseconds = attempt.time(150)
                try Web.run(tier, [.serving], { $0.frontends[0].bodyIdleTimeoutMilliseconds = milliseconds }) { web in
                    let framing = isChunked ? "Transfer-Encoding: chunked" : "Content-Length: 100"
                    var last = swivel_monotonic_ns()
                    let client = web.client("POST / HTTP/1.1\r\nHost: h\r\n\(framing)\r\n\r\n5\r\nhe")
                    for _ in 0..<3 {
                        web.scene.run(milliseconds: milliseconds / 2)
                        let (now, isQuiet) = (swivel_monotonic_ns(), client.received.isEmpty)
                        client.send("l")
                        try attempt.expect(milliseconds, since: last)
                        #expect(isQuiet, "it was not idle for so long")
                        last = now
                    }
                    let said = try web.answer(to: client)
                    #expect(said.status == 408 && said["Connection"] == "close")
                    try web.run("its server is let go") { web.sites[0].wires.allSatisfy(\.isOver) }
                    #expect(web.served.isEmpty && web.total(.timeouts) == 1)
                }
            }
        }

        @Test("a server that does not answer in time: 504, and its connection is not used again", arguments: Tier.engines)
        func server(tier: Tier) throws {
            try Attempt.untilInTime { attempt in
                let milliseconds = attempt.time(150)
                try Web.run(tier, [.serving], { $0.backends[0].serverTimeoutMilliseconds = milliseconds }) { web in
                    web.sites[0].whenWhole = { if $0.message.target != "/never" { $0.answer(answer()) } }
                    let client = web.client()
                    let late = try web.ask(client, request("GET /never"))
                    #expect(late.status == 504 && late.text == "the server did not answer in time\n" && late["Connection"] == nil)
                    let status = try attempt.within(milliseconds) { try web.ask(client, request("GET /")).status }
                    #expect(status == 200)
                    #expect(web.connectionCount == 2 && web.served.count == 2 && web.total(.timeouts) == 1)
                }
            }
        }

        @Test("one that is slow is tried elsewhere where that was asked for, and not for a POST", arguments: Tier.engines, ["GET", "POST"])
        func retried(tier: Tier, method: String) throws {
            try Attempt.untilInTime { attempt in
                let milliseconds = attempt.time(120)
                let configure = { (configuration: inout Configuration) in
                    configuration.backends[0].serverTimeoutMilliseconds = milliseconds
                    configuration.backends[0].retryOn = [.timeout]
                }
                try Web.run(tier, [.serving, .serving], configure) { web in
                    var count = 0
                    for site in web.sites {
                        site.whenWhole = { one in
                            count += 1
                            if count > 1 { one.answer(answer()) }
                        }
                    }
                    // The second server has as long to answer as the first one, which is not asked before.
                    let status = try attempt.within(2 * milliseconds) {
                        try web.ask(request("\(method) /", body: method == "POST" ? "x" : "")).status
                    }
                    #expect(status == (method == "GET" ? 200 : 504))
                }
            }
        }

        @Test("a server that stops in the middle of its answer: the client's is cut", arguments: Tier.engines)
        func middle(tier: Tier) throws {
            try Attempt.untilInTime { attempt in
                let milliseconds = attempt.time(150)
                try Web.run(tier, [.serving], { $0.backends[0].serverTimeoutMilliseconds = milliseconds }) { web in
                    web.sites[0].whenWhole = { $0.answer("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nfifty") }
                    let client = try attempt.within(milliseconds) {
                        let client = web.client(request("GET /"))
                        try web.run("its answer begins") { !client.received.isEmpty }
                        return client
                    }
                    try web.run("the client is let go") { client.isOver }
                    #expect(Message.whole(client.received, from: 0, .answer, hasEnded: true) == nil)
                    #expect(client.rest.hasSuffix("\r\n\r\nfifty"))
                    #expect(web.total(.responsesCut) == 1)
                }
            }
        }

        @Test("while a client still sends its request, its server may keep its answer back", arguments: Tier.engines)
        func upload(tier: Tier) throws {
            try Attempt.untilInTime { attempt in
                let milliseconds = attempt.time(150)
                try Web.run(tier, [.serving], { $0.backends[0].serverTimeoutMilliseconds = milliseconds }) { web in
                    let client = web.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 8\r\n\r\n")
                    for _ in 0..<7 {
                        web.scene.run(milliseconds: milliseconds / 4)
                        client.send("x")
                    }
                    web.scene.run(milliseconds: milliseconds / 4)
                    // From the last of it on the server has its time.
                    let status = try attempt.within(milliseconds) {
                        client.send("x")
                        return try web.answer(to: client).status
                    }
                    #expect(status == 200)
                }
            }
        }

        @Test("an answer that comes slowly, but comes, is never cut", arguments: Tier.engines)
        func slowAnswer(tier: Tier) throws {
            try Attempt.untilInTime { attempt in
                let milliseconds = attempt.time(150)
                try Web.run(tier, [.serving], { $0.backends[0].serverTimeoutMilliseconds = milliseconds }) { web in
                    web.sites[0].whenWhole = { $0.answer("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n") }
                    var last = swivel_monotonic_ns()
                    let client = web.client(request("GET /"))
                    try web.run("it is asked") { !web.served.isEmpty }
                    for _ in 0..<8 {
                        web.scene.run(milliseconds: milliseconds / 4)
                        let now = swivel_monotonic_ns()
                        web.served[0].answer("x")
                        try attempt.expect(milliseconds, since: last)
                        last = now
                    }
                    try #expect(web.answer(to: client).text == "xxxxxxxx")
                }
            }
        }

        /// A client that has yet to read the answer it asked for, of which the kernel alone cannot hold all.
        private func beginToRead(_ web: Web) -> Wire {
            let body = Self.longBody
            web.sites[0].whenWhole = { one in
                one.answer("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n")
                one.wire.send(body)
            }
            let client = web.client(receiveBuffer: 8_192)
            client.stall()
            client.send(request("GET /"))
            return client
        }

        private static let longBody = patterned(KernelBuffers.sendBytesMax + 2 << 20)

        @Test("a client that takes nothing of its answer is cut after its time", arguments: Tier.engines)
        func stalledReader(tier: Tier) throws {
            let splice: ProcessOptions.Splice = tier.isRing ? .auto : .off
            try Web.run(tier, [.serving], splice: splice, { $0.frontends[0].clientTimeoutMilliseconds = 250 }) { web in
                let client = beginToRead(web)
                try web.run("it is cut") { web.total(.timeouts) == 1 }
                client.resume()
                try web.run("it sees that") { client.isOver }
                #expect(Message.whole(client.received, from: 0, .answer, hasEnded: true) == nil)
            }
        }

        @Test("a client that takes its answer slowly is not cut", arguments: Tier.engines)
        func slowReader(tier: Tier) throws {
            let splice: ProcessOptions.Splice = tier.isRing ? .auto : .off
            try Attempt.untilInTime { attempt in
                let milliseconds = attempt.time(300)
                try Web.run(tier, [.serving], splice: splice, { $0.frontends[0].clientTimeoutMilliseconds = milliseconds }) { web in
                    let body = Self.longBody
                    var last = swivel_monotonic_ns()
                    let client = beginToRead(web)
                    for _ in 0..<6 {
                        let before = client.received.count
                        client.resume()
                        try web.run("a little is read") { client.received.count > before || client.isOver }
                        client.stall()
                        // What is read now is confirmed some time before the next look at it.
                        try attempt.expect(milliseconds * 2 / 3, since: last)
                        last = swivel_monotonic_ns()
                        web.scene.run(milliseconds: milliseconds / 3)
                    }
                    client.resume()
                    var pauseMax: UInt64 = 0
                    try web.run("the rest is read") {
                        let now = swivel_monotonic_ns()
                        (pauseMax, last) = (max(pauseMax, now - last), now)
                        return client.received.count > body.count || client.isOver
                    }
                    try attempt.expect(milliseconds * 2 / 3, of: pauseMax)
                    try #expect(web.answer(to: client).body == body)
                    #expect(web.total(.timeouts) == 0)
                }
            }
        }
    }
}
