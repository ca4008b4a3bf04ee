// The judges of a world with tunnels: who asked for a tunnel, who granted it, and what became of it.

@testable import Engine

final class TunnelLedger {
    /// The example of RFC 6455 section 1.3.
    static let key = "dGhlIHNhbXBsZSBub25jZQ=="
    static let accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="

    unowned(unsafe) let ledger: Ledger
    let settings: WebSocketSettings
    private(set) var meetings: [Meeting] = []
    private var ends: [TunnelEnd] = []
    private var place = 0
    private(set) var drainingSince: UInt64?
    let isFair: Bool
    private var streamCount = 0
    private(set) var rebalancing: RebalanceJudge?

    init(_ scenario: Scenario, _ ledger: Ledger) {
        self.ledger = ledger
        settings = scenario.webSocket
        isFair = scenario.isFair
        rebalancing = settings.rebalance.map { RebalanceJudge($0, self, scenario) }
    }

    /// Nothing keeps anything else alive.
    func tearDown() {
        for end in ends { end.meeting = nil }
        for meeting in meetings { meeting.tearDown() }
        rebalancing?.tearDown()
        (meetings, ends) = ([], [])
    }

    var world: World? { ledger.world }
    var now: UInt64 { world?.now ?? 0 }
    var isBroken: Bool { ledger.violation != nil }
    var isDraining: Bool { world?.isDraining ?? false }

    func fail(_ rule: String) { ledger.fail(rule) }
    func trace(_ text: @autoclosure () -> String) { ledger.trace(text()) }

    /// Moments in their order.
    func nextPlace() -> Int {
        place += 1
        return place
    }

    /// The stream of a frame's payload: no two are alike.
    func nextStream() -> Int {
        streamCount += 1
        return 3_000_000 + streamCount
    }

    func end(_ link: Link) -> TunnelEnd {
        let end = TunnelEnd(link, self)
        link.tunnelEnd = end
        ends.append(end)
        return end
    }

    // MARK: - The handshake

    /// A client asks for a tunnel.
    func ask(_ client: TunnelEnd, _ wish: TunnelWish) -> Meeting {
        let meeting = Meeting(id: meetings.count + 1, client, wish)
        meetings.append(meeting)
        client.meeting = meeting
        return meeting
    }

    /// A server has been told a request.
    func asked(_ head: ReadHead, _ server: TunnelEnd) {
        guard let id = head.value("x-id").flatMap({ Int($0) }), (1...meetings.count).contains(id) else {
            return fail("\(server.name) is told a request that nobody has sent")
        }
        let meeting = meetings[id - 1]
        func expect(_ isTrue: Bool, _ what: String) {
            if !isTrue { fail("the request for tunnel \(id) reaches a server with \(what)") }
        }
        if meeting.expectedStatus != nil, meeting.server == nil { fail("the request for tunnel \(id) must be refused") }
        if meeting.isOpen { fail("the request for tunnel \(id) is sent again, though the tunnel stands") }
        expect(head.method == "GET" && head.minorVersion == 1, "\(head.method) in HTTP/1.\(head.minorVersion)")
        expect(head.target == "\(meeting.wish.path)\(id)?q=\(id)", "target \(head.target)")
        if meeting.wish.mayTunnel {
            let name = head.value("upgrade")?.lowercased()
            expect(name == meeting.wish.names[0], "upgrade \(head.values("upgrade"))")
            expect(head.connectionOptions == ["upgrade"], "connection options \(head.connectionOptions)")
        } else {
            ledger.judgeHopFields(head, expect)
        }
        if meeting.wish == .webSocket {
            expect(head.value("sec-websocket-key") == Self.key, "keys \(head.values("sec-websocket-key"))")
            expect(head.value("sec-websocket-version") == "13", "versions \(head.values("sec-websocket-version"))")
            expect(head.value("sec-websocket-protocol") == "chat", "protocols \(head.values("sec-websocket-protocol"))")
        }
        meeting.ask(server)
    }

    /// A client is told an answer.
    func answered(_ head: ReadHead, _ client: TunnelEnd) {
        guard let meeting = client.meeting else { return fail("\(client.name) is answered, and has asked nothing") }
        trace("tunnel \(meeting.id) is answered \(head.status)")
        let what = "the request for tunnel \(meeting.id) is answered \(head.status)"
        if head.status == 101 {
            guard meeting.expectedStatus == 101, meeting.server?.isSwitching == true else {
                return fail("\(what), for \(meeting.expectedStatus.map { "\($0)" } ?? "nothing")")
            }
            let options = head.connectionOptions
            let isWebSocket = meeting.wish == .webSocket
            guard head.value("upgrade")?.lowercased() == meeting.wish.names[0], options == ["upgrade"],
                head.value("sec-websocket-accept") == (isWebSocket ? Self.accept : nil),
                head.value("sec-websocket-protocol") == (isWebSocket ? "chat" : nil)
            else { return fail("\(what), with fields that are not those of its server") }
            return meeting.open()
        }
        // Behind an answer that was none of a switch, early frames are no request.
        if head.status == 400, meeting.isRefused { return }
        meeting.isRefused = true
        if head.status == meeting.expectedStatus { return }
        if isFair || ![408, 502, 503, 504].contains(head.status) {
            fail("\(what), for \(meeting.expectedStatus.map { "\($0)" } ?? "nothing")")
        }
    }

    // MARK: - Hooks of the world

    /// The shards have been told to drain.
    func drains() {
        if drainingSince == nil { drainingSince = now }
    }

    func shut(_ link: Link) {
        if let end = link.tunnelEnd { end.meeting?.shut(end) }
    }

    func closed(_ link: Link, abruptly: Bool) {
        if let end = link.tunnelEnd { end.meeting?.closed(end, abruptly: abruptly) }
    }

    func look() {
        for meeting in meetings { meeting.look() }
    }

    /// In fair weather everybody has met, and parted with a close on both sides.
    func checkEnd() {
        for meeting in meetings where meeting.isOpen && !meeting.isOver { fail("tunnel \(meeting.id) is open at the end") }
        PaceJudge(self)?.judge()
        guard isFair else { return }
        for meeting in meetings where meeting.expectedStatus ?? 101 == 101 {
            guard meeting.isOpen else { fail("tunnel \(meeting.id) never stood, in fair weather"); continue }
            // The last client had left, with all it had to say on its way to a slow server, as the drain began.
            if let since = drainingSince, meeting.endedAt >= since + Tunnel.closePatienceMilliseconds * 1_000_000 { continue }
            if meeting.wasAbrupt { fail("tunnel \(meeting.id) was cut, in fair weather") }
            for passage in [meeting.up, meeting.down] {
                if passage.closeTold == nil { fail("tunnel \(meeting.id) ended without a close, in fair weather") }
                if passage.isCloseOurs { fail("tunnel \(meeting.id) was closed by the balancer, in fair weather") }
            }
        }
    }
}
