// One end of a simulated WebSocket: speaks as its habits say, answers what it hears, and leaves. What it is told has
// been judged as it was written; here it only has to arrive.

class WebSocketPeer: Conversation {
    private enum Deed {
        case speak, pong
        case close(UInt16?)
        case sayRest
        case other(() -> Void)
    }

    let habits: WebSocketHabits
    let end: TunnelEnd
    private var deeds: [(at: UInt64, deed: Deed)] = []
    private var messagesLeft: Int
    private var fragmentsLeft = 0
    private var isInMessage = false
    private(set) var hasSaidClose = false
    private(set) var hasHeardClose = false
    private var isSilent = false
    private var isDone = false
    /// The other has ended, and this one goes on to say what it has to say.
    private var isAlone = false
    private var pings: [(payload: [UInt8], isOurs: Bool)] = []
    /// The rest of a script that was cut.
    private var rest: [UInt8] = []
    private var isSpeaking = false
    /// For named tests to look at.
    private(set) var ownPingsHeard = 0
    private(set) var ownCloseHeard: UInt16?
    private(set) var closeHeard: UInt16?

    private var isMasked: Bool { end.isClient }

    init(_ habits: WebSocketHabits, _ ledger: Ledger, _ link: Link) {
        self.habits = habits
        end = ledger.tunnels!.end(link)
        messagesLeft = habits.messages
        super.init(ledger)
    }

    // MARK: - Time

    private func later(_ deed: Deed, within range: ClosedRange<UInt64>) { later(deed, after: chance.within(range)) }

    private func later(_ deed: Deed, after delay: UInt64) {
        deeds.append((now + delay, deed))
        arm()
    }

    func later(within range: ClosedRange<UInt64>, _ body: @escaping () -> Void) { later(.other(body), within: range) }

    private func arm() { wakesAt = deeds.map(\.at).min() }

    override func woke() {
        while let index = deeds.indices.filter({ deeds[$0].at <= now }).min(by: { deeds[$0].at < deeds[$1].at }) {
            let deed = deeds.remove(at: index).deed
            // Half a frame is on its way: what is said now would stand within it.
            if !rest.isEmpty, case .pong = deed { later(.pong, after: 1_000_000) }
            else if !rest.isEmpty, case .close(let code) = deed { later(.close(code), after: 1_000_000) }
            else { perform(deed) }
        }
        arm()
    }

    private func perform(_ deed: Deed) {
        switch deed {
        case .speak: speak()
        case .pong: answerPing()
        case .close(let code): answerClose(code)
        case .sayRest:
            say(rest)
            rest = []
            scriptSaid()
        case .other(let body): body()
        }
    }

    // MARK: - Speaking

    /// The tunnel stands, or is about to.
    func beginToSpeak() {
        guard !isSpeaking else { return }
        isSpeaking = true
        guard habits.script.isEmpty else { return sayScript() }
        speakLater()
    }

    /// Some frames at once, behind a head.
    func speakAtOnce() {
        guard habits.script.isEmpty, chance.happens(habits.speaksAtOnce) else { return }
        for _ in 0..<chance.within(1...3) where messagesLeft > 0 { sayFragment() }
    }

    private func speakLater() { later(.speak, within: habits.pause) }

    private func sayFrame(_ frame: SaidFrame) {
        guard let meeting = end.meeting else { return }
        var frame = frame
        frame.start = saidCount
        meeting.passage(from: end).say(frame)
        say(frame.bytes)
        ledger.trace(
            "\(end.name) says \(frame.opcode)\(frame.isFinal ? "" : ", to go on"), \(frame.bytes.count) bytes"
                + "\(frame.flaw.map { ", \($0)" } ?? "")")
    }

    private func sayScript() {
        guard let meeting = end.meeting else { return }
        var place = saidCount
        var bytes: [UInt8] = []
        for var frame in habits.script {
            frame.start = place
            place = frame.end
            meeting.passage(from: end).say(frame)
            bytes += frame.bytes
        }
        guard habits.isCut, meeting.id < bytes.count else {
            say(bytes)
            return scriptSaid()
        }
        say(Array(bytes[..<meeting.id]))
        rest = Array(bytes[meeting.id...])
        later(.sayRest, after: habits.cutNanoseconds)
    }

    private func scriptSaid() {
        hasSaidClose = habits.script.contains { $0.opcode == SaidFrame.close }
        finish()
        if hasSaidClose, hasHeardClose { part() }
    }

    private func speak() {
        guard !isSilent, !isOver, gesture == nil, !isDone else { return }
        if hasSaidClose { return }
        if let flaw = habits.flaw, habits.messages - messagesLeft >= habits.flawAfter { return say(flaw) }
        guard messagesLeft > 0 else { return finish() }
        if chance.happens(habits.pings) { sayControl(SaidFrame.ping) }
        if chance.happens(habits.pongs) { sayControl(SaidFrame.pong) }
        sayFragment()
        speakLater()
    }

    private func sayControl(_ opcode: UInt8) {
        let count = chance.one(of: [0, 4, 8, 8, chance.below(126)])
        let payload = BodyText.bytes(end.ledger.nextStream(), offset: 0, count: count)
        sayFrame(.control(opcode, payload, isMasked: isMasked, &chance))
    }

