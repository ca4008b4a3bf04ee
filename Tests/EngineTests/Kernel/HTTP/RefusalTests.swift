// Requests that no server sees: malformed ones, those that are too large, and those for which there is no room.

import Codecs
import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: refusals")
    struct RefusalTests {
        /// Requests, the status that each deserves, and why. How each form is parsed is tested beside the parser.
        private static let refused: [(text: String, status: Int, rejection: Rejection)] = [
            ("GET / HTTP/1.1\r\n\r\n", 400, .hostMissing),
            ("GET / HTTP/1.1\r\nHost : h\r\n\r\n", 400, .blankBeforeColon),
            ("GET / HTTP/1.1\nHost: h\n\n", 400, .bareLineFeed),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, .lengthAndCoding),
            ("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: +5\r\n\r\nhello", 400, .lengthMalformed),
            ("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501, .codingUnknown),
            ("CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\n\r\n", 405, .connectRefused),
            ("GET / HTTP/2.0\r\nHost: h\r\n\r\n", 505, .versionUnsupported),
            ("GET /\(String(repeating: "a", count: 9_000)) HTTP/1.1\r\nHost: h\r\n\r\n", 414, .requestLineTooLong),
            ("GET / HTTP/1.1\r\nHost: h\r\nA: \(String(repeating: "a", count: 9_000))\r\n\r\n", 431, .fieldTooLong),
            ("GET / HTTP/1.1\r\nHost: h\r\n\(String(repeating: "A: 1\r\n", count: 100))\r\n", 431, .tooManyFields),
        ]

        @Test("a malformed request is answered with why, counted, logged, and closed; no server sees a byte", arguments: Tier.available, [Int.max, 61])
        func malformed(tier: Tier, piece: Int) throws {
            try Web.run(
                tier, [.serving],
                { configuration in
                    configuration.log.accessTarget = .standard
                    configuration.log.accessFormat = .haproxy
                }
            ) { web in
                for (index, one) in Self.refused.enumerated() {
                    let client = web.client()
                    client.pieceBytes = piece
                    client.send(one.text)
                    let said = try web.answer(to: client)
                    #expect(said.status == one.status, "\(one.rejection)")
                    #expect(said.text == "\(one.rejection.reason)\n" && said["Connection"] == "close")
                    #expect((said["Allow"] != nil) == (one.status == 405))
                    client.finish()
                    try web.run("the connection ends") { client.isOver }
                    #expect(client.hasEnded || piece < .max, "\(one.rejection): \(client.state)")
                    #expect(web.total(.requestsRefused) == index + 1)
                    client.close()
                }
                #expect(web.connectionCount == 0)
                var logged: [String] = []
                try web.run("all are logged") {
                    logged += web.scene.logLines()
                    return logged.count >= Self.refused.count
                }
                // What came first, where that was a whole line of a version that is known.
                let unread: [Rejection] = [.connectRefused, .versionUnsupported, .requestLineTooLong]
                for (line, one) in zip(logged, Self.refused) {
                    let said = unread.contains(one.rejection) ? "<BADREQ>" : "\(one.text.prefix { $0 != " " }) / HTTP/1.1"
                    #expect(line.contains(" \(one.status) ") && line.hasSuffix(" \"\(said)\" \"\(one.rejection.name)\""), "\(line)")
                }
            }
        }

        @Test("a head beyond the limit gets 431, one at the limit is served, in one piece or in many", arguments: Tier.engines, [Int.max, 1_400])
        func headLimit(tier: Tier, piece: Int) throws {
            try Web.run(tier, [.serving], { $0.frontends[0].headBytesMax = 8_192 }) { web in
                for excess in [0, 1] {
                    var text = "GET / HTTP/1.1\r\nHost: h\r\nA: \(String(repeating: "a", count: 6_000))\r\nB: "
                    text += String(repeating: "b", count: 8_192 + excess - text.utf8.count - 4) + "\r\n\r\n"
                    let client = web.client()
                    client.pieceBytes = piece
                    client.send(text)
                    try #expect(web.answer(to: client).status == (excess == 0 ? 200 : 431))
                }
                #expect(web.served.count == 1)
            }
        }

        @Test("a body that says it is too long gets 413 at once, its server nothing", arguments: Tier.engines)
        func announced(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.frontends[0].bodyBytesMax = 10 }) { web in
                try #expect(web.ask(request("POST /", body: "0123456789")).text == "s0 /")
                let client = web.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\n")
                let said = try web.answer(to: client)
                #expect(said.status == 413 && said["Connection"] == "close")
                client.send("01234567890")
                try web.run("it ends") { client.isOver }
                #expect(web.served.count == 1 && web.connectionCount == 1)
            }
        }

        @Test("chunks whose data come to too much get 413, and their server a broken request; their framing does not count", arguments: Tier.engines, [37, 36])
        func grown(tier: Tier, bound: UInt64) throws {
            try Web.run(tier, [.serving], { $0.frontends[0].bodyBytesMax = bound }) { web in
                let client = web.client("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
                try web.run("its server is asked") { web.connectionCount == 1 }
                client.send("20\r\n" + String(repeating: "x", count: 32) + "\r\n0\r\n\r\n")
                let said = try web.answer(to: client)
                #expect(said.status == (bound == 37 ? 200 : 413))
                guard bound < 37 else { return }
                #expect(said["Connection"] == "close")
                try web.run("its server is let go") { web.sites[0].wires[0].isOver }
                #expect(web.served.isEmpty)
            }
        }

        @Test("a chunk that is none gets 400, and its server a broken request", arguments: Tier.available)
        func chunk(tier: Tier) throws {
            try Web.run(tier) { web in
                let client = web.client("POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
                try web.run("its server is asked") { web.connectionCount == 1 }
                client.send("xyz\r\n\r\n")
                let said = try web.answer(to: client)
                #expect(said.status == 400 && said.text == "malformed chunk size\n" && said["Connection"] == "close")
                try web.run("its server is let go") { web.sites[0].wires[0].isOver }
                #expect(web.served.isEmpty && web.total(.requestsRefused) == 1)
            }
        }

        @Test("a client that goes before its body's end leaves its server a broken request", arguments: Tier.available, [true, false])
        func left(tier: Tier, isReset: Bool) throws {
            try Web.run(tier) { web in
                let client = web.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\nhello")
                try web.run("its server is asked") { web.sites[0].wires.first?.received.isEmpty == false }
                if isReset { client.reset() } else { client.finish() }
                try web.run("its server is let go") { web.sites[0].wires[0].isOver }
                if !isReset { try #expect(web.answer(to: client).status == 400) }
                #expect(web.served.isEmpty)
            }
        }

        @Test("beyond a server's limit requests wait; beyond the queue they get 503 and are told when", arguments: Tier.engines)
        func queue(tier: Tier) throws {
            try Web.run(
                tier, [.serving],
                { configuration in
                    configuration.backends[0].servers[0].connectionsMax = 1
                    configuration.backends[0].queueMax = 2
                    configuration.backends[0].queueTimeoutMilliseconds = 59_400
                }
            ) { web in
                web.sites[0].whenWhole = { _ in }
                let first = web.client(request("GET /0"))
                try web.run("one is served") { web.served.count == 1 }
                let waiting = try (1...2).map { index in
                    let client = web.client(request("GET /\(index)"))
                    try web.run("it waits") { web.total(.queued) == index }
                    return client
                }
                let beyond = try web.ask(request("GET /3"))
                #expect(beyond.status == 503 && beyond["Retry-After"] == "60" && beyond.text == "\(ExchangeEnding.queueFull.reason)\n")
                #expect(web.total(.queueFull) == 1 && web.connectionCount == 1)
                for (index, client) in ([first] + waiting).enumerated() {
                    try web.run("it is served") { web.served.count == index + 1 }
                    #expect(web.served[index].message.target == "/\(index)", "in the order they came")
                    web.served[index].answer(answer(body: "\(index)"))
                    try #expect(web.answer(to: client).text == "\(index)")
                }
            }
        }

        @Test("who waits too long gets 503; who leaves meanwhile leaves the queue", arguments: Tier.engines)
        func queueTimeout(tier: Tier) throws {
            try Attempt.untilInTime { attempt in
                let milliseconds = attempt.time(150)
                let configure = { (configuration: inout Configuration) in
                    configuration.backends[0].servers[0].connectionsMax = 1
                    configuration.backends[0].queueTimeoutMilliseconds = milliseconds
                }
                try Web.run(tier, [.serving], configure) { web in
                    web.sites[0].whenWhole = { _ in }
                    let first = web.client(request("GET /0"))
                    try web.run("one is served") { web.served.count == 1 }
                    try attempt.within(milliseconds) {
                        let gone = web.client(request("GET /gone"))
                        try web.run("one waits") { web.total(.waiting) == 1 || gone.isOver || !gone.received.isEmpty }
                        gone.reset()
                        try web.run("it has gone") { web.total(.waiting) == 0 }
                    }
                    let late = try web.ask(request("GET /1"))
                    #expect(late.status == 503 && late["Retry-After"] == "\((milliseconds + 999) / 1_000)" && web.total(.queueTimeouts) == 1)
                    web.served[0].answer(answer())
                    try #expect(web.answer(to: first).status == 200)
                    #expect(web.served.count == 1)
                }
            }
        }

        @Test("a malformed or unasked answer gets 502, and its connection is not used again", arguments: Tier.engines, [
            "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx", "HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
            "HTTP/1.1 2000 OK\r\n\r\n", "hello\r\n\r\n", "HTTP/1.1 200 OK\nContent-Length: 0\n\n",
        ])
        func answers(tier: Tier, text: String) throws {
            try Web.run(tier) { web in
                web.sites[0].whenWhole = { $0.answer($0.message.target == "/bad" ? text : answer()) }
                let client = web.client()
                let said = try web.ask(client, request("GET /bad"))
                #expect(said.status == 502 && said.text == "the server's answer is malformed\n")
                try #expect(web.ask(client, request("GET /")).status == 200)
                #expect(web.connectionCount == 2 && web.total(.responsesMalformed) == 1)
            }
        }
    }
}
