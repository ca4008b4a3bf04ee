// Bodies, small and large, both ways: whole, in order, by buffers and by splice, and both ways at once.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("HTTP: bodies")
    struct BodyTests {
        /// Answers with so many bytes as the target says, in chunks or with a length.
        private func serve(_ one: Served, isChunked: Bool) {
            let count = Int(one.message.target.dropFirst()) ?? 0
            guard isChunked else {
                one.answer("HTTP/1.1 200 OK\r\nContent-Length: \(count)\r\n\r\n")
                return one.wire.send(patterned(count))
            }
            one.answer("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTrailer: X-Sum\r\n\r\n")
            let body = patterned(count)
            for start in stride(from: 0, to: count, by: 70_000) {
                let piece = Array(body[start..<min(start + 70_000, count)])
                one.wire.send(Array((String(piece.count, radix: 16) + "\r\n").utf8) + piece + [13, 10])
            }
            one.answer("0\r\nX-Sum: 5\r\n\r\n")
        }

        @Test("answers of any size come whole, by splice and without", arguments: Tier.engines, ProcessOptions.Splice.allCases)
        func answers(tier: Tier, splice: ProcessOptions.Splice) throws {
            try Web.run(tier, splice: splice) { web in
                web.sites[0].whenWhole = { self.serve($0, isChunked: false) }
                let client = web.client()
                // Of the largest, a mebibyte may be in receive buffers before it is told how much is to come.
                for count in [0, 1, 16_384, 131_071, 131_072, 4_000_000, 3] {
                    let said = try web.ask(client, request("GET /\(count)"))
                    #expect(said.body == patterned(count), "\(said.body.count) of \(count) bytes")
                }
                #expect(web.connectionCount == 1, "each left the connection fit for the next")
                if splice == .off { #expect(web.total(.spliceBegun) == 0) } else { #expect(web.total(.bytesSpliced) > 1_000_000) }
                try web.run("pipes are given back") { web.total(.pipes) == 0 }
            }
        }

        @Test("requests of any size come whole, by splice and without", arguments: Tier.engines, ProcessOptions.Splice.allCases)
        func requests(tier: Tier, splice: ProcessOptions.Splice) throws {
            try Web.run(tier, splice: splice) { web in
                let client = web.client()
                for count in [1, 16_384, 131_072, 4_000_000, 3] {
                    client.send("POST /\(count) HTTP/1.1\r\nHost: h\r\nContent-Length: \(count)\r\n\r\n")
                    client.send(patterned(count))
                    try #expect(web.answer(to: client).text == "s0 /\(count)")
                    #expect(web.served.last?.message.body == patterned(count))
                }
                #expect(web.connectionCount == 1)
                if splice != .off { #expect(web.total(.bytesSpliced) > 1_000_000) }
            }
        }

        @Test("the next request right behind a body is its own, spliced or not", arguments: Tier.engines, [1_000, 400_000])
        func behind(tier: Tier, count: Int) throws {
            try Web.run(tier) { web in
                let client = web.client()
                for index in 0..<3 {
                    client.send("POST /\(index) HTTP/1.1\r\nHost: h\r\nContent-Length: \(count)\r\n\r\n")
                    client.send(patterned(count, UInt32(index)))
                }
                client.send(request("GET /last"))
                for index in 0..<3 { try #expect(web.answer(to: client).text == "s0 /\(index)") }
                try #expect(web.answer(to: client).text == "s0 /last")
                #expect((0..<3).allSatisfy { web.served[$0].message.body == patterned(count, UInt32($0)) })
            }
        }

        @Test("chunks go both ways as they are, with their trailers", arguments: Tier.engines, [false, true])
        func chunks(tier: Tier, isTiny: Bool) throws {
            try Web.run(tier, isTiny: isTiny) { web in
                web.sites[0].whenWhole = { self.serve($0, isChunked: true) }
                let client = web.client()
                for count in [0, 10, 300_000] {
                    client.send("POST /\(count) HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n")
                    let half = patterned(count / 2)
                    if !half.isEmpty { client.send(Array((String(half.count, radix: 16) + ";a=b\r\n").utf8) + half + [13, 10]) }
                    client.send("0\r\nX-Up: 1\r\n\r\n")
                    let said = try web.answer(to: client)
                    #expect(said.body == patterned(count) && said.isChunked && said.trailers == ["X-Sum: 5"])
                    let got = web.served.last!.message
                    #expect(got.body == half && got.trailers == ["X-Up: 1"])
                }
                #expect(web.connectionCount == 1)
            }
        }

        @Test("to HTTP/1.0 chunks go as plain bytes, ended by the connection's end", arguments: Tier.available)
        func unwrapped(tier: Tier) throws {
            try Web.run(tier) { web in
                web.sites[0].whenWhole = { self.serve($0, isChunked: true) }
                let client = web.client("GET /200000 HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
                let said = try web.answer(to: client)
                #expect(said.body == patterned(200_000) && !said.isChunked && said["Connection"] == "close")
                try web.run("the server's connection, which is whole, is kept") { web.total(.pooledConnections) == 1 }
            }
        }

        @Test("an answer that ends with its connection ends so at the client", arguments: Tier.engines, [0, 5, 300_000])
        func untilClose(tier: Tier, count: Int) throws {
            try Web.run(tier) { web in
                web.sites[0].whenWhole = { one in
                    one.answer("HTTP/1.0 200 OK\r\n\r\n")
                    one.wire.send(patterned(count))
                    one.wire.finish()
                }
                let client = web.client(request("GET /"))
                let said = try web.answer(to: client)
                #expect(said.body == patterned(count) && said["Connection"] == "close" && said["Content-Length"] == nil)
                try web.expectEnd(of: client)
            }
        }

        @Test("both directions run at once: a server echoes a body as it comes", arguments: Tier.engines, [false, true])
        func bothWays(tier: Tier, isTiny: Bool) throws {
            try Web.run(tier, isTiny: isTiny) { web in
                let body = patterned(3_000_000)
                var echoed = 0
                web.sites[0].whenAccepted = { wire in
                    wire.whenRead = { [unowned wire] in
                        guard let head = Message.head(wire.received, from: 0) else { return }
                        if echoed == 0, wire.received.count > head.end { wire.send("HTTP/1.1 200 OK\r\nContent-Length: \(body.count)\r\n\r\n") }
                        wire.send(Array(wire.received[(head.end + echoed)...]))
                        echoed = wire.received.count - head.end
                    }
                }
                let client = web.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(body.count)\r\n\r\n")
                client.send(body)
                try #expect(web.answer(to: client).body == body)
            }
        }

        @Test("100 Continue passes, and the body follows it", arguments: Tier.available)
        func expects(tier: Tier) throws {
            try Web.run(tier) { web in
                web.sites[0].whenHead = { $0.answer("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n") }
                let client = web.client("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
                let hints = try web.answer(to: client)
                #expect(hints.status == 103 && hints["Link"] == "</a>" && hints["Date"] == nil)
                try #expect(web.answer(to: client).status == 100)
                client.send("body")
                try #expect(web.answer(to: client).status == 200)
                #expect(web.served[0].message.text == "body" && web.served[0].message["Expect"] == "100-continue")
                // HTTP/1.0 knows nothing of that.
                let old = web.client("POST / HTTP/1.0\r\nContent-Length: 4\r\n\r\nbody")
                try #expect(web.answer(to: old).status == 200)
            }
        }
    }
}
