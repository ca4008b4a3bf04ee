// Servers that fail before they have answered: what is sent again, where, and what never is.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: retries")
    struct RetryTests {
        private func inOrder(_ change: @escaping (inout Configuration) -> Void = { _ in }) -> (inout Configuration) -> Void {
            { configuration in
                configuration.backends[0].balance = .first
                change(&configuration)
            }
        }

        @Test("nobody there: 503 after the retries, with a reason, and the connection goes on", arguments: Tier.available)
        func refused(tier: Tier) throws {
            try Web.run(tier, [.refusing]) { web in
                let client = web.client()
                for _ in 0..<2 {
                    let said = try web.ask(client, request("GET /"))
                    #expect(said.status == 503 && said.text == "no server could be reached\n")
                    #expect(said["Connection"] == nil && said["Content-Type"] == "text/plain" && said["Date"] != nil)
                }
                #expect(web.total(.ownAnswers) == 2 && web.total(.answers5xx) == 2)
            }
        }

        @Test("a request finds the one server that is there, a POST too", arguments: Tier.available, ["GET", "POST"])
        func next(tier: Tier, method: String) throws {
            try Web.run(tier, [.refusing, .refusing, .serving], inOrder()) { web in
                let said = try web.ask(request("\(method) /", body: method == "POST" ? "body" : ""))
                #expect(said.text == "s2 /")
                #expect(web.served.count == 1 && web.total(.retries) == 2 && web.total(.connectErrors) == 2)
                if method == "POST" { #expect(web.served[0].message.text == "body") }
            }
        }

        @Test("no more servers are tried than retries allow", arguments: Tier.engines, [0, 1])
        func bounded(tier: Tier, retries: Int) throws {
            try Web.run(tier, [.refusing, .refusing, .serving], inOrder { $0.backends[0].retriesMax = retries }) { web in
                try #expect(web.ask(request("GET /")).status == 503)
                #expect(web.total(.connectErrors) == retries + 1 && web.served.isEmpty)
            }
        }

        @Test("a connect that nobody answers ends after its time, and the next server is asked", arguments: Tier.engines, [true, false])
        func connectTimeout(tier: Tier, hasNext: Bool) throws {
            let servers: [TestServer.Kind] = hasNext ? [.silent, .serving] : [.silent]
            try Web.run(
                tier, servers,
                inOrder { configuration in
                    configuration.backends[0].connectTimeoutMilliseconds = 300
                    configuration.backends[0].retriesMax = 1
                }
            ) { web in
                let said = try web.ask(request("POST /", body: "x"))
                #expect(said.status == (hasNext ? 200 : 503))
                if !hasNext { #expect(said.text == "no server answered the connection in time\n") }
                #expect(web.total(.connectTimeouts) == (hasNext ? 1 : web.total(.connectTimeouts)))
                #expect(web.total(.connectTimeouts) > 0)
            }
        }

        @Test("a GET whose server is reset before its answer is asked again, a POST is not: 502", arguments: Tier.available, ["GET", "DELETE", "POST", "PATCH"])
        func reset(tier: Tier, method: String) throws {
            for isReset in [true, false] { try lose(tier, method, isReset: isReset) }
        }

        private func lose(_ tier: Tier, _ method: String, isReset: Bool) throws {
            try Web.run(tier, [.serving, .serving], inOrder()) { web in
                var count = 0
                for site in web.sites {
                    site.whenWhole = { one in
                        count += 1
                        if count > 1 { one.answer(answer(body: "second")) } else if isReset { one.wire.reset() } else { one.wire.close() }
                    }
                }
                let client = web.client()
                let said = try web.ask(client, request("\(method) /", body: method.hasPrefix("P") ? "x" : ""))
                if method.hasPrefix("P") {
                    #expect(said.status == 502 && said.text == "the server closed the connection without an answer\n")
                    #expect(count == 1, "it was sent once")
                    // The client may ask on.
                    try #expect(web.ask(client, request("GET /")).status == 200)
                } else {
                    #expect(said.text == "second" && web.total(.retries) == 1)
                }
            }
        }

        @Test("a GET with a body is not kept for another time", arguments: Tier.engines)
        func body(tier: Tier) throws {
            try Web.run(tier, [.serving]) { web in
                web.sites[0].whenWhole = { $0.wire.reset() }
                try #expect(web.ask(request("GET /", body: "x")).status == 502)
                #expect(web.served.count == 1)
            }
        }

        @Test("what was not allowed is not tried: reset, connect", arguments: Tier.engines)
        func conditions(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.backends[0].retryOn = [.connect, .unsent] }) { web in
                web.sites[0].whenWhole = { $0.wire.reset() }
                try #expect(web.ask(request("GET /")).status == 502)
                #expect(web.served.count == 1)
            }
            try Web.run(tier, [.refusing, .serving], inOrder { $0.backends[0].retryOn = [.reset] }) { web in
                try #expect(web.ask(request("GET /")).status == 503)
                #expect(web.total(.connectErrors) == 1)
            }
        }

        @Test("whoever has begun to answer has had the request: a part of a head is 502, and nothing is sent again", arguments: Tier.engines)
        func partialHead(tier: Tier) throws {
            try Web.run(tier) { web in
                web.sites[0].whenWhole = { one in
                    one.wire.send("HTTP/1.1 200 OK\r\nContent-Le")
                    one.wire.finish()
                }
                try #expect(web.ask(request("GET /")).status == 502)
                #expect(web.served.count == 1)
            }
        }

        @Test("a 503 is passed on, or tried elsewhere where that was asked for", arguments: Tier.engines, [true, false])
        func busy(tier: Tier, isRetried: Bool) throws {
            try Web.run(
                tier, [.serving, .serving],
                inOrder { if isRetried { $0.backends[0].retryOn = [.status503] } }
            ) { web in
                web.sites[0].whenWhole = { $0.answer(answer(503, "Retry-After: 7", body: "busy")) }
                let said = try web.ask(request("GET /"))
                #expect(said.status == (isRetried ? 200 : 503))
                if !isRetried { #expect(said.text == "busy" && said["Retry-After"] == "7") }
                // Where all are, the last one's answer is the client's.
                web.sites[1].whenWhole = web.sites[0].whenWhole
                try #expect(web.ask(request("GET /")).text == "busy")
                try #expect(web.ask(request("POST /", body: "x")).text == "busy")
            }
        }

        @Test("a head of the largest size is sent again byte for byte, with a log and without", arguments: Tier.engines, [true, false])
        func largest(tier: Tier, isLogging: Bool) throws {
            try Web.run(
                tier, [.serving],
                { configuration in
                    if isLogging { configuration.log.accessTarget = .standard }
                }
            ) { web in
                var count = 0
                web.sites[0].whenWhole = { one in
                    count += 1
                    if count > 1 { one.answer(answer()) } else { one.wire.reset() }
                }
                // 32,768 bytes with the empty line, in fields of different bytes.
                var text = "GET /largest HTTP/1.1\r\nHost: h\r\n"
                for index in 0..<4 { text += "F\(index): " + String(repeating: "\(index)abcdefg", count: 1_000) + "\r\n" }
                text += "Last: " + String(repeating: "z", count: 32_768 - text.utf8.count - 10) + "\r\n\r\n"
                #expect(text.utf8.count == 32_768)
                try #expect(web.ask(text).status == 200)
                let got = web.served.map { one in (one.message.fields.map { "\($0.name): \($0.value)" }).joined(separator: "\n") }
                #expect(got.count == 2)
                #expect(got.first == got.last, "\(got.last?.suffix(300) ?? "")")
            }
        }
    }
}
