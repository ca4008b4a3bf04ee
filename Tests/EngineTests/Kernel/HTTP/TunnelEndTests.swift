// WebSockets over real sockets: what is counted of them and kept for them, and how they end.

import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("WebSocket: figures and ends")
    struct TunnelEndTests {
        typealias Mode = WebSocketOptions.Mode

        @Test("a WebSocket keeps its place on the server until it ends", arguments: Tier.available, Mode.allCases)
        func place(tier: Tier, mode: Mode) throws {
            let configure = { (configuration: inout Configuration) in
                configuration.backends[0].websocket.mode = mode
                configuration.backends[0].servers[0].connectionsMax = 1
            }
            try Web.run(tier, [.serving], configure) { web in
                web.agreeToAll()
                for _ in 0..<2 {
                    let meeting = try web.open()
                    #expect(web.scene.plane.currentConnections(server: 0) == 1)
                    let waiting = web.client(request("GET /next"))
                    try web.run("it waits") { web.total(.waiting) == 1 }
                    #expect(waiting.received.isEmpty)
                    try meeting.close(web)
                    try #expect(web.answer(to: waiting).text == "s0 /next")
                    waiting.close()
                    try web.run("the place is free") { web.scene.plane.currentConnections(server: 0) == 0 }
                }
            }
        }

        @Test("ends are counted by code and by who spoke first, messages by direction", arguments: Tier.engines)
        func figures(tier: Tier) throws {
            try Web.run(tier, [.serving, .serving], { $0.backends[0].balance = .roundRobin }) { web in
                web.agreeToAll()
                let first = try web.open()
                let second = try web.open()
                let (one, other) = first.site == 0 ? (first, second) : (second, first)
                let held = ContinuousClock.now + .milliseconds(30)
                try web.run("both stand for a while") { ContinuousClock.now >= held }
                one.client.send([Frame.text("1"), Frame(.text, [50], isFinal: false), Frame(.ping, []), Frame(.continuation, [51])].flatMap(\.up))
                one.server.send([Frame.text("1"), .text("2"), .text("3")].flatMap(\.down))
                try one.close(web)
                // The server speaks first, and the client has its own opinion.
                other.server.send(Frame.close(4_001).down)
                try web.run("the client is told") { other.takeDown() == [.close(4_001)] }
                other.client.send(Frame.close(1_001).up)
                try web.run("the server has its answer") { other.takeUp() == [.close(1_001)] }
                other.server.finish()
                try web.run("the client has the end") { other.client.hasEnded }
                other.client.close()
                // And one without a close.
                let third = try web.open()
                third.client.send(Frame.text("last").up)
                try web.run("the server has it") { third.takeUp() == [.text("last")] }
                third.client.reset()
                let plane = web.scene.plane
                func ended(_ server: Int) -> UInt64 { plane.total(.tunnelsEnded, server: server) }
                try web.run("all have ended") { ended(0) + ended(1) == 3 }
                func closes() -> UInt64 {
                    var sum: UInt64 = 0
                    for server in 0..<2 {
                        for group in CloseGroup.all { for who in CloseInitiator.allCases { sum += plane.closes(group, by: who, server: server) } }
                    }
                    return sum
                }
                #expect(closes() == 3, "each end is counted once")
                let messages = [UInt64(2 + (third.site == 0 ? 1 : 0)), third.site == 1 ? 1 : 0]
                #expect([plane.total(.messagesIn, server: 0), plane.total(.messagesIn, server: 1)] == messages)
                #expect(plane.total(.messagesOut, server: 0) == 3 && plane.total(.messagesOut, server: 1) == 0)
                #expect(plane.closes(CloseGroup(1_000), by: .client, server: 0) == 1)
                #expect(plane.closes(CloseGroup(4_001), by: .server, server: 1) == 1)
                #expect(plane.closes(CloseGroup(1_006), by: .client, server: third.site) == 1)
                let stood = (0..<2).map { plane.total(.tunnelMilliseconds, server: $0) }
                #expect(stood.allSatisfy { $0 >= 30 }, "as long as they stood, at least")
            }
        }

        @Test("an end without a close is put down to who left first, and the log says so", arguments: Tier.engines, [true, false])
        func left(tier: Tier, isClient: Bool) throws {
            let configure = { (configuration: inout Configuration) in
                (configuration.log.accessTarget, configuration.log.accessFormat) = (.standard, .haproxy)
            }
            try Web.run(tier, [.serving], configure) { web in
                web.agreeToAll()
                var logged: [String] = []
                func ends(_ letters: String, _ reason: String, after count: Int) throws {
                    try web.run("it is logged") {
                        logged += web.scene.logLines()
                        return logged.count > count
                    }
                    #expect(logged.count == count + 1)
                    #expect(logged.last?.contains(" \(letters)-- ") == true, "\(logged)")
                    #expect(logged.last?.hasSuffix(reason) == true, "\(logged)")
                }
                let (letters, reason) = isClient ? ("CD", "\"client-left\"") : ("SD", "\"server-left\"")
                func meet() throws -> (leaving: Wire, staying: Wire) {
                    let meeting = try web.open()
                    return isClient ? (meeting.client, meeting.server) : (meeting.server, meeting.client)
                }
                // Who stays just ends as well, or has words left that nobody hears.
                for isCloseSaid in [false, true] {
                    let (leaving, staying) = try meet()
                    leaving.finish()
                    try web.run("the other is told") { staying.hasEnded }
                    if isCloseSaid { staying.send(isClient ? Frame.close(1_001).down : Frame.close(1_001).up) }
                    staying.finish()
                    try ends(letters, reason, after: isCloseSaid ? 1 : 0)
                }
                try meet().leaving.reset()
                try ends(letters, reason, after: 2)
                let plane = web.scene.plane
                #expect(plane.closes(CloseGroup(1_006), by: isClient ? .client : .server, server: 0) == 3)
                #expect(plane.closes(CloseGroup(1_001), by: isClient ? .server : .client, server: 0) == 0)
                // With a close it is nobody's fault, whoever ends the connection, even where the close has no answer.
                let meeting = try web.open()
                let (closing, ending) = isClient ? (meeting.server, meeting.client) : (meeting.client, meeting.server)
                closing.send(isClient ? Frame.close(1_000).down : Frame.close(1_000).up)
                try web.run("the other is told") { isClient ? meeting.takeDown() == [.close(1_000)] : meeting.takeUp() == [.close(1_000)] }
                ending.finish()
                closing.finish()
                try ends("--", "HTTP/1.1\"", after: 3)
                #expect(plane.closes(CloseGroup(1_000), by: isClient ? .server : .client, server: 0) == 1)
            }
        }

        @Test("bytes are counted while the WebSocket is open", arguments: Tier.engines, Mode.allCases)
        func liveBytes(tier: Tier, mode: Mode) throws {
            let configure = { (configuration: inout Configuration) in
                configuration.backends[0].websocket.mode = mode
                configuration.frontends[0].routes = [.when(.deny) { $0.paths = [.exact("/turn")] }]
            }
            try Web.run(tier, [.serving], configure) { web in
                web.agreeToAll()
                let meeting = try web.open()
                let plane = web.scene.plane
                let (up, down) = (Frame(.binary, patterned(10_000)).up, Frame(.binary, patterned(20_000)).down)
                let other = web.client()
                for _ in 0..<3 {
                    let (upBefore, downBefore) = (plane.total(.bytesIn, server: 0), plane.total(.bytesOut, server: 0))
                    meeting.client.send(up)
                    meeting.server.send(down)
                    // What sends without a report have done is counted in the shard's next turn, after a second at the latest:
                    // a request makes it turn, one that comes to no server.
                    try web.run("they are counted") {
                        _ = try? web.ask(other, request("GET /turn"))
                        return plane.total(.bytesIn, server: 0) >= upBefore + UInt64(up.count)
                            && plane.total(.bytesOut, server: 0) >= downBefore + UInt64(down.count)
                    }
                    #expect(plane.total(.bytesIn, server: 0) < upBefore + UInt64(2 * up.count), "and nothing else is")
                }
                #expect(plane.total(.tunnelsOpened) == 1 && plane.total(.tunnelsEnded) == 0)
                var count = 0
                try web.run("all of it is there") {
                    count += meeting.takeUp().count + meeting.takeDown().count
                    return count == 6
                }
                try meeting.close(web)
            }
        }

        @Test("a drain closes between two frames with its code, and hears the client out", arguments: Tier.engines, [UInt16(1_012), 1_001])
        func drain(tier: Tier, code: UInt16) throws {
            let configure = { (configuration: inout Configuration) in
                configuration.process.drainSpreadMilliseconds = 60
                configuration.backends[0].websocket.drainCode = code
            }
            try Web.run(tier, [.serving], configure) { web in
                web.agreeToAll()
                let (busy, idle) = (try web.open(), try web.open())
                let long = Frame(.text, patterned(1_000))
                busy.server.send(Array(long.down[..<500]))
                try web.run("half a frame is there") { busy.client.received.count >= busy.client.readCount + 500 }
                web.scene.plane.drain()
                try web.run("the idle one is told") { idle.takeDown() == [.close(code)] }
                // At once: neither is waited for longer than five seconds.
                try idle.close(web, code: code)
                // Behind the middle of its part of the time: only to see that nothing comes inside the frame.
                web.scene.run(milliseconds: 50)
                #expect(busy.client.received.count == busy.client.readCount + 500)
                // What the client says meanwhile passes, and what the server says behind the close does not.
                busy.client.send(Frame.text("still").up)
                busy.server.send(Array(long.down[500...]))
                var downs: [Frame] = []
                try web.run("the close follows the frame") {
                    downs += busy.takeDown()
                    return downs.count >= 2
                }
                busy.server.send(Frame.text("too late").down)
                busy.client.send(Frame.text("and then").up + Frame.close(code).up)
                var ups: [Frame] = []
                try web.run("the server has it all") {
                    ups += busy.takeUp()
                    return ups.contains(.close(code))
                }
                busy.server.send(Frame.close(code).down)
                busy.server.finish()
                #expect(ups == [.text("still"), .text("and then"), .close(code)])
                #expect(downs + busy.takeDown() == [long, .close(code)])
                try web.expectEnd(of: busy.client)
                try web.run("all has ended") { web.scene.plane.isFinished }
                #expect(web.total(.tunnelsDrained) == 2 && web.total(.tunnelsCut) == 0)
                #expect(web.scene.plane.closes(CloseGroup(code), by: .balancer, server: 0) == 2)
            }
        }

        @Test("bytes that are passed unread go on through a drain, and end with the deadline's stop", arguments: Tier.engines)
        func opaqueDrain(tier: Tier) throws {
            let configure = { (configuration: inout Configuration) in
                configuration.process.drainSpreadMilliseconds = 20
                configuration.backends[0].websocket.mode = .opaque
            }
            try Web.run(tier, [.serving], configure) { web in
                web.agreeToAll()
                let meeting = try web.open()
                web.scene.plane.drain()
                // Longer than the drain is spread.
                web.scene.run(milliseconds: 60)
                meeting.client.send(Frame.text("a").up)
                meeting.server.send(Frame.text("b").down)
                var seen: [Frame] = []
                try web.run("it passes") {
                    seen += meeting.takeUp() + meeting.takeDown()
                    return seen.count >= 2
                }
                #expect(seen.contains(.text("a")) && seen.contains(.text("b")) && !web.scene.plane.isFinished)
                web.scene.plane.stop()
                try web.run("it has ended") { web.scene.plane.isFinished && meeting.client.isOver && meeting.server.isOver }
                #expect(meeting.takeDown().isEmpty && meeting.client.readCount == meeting.client.received.count)
            }
        }

        @Test("a stop in the middle of a frame cuts it, and that is counted", arguments: Tier.engines)
        func cut(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.process.drainSpreadMilliseconds = 20 }) { web in
                web.agreeToAll()
                let meeting = try web.open()
                meeting.server.send(Array(Frame(.text, patterned(1_000)).down[..<500]))
                try web.run("half a frame is there") { meeting.client.received.count >= meeting.client.readCount + 500 }
                web.scene.plane.drain()
                web.scene.run(milliseconds: 40)
                web.scene.plane.stop()
                try web.run("it has ended") { web.scene.plane.isFinished && meeting.client.isOver }
                #expect(meeting.client.received.count == meeting.client.readCount + 500, "no close in the middle of a frame")
                #expect(web.total(.tunnelsCut) == 1)
            }
        }
    }
}
