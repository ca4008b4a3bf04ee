// Answers that come while the request is still on its way: the server reads on, or does not.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: early answers")
    struct EarlyAnswerTests {
        private static let half = 600_000
        private static let framings = ["Content-Length: 1200000", "Transfer-Encoding: chunked"]

        /// A client that has sent the head and the first half of a body, to a server that answers the head.
        private func begin(_ web: Web, _ framing: String, answer text: String) throws -> Wire {
            web.sites[0].whenHead = { $0.answer(text) }
            web.sites[0].whenWhole = { _ in }
            let client = web.client("POST / HTTP/1.1\r\nHost: h\r\n\(framing)\r\n\r\n")
            sendHalf(client, framing)
            return client
        }

        private func sendHalf(_ client: Wire, _ framing: String) {
            let isChunked = framing.hasPrefix("T")
            if isChunked { client.send(String(Self.half, radix: 16) + "\r\n") }
            client.send(patterned(Self.half))
            if isChunked { client.send("\r\n") }
        }

        @Test("a server that answers and reads on gets all of it, and all may go on", arguments: Tier.engines, framings)
        func readsOn(tier: Tier, framing: String) throws {
            try Web.run(tier) { web in
                let client = try begin(web, framing, answer: answer(body: "early"))
                try #expect(web.answer(to: client).text == "early")
                sendHalf(client, framing)
                if framing.hasPrefix("T") { client.send("0\r\n\r\n") }
                try web.run("the server has all of it") { web.served.count == 1 }
                #expect(web.served[0].message.body == patterned(Self.half) + patterned(Self.half))
                try web.run("its connection is kept, its place is free") {
                    web.total(.pooledConnections) == 1 && web.scene.plane.currentConnections(server: 0) == 0
                }
                web.sites[0].whenHead = nil
                web.sites[0].whenWhole = { $0.answer(answer(body: "next")) }
                try #expect(web.ask(client, request("GET /")).text == "next")
                #expect(web.connectionCount == 1)
            }
        }

        @Test("a server that answers and closes is heard; the client is told, and closed", arguments: Tier.engines, framings)
        func closes(tier: Tier, framing: String) throws {
            try Web.run(tier) { web in
                let client = try begin(web, framing, answer: answer(413, "Connection: close", body: "too much"))
                try web.run("the server is done") { web.sites[0].wires.first.map { $0.unsentCount == 0 && $0.sentCount > 0 } ?? false }
                web.sites[0].wires[0].finish()
                let said = try web.answer(to: client)
                #expect(said.status == 413 && said.text == "too much")
                sendHalf(client, framing)
                client.finish()
                try web.run("the connection ends") { client.isOver }
                #expect(client.failure == 0, "the rest is read and dropped, as a reset could take the answer with it")
                try web.run("nothing of it is left") { web.total(.connections) == 0 && web.total(.serverConnections) == 0 }
            }
        }

        @Test("a server that answers and is reset is heard all the same", arguments: Tier.engines)
        func reset(tier: Tier) throws {
            try Web.run(tier) { web in
                let client = try begin(web, Self.framings[0], answer: answer(400, "Connection: close", body: "no"))
                try #expect(web.answer(to: client).status == 400)
                web.sites[0].wires[0].reset()
                sendHalf(client, Self.framings[0])
                client.finish()
                try web.run("all ends") { client.isOver && web.total(.connections) == 0 }
            }
        }

        @Test("a client that breaks off after an early answer frees its server", arguments: Tier.engines)
        func breaksOff(tier: Tier) throws {
            try Web.run(tier) { web in
                let client = try begin(web, Self.framings[0], answer: answer(body: "early"))
                _ = try web.answer(to: client)
                client.reset()
                try web.run("the server is let go") { web.sites[0].wires[0].isOver && web.total(.serverConnections) == 0 }
            }
        }

        @Test("the rest of a body that nobody sends is not waited for without end", arguments: Tier.engines)
        func stops(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.frontends[0].bodyIdleTimeoutMilliseconds = 150 }) { web in
                let client = try begin(web, Self.framings[0], answer: answer(body: "early"))
                _ = try web.answer(to: client)
                // Its server as well, even where the time was over before it was asked.
                try web.run("both are let go") { client.isOver && web.sites[0].wires.first?.isOver == true }
                #expect(client.rest.isEmpty, "one request, one answer")
            }
        }
    }
}
