// WebSockets over real sockets: how they are opened, and that everything passes.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("WebSocket: opening and passing")
    struct TunnelTests {
        typealias Mode = WebSocketOptions.Mode

        @Test("what came behind either head passes, cut anywhere", arguments: Tier.available, Mode.allCases)
        func behindHeads(tier: Tier, mode: Mode) throws {
            try Web.run(tier, [.serving], { $0.backends[0].websocket.mode = mode }) { web in
                let ups = [Frame.text("early"), Frame(.ping, []), Frame(.binary, patterned(300))]
                let downs = [Frame(.text, [1, 2], isFinal: false), Frame(.ping, [7]), Frame(.continuation, [3])]
                for piece in [Int.max, 13, 1] {
                    web.sites[0].whenAccepted = { $0.pieceBytes = piece }
                    web.sites[0].whenWhole = { $0.agree("Sec-WebSocket-Protocol: a", "X-Own: 1", then: downs.flatMap(\.down)) }
                    let client = web.client()
                    client.pieceBytes = piece
                    client.send(Array(Meeting.handshake("/?a", "Sec-WebSocket-Extensions: permessage-deflate").utf8) + ups.flatMap(\.up))
                    let said = try web.answer(to: client)
                    #expect(said.status == 101 && said["Connection"] == "Upgrade" && said["Upgrade"] == "websocket")
                    #expect(said["Sec-WebSocket-Accept"] == Meeting.accept && said["Sec-WebSocket-Protocol"] == "a" && said["X-Own"] == "1")
                    let asked = web.served[web.served.count - 1]
                    #expect(asked.message["Connection"] == "Upgrade" && asked.message["Upgrade"] == "websocket")
                    #expect(asked.message["Sec-WebSocket-Key"] == Meeting.key && asked.message["Sec-WebSocket-Version"] == "13")
                    #expect(asked.message["Sec-WebSocket-Extensions"] == "permessage-deflate" && asked.message.target == "/?a")
                    let meeting = Meeting(client: client, server: asked.wire, site: 0)
                    var (atServer, atClient): ([Frame], [Frame]) = ([], [])
                    try web.run("all frames are there") {
                        atServer += meeting.takeUp()
                        atClient += meeting.takeDown()
                        return atServer.count >= ups.count && atClient.count >= downs.count
                    }
                    #expect(atServer == ups && atClient == downs)
                    try meeting.close(web)
                }
                #expect(web.total(.upgrades) == 3 && web.total(.answers1xx) == 3)
            }
        }

        @Test("a 101 that answers no such request is 502", arguments: Tier.engines, Mode.allCases)
        func wrongAnswer(tier: Tier, mode: Mode) throws {
            let fields = ["Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Accept: \(Meeting.accept)"]
            let wrong = [
                [fields[0], fields[1]], [fields[0], fields[2]], [fields[1], fields[2]], fields + [fields[2]], ["Upgrade: h2c", fields[1], fields[2]],
                ["Upgrade: websocket, h2c", fields[1], fields[2]], [fields[0], fields[1], "Sec-WebSocket-Accept: t3pPLMBiTxaQ9kYGzzhZRbK+xOo="],
                [fields[0], fields[1], "Sec-WebSocket-Accept: "],
            ]
            try Web.run(tier, [.serving], { $0.backends[0].websocket.mode = mode }) { web in
                for lines in wrong {
                    web.sites[0].whenWhole = { $0.answer((["HTTP/1.1 101 Said"] + lines).joined(separator: "\r\n") + "\r\n\r\n") }
                    let said = try web.ask(Meeting.handshake())
                    #expect(said.status == 502 && said["Sec-WebSocket-Accept"] == nil, "\(lines)")
                }
                // Right, but to a request that did not ask.
                web.sites[0].whenWhole = { $0.answer(Meeting.agreement()) }
                for plain in [request("GET /"), request("GET /", "Upgrade: websocket"), request("POST /", body: "x")] {
                    try #expect(web.ask(plain).status == 502)
                }
                try web.run("no server keeps a connection") { web.sites[0].openCount == 0 && web.scene.plane.currentConnections(server: 0) == 0 }
                #expect(web.total(.upgrades) == 0 && web.total(.tunnelsOpened) == 0)
            }
        }

        @Test("another answer than 101 is one like others, and the client may ask again", arguments: Tier.engines)
        func otherAnswer(tier: Tier) throws {
            try Web.run(tier) { web in
                let client = web.client()
                for status in [200, 302, 401, 404, 503] {
                    web.sites[0].whenWhole = { $0.answer(answer(status, body: "no")) }
                    let said = try web.ask(client, Meeting.handshake())
                    #expect(said.status == status && said.text == "no" && said["Upgrade"] == nil)
                }
                #expect(web.connectionCount == 1, "the server's connection goes on as well")
                web.sites[0].whenWhole = { $0.agree() }
                try #expect(web.ask(client, Meeting.handshake()).status == 101)
                #expect(web.connectionCount == 1)
            }
        }

        @Test("a broken handshake is told so, and no server hears of it", arguments: Tier.engines)
        func brokenHandshake(tier: Tier) throws {
            let version = "Sec-WebSocket-Version: 13"
            let key = "Sec-WebSocket-Key: \(Meeting.key)"
            let broken: [(lines: [String], status: Int)] = [
                ([version], 400), ([version, key, key], 400), ([version, version, key], 400), ([version, "Sec-WebSocket-Key: "], 400),
                ([version, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ"], 400), ([version, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZR=="], 400),
                ([version, "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25j"], 400), ([version, key, "Content-Length: 1"], 400), ([key], 400),
                ([key, "Sec-WebSocket-Version: 8"], 426), ([key, "Sec-WebSocket-Version: 14"], 426), ([key, "Sec-WebSocket-Version: 013"], 426),
                ([key, "Sec-WebSocket-Version: "], 426),
            ]
            try Web.run(tier) { web in
                for one in broken {
                    let lines = ["GET / HTTP/1.1", "Host: h", "Upgrade: websocket", "Connection: Upgrade"] + one.lines
                    let said = try web.ask(lines.joined(separator: "\r\n") + "\r\n\r\n")
                    #expect(said.status == one.status, "\(one.lines)")
                    #expect(said["Sec-WebSocket-Version"] == (one.status == 426 ? "13" : nil), "\(one.lines)")
                }
                #expect(web.connectionCount == 0 && web.total(.upgrades) == 0 && web.total(.ownAnswers) == broken.count)
            }
        }

        /// Frames that are read are not spliced.
        private static let ways: [(mode: Mode, splice: ProcessOptions.Splice)] =
            [(.frame, .auto)] + ProcessOptions.Splice.allCases.map { (.opaque, $0) }

        @Test("a mebibyte passes each way at once, in pieces", arguments: Tier.engines, ways)
        func bulk(tier: Tier, way: (mode: Mode, splice: ProcessOptions.Splice)) throws {
            try bulk(tier, way.mode, way.splice, isTiny: false)
        }

        @Test("a mebibyte passes each way at once on tiny buffers", arguments: Tier.engines, Mode.allCases)
        func tinyBulk(tier: Tier, mode: Mode) throws {
            try bulk(tier, mode, .auto, isTiny: true)
        }

        private func bulk(_ tier: Tier, _ mode: Mode, _ splice: ProcessOptions.Splice, isTiny: Bool) throws {
            try Web.run(tier, [.serving], splice: splice, isTiny: isTiny, { $0.backends[0].websocket.mode = mode }) { web in
                web.agreeToAll()
                let meeting = try web.open()
                // A message in frames of every length of head, with pings between.
                var frames: [Frame] = []
                var (place, bytes) = (0, patterned(1 << 20))
                for count in [0, 1, 125, 126, 65_535, 65_536, 300_000, bytes.count - 431_323] {
                    let kind: Frame.Kind = place == 0 && frames.isEmpty ? .binary : .continuation
                    frames.append(Frame(kind, Array(bytes[place..<place + count]), isFinal: place + count == bytes.count))
                    frames.append(Frame(.ping, Array("\(count)".utf8)))
                    place += count
                }
                let (ups, downs) = (frames.flatMap(\.up), frames.flatMap(\.down))
                for (wire, all) in [(meeting.client, ups), (meeting.server, downs)] {
                    wire.pieceBytes = 7_001
                    wire.send(all)
                }
                let (fromClient, fromServer) = (meeting.server.readCount, meeting.client.readCount)
                try web.run("all of it is there") {
                    meeting.server.received.count >= fromClient + ups.count && meeting.client.received.count >= fromServer + downs.count
                }
                // Not one byte is changed, masks included.
                #expect(Array(meeting.server.received[fromClient...]) == ups)
                #expect(Array(meeting.client.received[fromServer...]) == downs)
                bytes = []
                meeting.server.readCount = meeting.server.received.count
                meeting.client.pieceBytes = .max
                try meeting.close(web)
                let messages: UInt64 = mode == .frame ? 1 : 0
                let plane = web.scene.plane
                try web.run("it is counted") { web.total(.tunnelsEnded) == 1 }
                #expect(plane.total(.messagesIn, server: 0) == messages && plane.total(.messagesOut, server: 0) == messages)
            }
        }

        @Test("over IPv6 and Unix sockets as well", arguments: Tier.engines, [Setup.Place.ipv6, .unix])
        func places(tier: Tier, place: Setup.Place) throws {
            try Web.run(tier, [.serving], listening: place, serving: place) { web in
                web.agreeToAll(then: Frame.text("hello").down)
                let meeting = try web.open(then: Frame.text("early").up)
                var (ups, downs): ([Frame], [Frame]) = ([], [])
                try web.run("both are there") {
                    ups += meeting.takeUp()
                    downs += meeting.takeDown()
                    return !ups.isEmpty && !downs.isEmpty
                }
                #expect(ups == [.text("early")] && downs == [.text("hello")])
                try meeting.close(web)
            }
        }
    }
}
