// A simulated client that asks for a WebSocket.

final class WebSocketClient: WebSocketPeer {
    let plan: WebSocketClientPlan
    private var askedCount = 0

    init(_ plan: WebSocketClientPlan, _ ledger: Ledger, _ link: Link) {
        self.plan = plan
        super.init(plan.habits, ledger, link)
    }

    override func begin() { ask() }

    private func ask() {
        askedCount += 1
        let meeting = end.ledger.ask(end)
        meeting.expectedStatus = plan.flaw?.status
        var text = BodyText()
        func put(_ line: String) { text.put("\(line)\r\n") }
        put("\(plan.flaw == .post ? "POST" : "GET") /\(meeting.id)?q=\(meeting.id) HTTP/1.1")
        put("Host: \(RequestText.host)")
        put("X-Id: \(meeting.id)")
        put("Connection: \(chance.one(of: ["Upgrade", "keep-alive, Upgrade", "upgrade"]))")
        put("Upgrade: \(chance.one(of: ["websocket", "WebSocket"]))")
        if plan.flaw != .noKey { put("Sec-WebSocket-Key: \(plan.flaw == .shortKey ? "c2hvcnQ=" : TunnelLedger.key)") }
        if plan.flaw == .twoKeys { put("Sec-WebSocket-Key: \(TunnelLedger.key)") }
        if plan.flaw != .noVersion { put("Sec-WebSocket-Version: \(plan.flaw == .oldVersion ? "8" : "13")") }
        put("Sec-WebSocket-Protocol: chat")
        if plan.flaw == .body { put("Content-Length: 5") }
        if plan.flaw == .post { put("Content-Length: 0") }
        put("")
        if plan.flaw == .body { text.put("hello") }
        say(text.bytes)
        ledger.trace("\(end.name) asks for tunnel \(meeting.id)\(plan.flaw.map { ", \($0)" } ?? "")")
        if plan.leavesAtOnce { return gesture = .close }
        if plan.flaw == nil, plan.askedMax == 1 { speakAtOnce() }
    }

    override func headCame(_ head: ReadHead) {
        if head.status == 101 { return beginToSpeak() }
        if askedCount < plan.askedMax, !head.connectionOptions.contains("close") { ask() } else { gesture = .close }
    }
}