    private func sayFragment() {
        if !isInMessage { fragmentsLeft = chance.within(1...max(1, habits.fragmentsMax)) }
        let opcode: UInt8 = isInMessage ? 0 : chance.happens(500) ? SaidFrame.text : SaidFrame.binary
        fragmentsLeft -= 1
        let bound = habits.messageBytesMax
        let count = chance.one(of: [
            0, 1, chance.below(1 + min(bound, 125)), min(bound, 126), chance.below(1 + bound), chance.below(1 + bound),
        ])
        sayFrame(
            .data(
                opcode, isFinal: fragmentsLeft == 0, reserved: chance.happens(habits.reserved) ? UInt8(chance.within(1...7)) : 0,
                stream: end.ledger.nextStream(), count: count, isMasked: isMasked, &chance))
        isInMessage = fragmentsLeft > 0
        if !isInMessage { messagesLeft -= 1 }
    }

    private func say(_ flaw: FrameFlaw) {
        isDone = true
        sayFrame(.flawed(flaw, isMasked: isMasked, frameBytesMax: end.ledger.settings.frameBytesMax, &chance))
    }

    /// All has been said.
    private func finish() {
        isDone = true
        if isAlone { return gesture = .close }
        switch habits.finale {
        case .closes: sayClose(chance.one(of: habits.closeCodes))
        case .waits: break
        case .ends: gesture = .end
        case .endsInFrame:
            let frame = SaidFrame.data(
                2, isFinal: true, reserved: 0, stream: end.ledger.nextStream(), count: 100, isMasked: isMasked, &chance)
            sayFrame(frame)
            takeBack(after: saidCount - chance.within(1...frame.bytes.count - 1))
            gesture = .end
        case .leaves: gesture = .close
        case .resets: gesture = .reset
        case .fallsSilent: isSilent = true
        case .speaksOn:
            sayClose(1_000)
            if end.meeting?.isOpaque ?? false { break }
            say(BodyText.bytes(2, offset: 0, count: chance.within(1...500)))
        }
    }

    private func sayClose(_ code: UInt16?) {
        guard !hasSaidClose else { return }
        hasSaidClose = true
        let reason = code == nil ? [] : BodyText.bytes(9, offset: 0, count: chance.below(1 + habits.reasonBytesMax))
        sayFrame(.close(code, reason: reason, isMasked: isMasked, &chance))
        if hasHeardClose { part() }
    }

    // MARK: - Hearing

    override func hear(_ bytes: UnsafeBufferPointer<UInt8>) {
        while let event = end.nextHeard(readCount: readCount) {
            switch event {
            case .head(let head): headCame(head)
            case .frame(let frame): frameCame(frame)
            case .ownPing(let payload):
                ownPingsHeard += 1
                pinged(payload, isOurs: true)
            case .ownClose(let code):
                ownCloseHeard = code
                ownCloseCame()
                closeCame(code)
            }
        }
    }

    func headCame(_ head: ReadHead) {}
    func ownCloseCame() {}

    private func frameCame(_ frame: SaidFrame) {
        guard frame.flaw == nil else { return }
        if frame.opcode == SaidFrame.ping { pinged(frame.payload, isOurs: false) }
        if frame.opcode == SaidFrame.close {
            closeHeard = frame.closeCode
            closeCame(frame.closeCode)
        }
    }

    private func pinged(_ payload: [UInt8], isOurs: Bool) {
        guard !isSilent, !habits.ignoresPings else { return }
        pings.append((payload, isOurs))
        later(.pong, within: habits.answerPause)
    }

    private func answerPing() {
        guard !pings.isEmpty, !hasSaidClose, !isSilent, gesture == nil, habits.flaw == nil || !isDone else { return }
        var answersUs = pings[0].isOurs
        var ping = pings.removeFirst()
        if habits.answersLastOnly, let last = pings.last {
            answersUs = answersUs || pings.contains { $0.isOurs }
            ping = last
            pings = []
        }
        var frame = SaidFrame.control(SaidFrame.pong, ping.payload, isMasked: isMasked, &chance)
        frame.way = ping.isOurs ? .swallowed : .passes
        frame.answersUs = answersUs
        sayFrame(frame)
        guard ping.isOurs, chance.happens(habits.answersTwice) else { return }
        var again = SaidFrame.control(SaidFrame.pong, ping.payload, isMasked: isMasked, &chance)
        again.way = .eitherWay
        sayFrame(again)
    }

    private func closeCame(_ code: UInt16) {
        hasHeardClose = true
        guard !isSilent, !habits.ignoresCloses else { return }
        if hasSaidClose { part() } else { later(.close(code), within: habits.answerPause) }
    }

    private func answerClose(_ code: UInt16?) {
        guard !isSilent, gesture == nil, !isOver else { return }
        // After what is no frame nothing of it would be looked at.
        if habits.flaw != nil, isDone { return part() }
        sayClose(code == 1_005 ? nil : code)
    }

    /// Both have said their close: the server ends the connection first (RFC 6455 section 7.1.1).
    private func part() {
        isDone = true
        if gesture == nil, !end.isClient || chance.happens(500) { gesture = .close }
    }

    override func ended() {
        guard !isSilent else { return }
        if habits.outlivesEnd, end.meeting?.isOpaque ?? false, isSpeaking, !isDone, !hasSaidClose { return isAlone = true }
        gesture = .close
    }
}
