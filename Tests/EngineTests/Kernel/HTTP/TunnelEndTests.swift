// WebSockets over real sockets: what is counted of them and kept for them, how new ones are paced, and how they end.

import CLinux
import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("WebSocket: figures, limits and ends")
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
                let messages = [UInt64(2 + (third.site == 0 ? 1 : 0)), third.site == 1 ? 1 : 0]
                #expect([plane.total(.messagesIn, server: 0), plane.total(.messagesIn, server: 1)] == messages)
                #expect(plane.total(.messagesOut, server: 0) == 3 && plane.total(.messagesOut, server: 1) == 0)
                #expect(plane.closes(CloseGroup(1_000), by: .client, server: 0) == 1)
                #expect(plane.closes(CloseGroup(4_001), by: .server, server: 1) == 1)
                #expect(plane.closes(CloseGroup(1_006), by: .nobody, server: third.site) == 1)
                var sum: UInt64 = 0
                for server in 0..<2 {
                    for group in CloseGroup.all { for who in CloseInitiator.allCases { sum += plane.closes(group, by: who, server: server) } }
                }
                #expect(sum == 3, "each end is counted once")
                let stood = (0..<2).map { plane.total(.tunnelMilliseconds, server: $0) }
                #expect(stood.allSatisfy { $0 >= 30 }, "as long as they stood, at least")
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
                try idle.close(web, code: code)
                try web.expectEnd(of: busy.client)
                try web.run("all has ended", within: 3) { web.scene.plane.isFinished }
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
                try web.run("it has ended", within: 3) { web.scene.plane.isFinished && meeting.client.isOver && meeting.server.isOver }
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
                try web.run("it has ended", within: 3) { web.scene.plane.isFinished && meeting.client.isOver }
                #expect(meeting.client.received.count == meeting.client.readCount + 500, "no close in the middle of a frame")
                #expect(web.total(.tunnelsCut) == 1)
            }
        }

        @Test("new WebSockets go on at their pace, and requests do not wait with them", arguments: Tier.engines)
        func pace(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.backends[0].websocket.connectRate = Rate(count: 20, periodMilliseconds: 1_000) }) { web in
                web.agreeToAll()
                let begin = swivel_monotonic_ns()
                let clients = (0..<5).map { _ in web.client(Meeting.handshake()) }
                try web.run("all but one wait") { web.total(.tunnelsPaced) == 4 }
                try #expect(web.ask(request("GET /")).text == "s0 /")
                for client in clients { try #expect(web.answer(to: client).status == 101) }
                // The fifth goes four times 50 ms after the first, however slow the rest is; timers count in ticks of 8.4 ms.
                #expect(swivel_monotonic_ns() - begin >= 191_000_000)
                #expect(web.total(.tunnelsPaced) == 4 && web.total(.tunnelsRefused) == 0 && web.total(.tunnelsOpened) == 5)
            }
        }

        @Test("a WebSocket whose turn is too far away is refused, and comes to no server", arguments: Tier.engines)
        func paceBeyondPatience(tier: Tier) throws {
            try Web.run(tier, [.serving], { $0.backends[0].websocket.connectRate = Rate(count: 1, periodMilliseconds: 3_600_000) }) { web in
                web.agreeToAll()
                let meeting = try web.open()
                let said = try web.ask(Meeting.handshake())
                #expect(said.status == 503 && said["Retry-After"] != nil && web.total(.tunnelsRefused) == 1)
                try #expect(web.ask(request("GET /")).status == 200)
                #expect(web.served.count == 2)
                try meeting.close(web)
            }
        }

        @Test("rebalancing closes the oldest of the server that has too many, until it has its share", arguments: Tier.engines)
        func rebalance(tier: Tier) throws {
            let periodMilliseconds: UInt64 = 400
            let configure = { (configuration: inout Configuration) in
                configuration.backends[0].balance = .roundRobin
                configuration.backends[0].servers[1].connectionsMax = 1
                configuration.backends[0].websocket.rebalance = WebSocketOptions.Rebalance(percent: 50, periodMilliseconds: periodMilliseconds)
            }
            try Web.run(tier, [.serving, .serving], configure) { web in
                web.agreeToAll()
                // Shards look at whole periods of the clock: all of them are to be open before the next one.
                let period = periodMilliseconds * 1_000_000
                try web.run("a period begins") { swivel_monotonic_ns() % period < period / 10 }
                var meetings = try (0..<7).map { _ in try web.open() }
                let other = meetings.remove(at: meetings.firstIndex { $0.site == 1 }!)
                #expect(meetings.allSatisfy { $0.site == 0 })
                // The youngest has, as it may be, the slot of the oldest. Ages are told apart by 256 steps of the time
                // since the first.
                try meetings.removeFirst().close(web)
                try web.run("its place is free") { web.scene.plane.currentConnections(server: 0) == 5 }
                web.scene.run(milliseconds: 10)
                meetings.append(try web.open())
                #expect(web.scene.plane.currentConnections(server: 0) == 6 && web.scene.plane.currentConnections(server: 1) == 1)
                // Of 7 the share of each is 4: of the server with 6 two have to go, and no more.
                var told: [Int] = []
                func answerCloses() {
                    for (number, meeting) in meetings.enumerated() {
                        if meeting.client.hasEnded { meeting.client.close() }
                        guard meeting.takeDown() == [.close(1_012)] else { continue }
                        told.append(number)
                        meeting.client.send(Frame.close(1_012).up)
                        meeting.server.send(Frame.close(1_012).down)
                        meeting.server.finish()
                    }
                }
                try web.run("two are closed") {
                    answerCloses()
                    return web.scene.plane.currentConnections(server: 0) == 4
                }
                let end = (swivel_monotonic_ns() / period + 1) * period + period / 5
                try web.run("the next period begins, and none is chosen") {
                    answerCloses()
                    return swivel_monotonic_ns() > end
                }
                #expect(told == [0, 1] && web.total(.tunnelsRebalanced) == 2 && web.total(.tunnelsDrained) == 0, "\(told)")
                #expect(other.takeDown().isEmpty && other.client.isOpen && !other.client.isOver)
                #expect(web.scene.plane.currentConnections(server: 1) == 1)
            }
        }
    }
}
