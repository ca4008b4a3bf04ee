// A simulated server that is asked for WebSockets and other tunnels, and grants them or not.

final class WebSocketServer: WebSocketPeer {
    let server: WebSocketServerHabits

    init(_ server: WebSocketServerHabits, _ ledger: Ledger, _ link: Link) {
        self.server = server
        super.init(server.habits, ledger, link)
    }

    override func headCame(_ head: ReadHead) {
        let answer = chance.one(of: server.answers)
        later(within: server.pause) { [unowned self] in self.give(answer) }
    }

    private func give(_ answer: WebSocketServerHabits.Answer) {
        guard gesture == nil, !isOver, let meeting = end.meeting, meeting.server === end else { return }
        var text = BodyText()
        func put(_ line: String) { text.put("\(line)\r\n") }
        func switches(accept: String?, upgrade: String?) {
            put("HTTP/1.1 101 Switching Protocols")
            put("Connection: \(upgrade == nil ? "keep-alive" : "Upgrade")")
            if let upgrade { put("Upgrade: \(upgrade)") }
            if let accept { put("Sec-WebSocket-Accept: \(accept)") }
            if meeting.wish == .webSocket { put("Sec-WebSocket-Protocol: chat") }
            put("")
        }
        func says(_ status: Int, _ body: String) {
            put("HTTP/1.1 \(status) Some reason")
            put("Content-Length: \(body.utf8.count)")
            put("")
            text.put(body)
        }
        // Where the balancer has not passed on the wish, only a server that does not listen grants it.
        let answer = answer == .switches && !meeting.wish.mayTunnel && chance.happens(500) ? .ordinary : answer
        end.isSwitching = answer == .switches && meeting.wish.mayTunnel
        meeting.expectedStatus = 502
        switch answer {
        case .switches:
            if end.isSwitching {
                meeting.expectedStatus = 101
                meeting.grantedAt = now
            }
            let accept = meeting.wish == .webSocket ? TunnelLedger.accept : nil
            switches(accept: accept, upgrade: chance.one(of: meeting.wish.names))
        case .wrongAccept: switches(accept: "S3pPLMBiTxaQ9kYGzzhZRbK+xOo=", upgrade: "websocket")
        case .noAccept: switches(accept: nil, upgrade: "websocket")
        case .otherProtocol: switches(accept: TunnelLedger.accept, upgrade: "chat")
        case .noUpgrade: switches(accept: TunnelLedger.accept, upgrade: nil)
        case .ordinary:
            meeting.expectedStatus = 200
            says(200, "nothing to switch")
        case .unauthorized:
            meeting.expectedStatus = 401
            says(401, "")
        case .closes:
            end.ledger.world?.troubles += 1
            gesture = .close
        }
        ledger.trace("\(end.name) answers tunnel \(meeting.id): \(answer)")
        say(text.bytes)
        end.answerEnd = saidCount
        guard end.isSwitching else { return }
        speakAtOnce()
        beginToSpeak()
    }

    override func ended() {
        // In the middle of nothing it is not needed any more.
        if end.isSwitching { super.ended() } else { gesture = .close }
    }
}
