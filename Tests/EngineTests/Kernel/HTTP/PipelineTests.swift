// Requests that do not wait for the answers before them: answered in order, and not faster than they are read.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: pipelines")
    struct PipelineTests {
        @Test("a hundred requests at once are answered in order", arguments: Tier.available, [Int.max, 7])
        func hundred(tier: Tier, piece: Int) throws {
            try Web.run(tier, [.serving, .serving]) { web in
                let client = web.client()
                client.pieceBytes = piece
                client.send((0..<100).map { request($0 % 3 == 0 ? "POST /\($0)" : "GET /\($0)", body: $0 % 3 == 0 ? "body" : "") }.joined())
                for index in 0..<100 {
                    let said = try web.answer(to: client)
                    #expect(said.text.hasSuffix(" /\(index)"))
                }
                #expect(web.served.count == 100)
            }
        }

        @Test("a HEAD, a 204 and a 304 in a pipeline have no body, and the next answer is found", arguments: Tier.engines)
        func bodiless(tier: Tier) throws {
            try Web.run(tier) { web in
                web.sites[0].whenWhole = { one in
                    switch one.message.target {
                    case "/head": one.answer("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
                    case "/204": one.answer("HTTP/1.1 204 No Content\r\n\r\n")
                    case "/304": one.answer("HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n")
                    default: one.answer(answer(body: "end"))
                    }
                }
                let client = web.client(request("HEAD /head") + request("GET /204") + request("GET /304") + request("GET /"))
                try #expect(web.answer(to: client, .answerToHead)["Content-Length"] == "5")
                try #expect(web.answer(to: client)["Content-Length"] == nil)
                try #expect(web.answer(to: client).status == 304)
                try #expect(web.answer(to: client).text == "end")
                #expect(web.connectionCount == 1)
            }
        }

        @Test("a malformed request behind good ones is answered last, and nothing behind it is read", arguments: Tier.available)
        func malformed(tier: Tier) throws {
            try Web.run(tier) { web in
                let client = web.client(request("GET /1") + request("GET /2") + "GET /3 HTTP/1.1\r\nHost : h\r\n\r\n" + request("GET /4"))
                try #expect(web.answer(to: client).text == "s0 /1")
                try #expect(web.answer(to: client).text == "s0 /2")
                try #expect(web.answer(to: client).status == 400)
                try web.expectEnd(of: client)
                #expect(web.served.map(\.message.target) == ["/1", "/2"])
            }
        }

        @Test("behind a request that closes nothing is read", arguments: Tier.engines)
        func close(tier: Tier) throws {
            try Web.run(tier) { web in
                let client = web.client(request("GET /1", "Connection: close") + request("GET /2"))
                try #expect(web.answer(to: client)["Connection"] == "close")
                try web.expectEnd(of: client)
                #expect(client.rest.isEmpty && web.served.count == 1)
            }
        }

        @Test("a client that finishes behind its requests gets all answers", arguments: Tier.available)
        func finished(tier: Tier) throws {
            try Web.run(tier) { web in
                let client = web.client((0..<20).map { request("GET /\($0)") }.joined())
                client.finish()
                for index in 0..<20 { try #expect(web.answer(to: client).text == "s0 /\(index)") }
                try web.expectEnd(of: client)
            }
        }

        private static let unreads: [(isTiny: Bool, listening: Setup.Place)] = [(false, .ipv4), (true, .ipv4), (false, .unix)]

        @Test("a client that sends on and reads nothing is not read on, and goes on as it reads", arguments: Tier.engines, unreads)
        func unread(tier: Tier, how: (isTiny: Bool, listening: Setup.Place)) throws {
            try Web.run(tier, [.serving], isTiny: how.isTiny, listening: how.listening) { web in
                let body = patterned(20_000)
                web.sites[0].whenWhole = { one in
                    one.answer("HTTP/1.1 200 OK\r\nTarget: \(one.message.target)\r\nContent-Length: \(body.count)\r\n\r\n")
                    one.wire.send(body)
                }
                let client = web.client(receiveBuffer: 32_768, sendBuffer: 16_384)
                client.stall()
                // More answers than the kernel alone can hold.
                let count = KernelBuffers.sendBytesMax / body.count + 600
                for index in 0..<count {
                    client.send("POST /\(index) HTTP/1.1\r\nHost: h\r\nContent-Length: 8000\r\n\r\n")
                    client.send(Array(body[..<8_000]))
                }
                var (last, since) = (-1, ContinuousClock.now)
                try web.run("it gets rid of nothing more") {
                    if client.sentCount != last { (last, since) = (client.sentCount, .now) }
                    return client.sentCount > 0 && ContinuousClock.now - since > .milliseconds(200)
                }
                #expect(web.total(.requests) < count, "of these requests some are not looked at")
                // Over TCP the kernel may take them all the same, of its own accord.
                if how.listening == .unix {
                    #expect(client.unsentCount > 300_000, "\(client.unsentCount) of \(client.unsentCount + client.sentCount) bytes wait")
                }
                let held = web.total(.spillChunks) * BufferPool.spillBytes + web.total(.smallChunks) * BufferPool.smallBytes
                #expect(held < 1_000_000, "\(held) bytes are held for it")
                // Nobody else suffers by it.
                try #expect(web.ask(request("GET /other")).status == 200)
                client.resume()
                for index in 0..<count {
                    let said = try web.answer(to: client)
                    guard said["Target"] == "/\(index)", said.body == body else {
                        Issue.record("\(said.start) \(said["Target"] ?? "") for /\(index)")
                        break
                    }
                }
            }
        }
    }
}
