// WebSockets over real sockets: how new ones are paced, and how some are moved to where there is room.

import CLinux
import Config
import Testing

@testable import Engine

extension KernelTests {
    @Suite("WebSocket: pace and balance")
    struct TunnelPaceTests {
        @Test("new WebSockets go on at their pace, and requests do not wait with them", arguments: Tier.engines)
        func pace(tier: Tier) throws {
            try Attempt.untilInTime { attempt in
                let interval = attempt.time(50)
                let rate = Rate(count: 1, periodMilliseconds: interval)
                try Web.run(tier, [.serving], { $0.backends[0].websocket.connectRate = rate }) { web in
                    web.agreeToAll()
                    let begin = swivel_monotonic_ns()
                    let clients = try attempt.within(interval, since: begin) {
                        let clients = (0..<5).map { _ in web.client(Meeting.handshake()) }
                        try web.run("all but one wait") {
                            web.total(.tunnelsPaced) == 4 || swivel_monotonic_ns() - begin > interval * 1_000_000
                        }
                        return clients
                    }
                    try #expect(web.ask(request("GET /")).text == "s0 /")
                    for client in clients { try #expect(web.answer(to: client).status == 101) }
                    // The fifth goes four times as long after the first, however slow the rest is; timers count in ticks of 8.4 ms.
                    #expect(swivel_monotonic_ns() - begin >= (4 * interval - 9) * 1_000_000)
                    #expect(web.total(.tunnelsPaced) == 4 && web.total(.tunnelsRefused) == 0 && web.total(.tunnelsOpened) == 5)
                }
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
            try Attempt.untilInTime { attempt in
                let period = attempt.time(400)
                let configure = { (configuration: inout Configuration) in
                    configuration.backends[0].balance = .roundRobin
                    configuration.backends[0].servers[1].connectionsMax = 1
                    configuration.backends[0].websocket.rebalance = WebSocketOptions.Rebalance(percent: 50, periodMilliseconds: period)
                }
                try Web.run(tier, [.serving, .serving], configure) { web in try rebalance(web, period, attempt) }
            }
        }

        private func rebalance(_ web: Web, _ period: UInt64, _ attempt: Attempt) throws {
            web.agreeToAll()
            // Shards look at whole periods of the clock: all of them are to be open before the next one.
            let nanoseconds = period * 1_000_000
            var begin: UInt64 = 0
            try web.run("a period begins") {
                begin = swivel_monotonic_ns()
                return begin % nanoseconds < nanoseconds / 10
            }
            let (other, meetings) = try attempt.within(period * 8 / 10, since: begin) { try openTooMany(web) }
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
            // Who has not answered by the period after that is still counted, and others would be chosen.
            try attempt.within(period * 18 / 10, since: begin) {
                try web.run("two are closed") {
                    answerCloses()
                    return web.scene.plane.currentConnections(server: 0) <= 4
                }
            }
            let end = (swivel_monotonic_ns() / nanoseconds + 1) * nanoseconds + nanoseconds / 5
            try web.run("the next period begins, and none is chosen") {
                answerCloses()
                return swivel_monotonic_ns() > end
            }
            #expect(told.sorted() == [0, 1] && web.total(.tunnelsRebalanced) == 2 && web.total(.tunnelsDrained) == 0, "\(told)")
            #expect(other.takeDown().isEmpty && other.client.isOpen && !other.client.isOver)
            #expect(web.scene.plane.currentConnections(server: 0) == 4 && web.scene.plane.currentConnections(server: 1) == 1)
        }

        /// One WebSocket to the server that takes no more, and six to the other one.
        private func openTooMany(_ web: Web) throws -> (other: Meeting, meetings: [Meeting]) {
            var meetings = try (0..<7).map { _ in try web.open() }
            guard let index = meetings.firstIndex(where: { $0.site == 1 }) else { throw Stuck(description: "all are at one server") }
            let other = meetings.remove(at: index)
            // The youngest has, as it may be, the slot of the oldest. Ages are told apart by 256 steps of the time
            // since the first.
            try meetings.removeFirst().close(web)
            try web.run("its place is free") { web.scene.plane.currentConnections(server: 0) == 5 }
            web.scene.run(milliseconds: 10)
            meetings.append(try web.open())
            guard meetings.allSatisfy({ $0.site == 0 }), web.scene.plane.currentConnections(server: 0) == 6 else {
                throw Stuck(description: "they are not where they were to be")
            }
            return (other, meetings)
        }
    }
}
