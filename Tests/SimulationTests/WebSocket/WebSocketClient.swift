// A simulated client that asks for a WebSocket, or to change to another protocol.

final class WebSocketClient: WebSocketPeer {
    let plan: WebSocketClientPlan
    private var askedCount = 0
    private var isAnswered = false
    /// Sends it again, so many nanoseconds from now.
    var comeAgain: ((UInt64) -> Void)?

    init(_ plan: WebSocketClientPlan, _ ledger: Ledger, _ link: Link) {
        self.plan = plan
        super.init(plan.habits, ledger, link)
    }

    override func begin() { ask() }

    private func ask() {
        askedCount += 1
        isAnswered = false
        let meeting = end.ledger.ask(end, plan.wish)
        meeting.expectedStatus = plan.flaw?.status
        var text = BodyText()
        func put(_ line: String) { text.put("\(line)\r\n") }
        let target = "\(plan.wish.path)\(meeting.id)?q=\(meeting.id)"
        put("\(plan.flaw == .post ? "POST" : "GET") \(target) HTTP/1.\(plan.wish.minorVersion)")
        put("Host: \(RequestText.host)")
        put("X-Id: \(meeting.id)")
        put("Connection: \(chance.one(of: ["Upgrade", "keep-alive, Upgrade", "upgrade"]))")
        put("Upgrade: \(chance.one(of: plan.wish.names))")
        if plan.wish == .webSocket { putHandshake(&text) }
        if plan.flaw == .body { put("Content-Length: 5") }
        if plan.flaw == .post { put("Content-Length: 0") }
        put("")
        if plan.flaw == .body { text.put("hello") }
        say(text.bytes)
        meeting.requestEnd = saidCount
        ledger.trace("\(end.name) asks for tunnel \(meeting.id), \(plan.wish)\(plan.flaw.map { ", \($0)" } ?? "")")
        if plan.leavesAtOnce { return gesture = .close }
        if let time = plan.givesUpAfter {
            later(within: time...time) { [unowned self] in if !isAnswered { gesture = .close } }
        }
        if plan.flaw == nil, plan.askedMax == 1, plan.wish.mayTunnel { speakAtOnce() }
    }

    private func putHandshake(_ text: inout BodyText) {
        func put(_ line: String) { text.put("\(line)\r\n") }
        if plan.flaw != .noKey { put("Sec-WebSocket-Key: \(plan.flaw == .shortKey ? "c2hvcnQ=" : TunnelLedger.key)") }
        if plan.flaw == .twoKeys { put("Sec-WebSocket-Key: \(TunnelLedger.key)") }
        if plan.flaw != .noVersion { put("Sec-WebSocket-Version: \(plan.flaw == .oldVersion ? "8" : "13")") }
        put("Sec-WebSocket-Protocol: chat")
    }

    override func headCame(_ head: ReadHead) {
        isAnswered = true
        if head.status == 101 { return beginToSpeak() }
        let mayAsk = askedCount < plan.askedMax && plan.wish != .tooOld
        if mayAsk, !head.connectionOptions.contains("close") { ask() } else { gesture = .close }
    }

    override func ownCloseCame() {
        guard end.ledger.rebalancing != nil, !end.ledger.isDraining else { return }
        if plan.returnsMax > 0 { comeAgain?(chance.within(plan.returnsAfter)) }
    }
}
