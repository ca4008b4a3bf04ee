// Answers that do not come to their end: the client must see that, whatever frames them.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: cut answers")
    struct CutTests {
        private static let starts = [
            "HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n61a80\r\n",
            "HTTP/1.1 200 OK\r\n\r\n",
        ]

        private func expectCut(_ web: Web, _ client: Wire, isReset: Bool) throws {
            try web.run("the client sees an end") { client.isOver }
            #expect(Message.whole(client.received, from: 0, .answer, hasEnded: client.hasEnded) == nil, "\(client.received.count) bytes as a whole answer")
            try web.run("it is counted") { web.total(.responsesCut) == 1 }
        }

        @Test("a server that goes in the middle cuts the answer", arguments: Tier.engines, [10, 200_000])
        func cut(tier: Tier, count: Int) throws {
            for (index, start) in Self.starts.enumerated() {
                for isReset in [false, true] {
                    // Without a length, the connection's end in order is the answer's.
                    if index == 2, !isReset { continue }
                    try Web.run(tier) { web in
                        web.sites[0].whenWhole = { one in
                            one.answer(start)
                            one.wire.send(patterned(count))
                        }
                        let client = web.client(request("GET /"))
                        try web.run("all that was said has come") { client.received.count > count }
                        if isReset { web.sites[0].wires[0].reset() } else { web.sites[0].wires[0].finish() }
                        try expectCut(web, client, isReset: isReset)
                    }
                }
            }
        }

        @Test("a cut while the client takes nothing is seen once it reads on", arguments: Tier.engines, [0, 1, 2])
        func stalled(tier: Tier, framing: Int) throws {
            try Web.run(tier) { web in
                web.sites[0].whenWhole = { one in
                    one.answer(Self.starts[framing])
                    one.wire.send(patterned(300_000))
                }
                let client = web.client(receiveBuffer: 4_096)
                client.stall()
                client.send(request("GET /"))
                try web.run("it is asked") { web.served.count == 1 }
                web.scene.run(milliseconds: 30)
                web.sites[0].wires[0].reset()
                web.scene.run(milliseconds: 30)
                client.resume()
                try expectCut(web, client, isReset: true)
            }
        }

        @Test("chunks that are none cut the answer", arguments: Tier.available)
        func malformed(tier: Tier) throws {
            try Web.run(tier) { web in
                web.sites[0].whenWhole = { $0.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nxyz\r\n0\r\n\r\n") }
                let client = web.client(request("GET /"))
                try expectCut(web, client, isReset: false)
            }
        }

        @Test("to HTTP/1.0, whose answers end with the connection, a cut is a reset", arguments: Tier.available)
        func oldClient(tier: Tier) throws {
            try Web.run(tier) { web in
                web.sites[0].whenWhole = { one in
                    one.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
                    one.wire.finish()
                }
                let client = web.client("GET / HTTP/1.0\r\n\r\n")
                try web.run("the client sees an end") { client.isOver }
                #expect(client.wasReset, "\(client.state)")
            }
        }

        @Test("pipelined answers before a cut are whole, and nothing follows it", arguments: Tier.engines)
        func pipelined(tier: Tier) throws {
            try Web.run(tier) { web in
                web.sites[0].whenWhole = { one in
                    guard one.message.target == "/cut" else { return one.answer(answer(body: one.message.target)) }
                    one.answer("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n")
                    one.wire.reset()
                }
                let client = web.client(request("GET /1") + request("GET /cut") + request("GET /2"))
                try #expect(web.answer(to: client).text == "/1")
                try web.run("the client sees an end") { client.isOver }
                #expect(web.served.allSatisfy { $0.message.target != "/2" })
                #expect(!client.rest.contains("/2"))
            }
        }
    }
}
