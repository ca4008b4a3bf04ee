// One socket of the shard that a simulated WebSocket passes through, as the judges see it: heads first, then frames.
// Bytes are judged as the shard's kernel takes them; what the peer acts on waits until it has read as far.

final class TunnelEnd {
    enum Heard {
        /// A whole request, or an answer with its body.
        case head(ReadHead)
        case frame(SaidFrame)
        case ownPing([UInt8])
        case ownClose(UInt16)
    }

    private enum State: Equatable {
        case head
        case body(Int)
        /// A server has been asked, and its answer is not with the shard.
        case asked
        case frames
    }

    let link: Link
    unowned(unsafe) let ledger: TunnelLedger
    var isClient: Bool { link.role == .client }
    var name: String { "\(link.role) \(link.number)" }
    /// The tunnel that it belongs to, or will.
    var meeting: Meeting?
    private var state = State.head
    private var gathered: [UInt8] = []
    private var awaitedHead: ReadHead?
    private var toldCount = 0
    private var heard: [(end: Int, event: Heard)] = []
    private var heardIndex = 0
    /// Where a server's answer ends in what it says, and whether it was that of a switch.
    var answerEnd: Int?
    var isSwitching = false
    /// The last ping of the balancer that it was told, when, and whether a pong showed that it came.
    var ownPing: [UInt8]?
    var ownPingAt: UInt64 = 0
    var isOwnPingAnswered = true
    var ownPingCount = 0
    /// Where it ends in what it is told.
    private(set) var ownPingEnd = 0
    var ownCloseAt: UInt64?
    /// When the shard last read something of it; and before that, as what was read just now may not have been looked at.
    var lastReadAt: UInt64 { didSet { if lastReadAt > oldValue + Self.unseenNanoseconds { readBefore = oldValue } } }
    private var readBefore: UInt64 = 0
    private static let unseenNanoseconds: UInt64 = 10_000_000
    /// When the shard last knew that it lives.
    var heardAt: UInt64 { ledger.now < lastReadAt + Self.unseenNanoseconds ? min(readBefore, lastReadAt) : lastReadAt }
    /// When something last reached it.
    var lastTakenAt: UInt64 = 0
    /// When, and in the order of such moments, the shard has read that its frames are none.
    var flawReadAt: UInt64?
    var flaw: FrameFlaw?
    /// What it last said, in that order, that was a pong for the other end.
    var lastPongPlace = 0
    /// When the shard read that it says no more, in that order, and whether a close had gone either way by then.
    private(set) var endPlace: Int?
    private(set) var hadCloseAtEnd = false
    /// Its reset has come before the shard was done with it.
    private(set) var wasReset = false
    var hasLeft: Bool { link.isBroken || link.isClosing || (link.peer?.isGone ?? true) }
    var isShut: Bool { link.isShut }

    init(_ link: Link, _ ledger: TunnelLedger) {
        self.link = link
        self.ledger = ledger
        lastReadAt = link.openedAt
    }

    // MARK: - What it is told

    func told(_ bytes: UnsafeBufferPointer<UInt8>) {
        var place = 0
        meeting?.noteIdleness()
        while place < bytes.count {
            switch state {
            case .asked:
                guard let answerEnd, link.inbound.read >= answerEnd else {
                    return ledger.fail("\(name) is told \(bytes.count - place) bytes before it has answered")
                }
                state = isSwitching ? .frames : .head
            case .head:
                gathered.append(bytes[place])
                place += 1
                if gathered.last == 10, gathered.suffix(4) == [13, 10, 13, 10] { headTold(at: toldCount + place) }
            case .body(let left):
                let step = min(left, bytes.count - place)
                place += step
                state = step < left ? .body(left - step) : .head
                if step == left { hear(.head(awaitedHead!), toldCount + place) }
            case .frames:
                framesTold(UnsafeBufferPointer(rebasing: bytes[place...]), at: toldCount + place)
                place = bytes.count
            }
            if ledger.isBroken { return }
        }
        toldCount += bytes.count
    }

    private func hear(_ event: Heard, _ end: Int) { heard.append((end, event)) }

    private func headTold(at end: Int) {
        let head: ReadHead
        do { head = try ReadHead(gathered, isRequest: !isClient) } catch {
            return ledger.fail("\(name) is told what is no head: \(error.text)")
        }
        gathered = []
        if isClient { return answerTold(head, at: end) }
        state = .asked
        answerEnd = nil
        hear(.head(head), end)
        ledger.asked(head, self)
    }

    private func answerTold(_ head: ReadHead, at end: Int) {
        ledger.answered(head, self)
        if head.status == 101 {
            state = .frames
            return hear(.head(head), end)
        }
        guard head.status >= 200 else { return }
        let count = head.value("content-length").flatMap { Int($0) } ?? 0
        awaitedHead = head
        state = count > 0 ? .body(count) : .head
        if count == 0 { hear(.head(head), end) }
    }

    private func framesTold(_ bytes: UnsafeBufferPointer<UInt8>, at start: Int) {
        guard let meeting else { return ledger.fail("\(name) is told frames, and stands in no tunnel") }
        // A server's may be there before its client has its answer.
        meeting.open()
        meeting.passage(to: self).told(bytes) { event, place in
            switch event {
            case .broken(let text): ledger.fail("\(name) of tunnel \(meeting.id) is told \(text)")
            case .said(let frame): hear(.frame(frame), start + place)
            case .ownPing(let payload):
                meeting.judgePing(payload, to: self)
                ownPingEnd = start + place
                hear(.ownPing(payload), start + place)
            case .ownClose(let code):
                meeting.judgeClose(code, to: self)
                hear(.ownClose(code), start + place)
            }
        }
    }

    /// The events up to there, once.
    func nextHeard(readCount: Int) -> Heard? {
        guard heardIndex < heard.count, heard[heardIndex].end <= readCount else { return nil }
        heardIndex += 1
        return heard[heardIndex - 1].event
    }

    /// Something has reached it.
    func taken() {
        meeting?.noteIdleness()
        lastTakenAt = ledger.now
    }

    // MARK: - What the shard reads of it

    func brokeOff() {
        if !link.isClosing, meeting.map({ !$0.isOver }) ?? true { wasReset = true }
    }

    func shardReadEnd() {
        guard endPlace == nil else { return }
        endPlace = ledger.nextPlace()
        hadCloseAtEnd = meeting.map { $0.up.closeTold != nil || $0.down.closeTold != nil } ?? false
    }

    func shardRead() {
        lastReadAt = ledger.now
        guard let meeting else { return }
        if isClient { meeting.noteRequest(readCount: link.inbound.read) }
        meeting.passage(from: self).read(upTo: link.inbound.read) { frame in
            frame.readPlace = ledger.nextPlace()
            if frame.opcode == SaidFrame.pong, frame.way != .swallowed {
                // What answers the other's ping is an answer to the balancer's, which came before it: nobody can tell
                // whether it was meant so.
                if meeting.passage(to: self).hasReadPing(behind: lastPongPlace) { isOwnPingAnswered = true }
                lastPongPlace = frame.readPlace
            }
            if frame.answersUs { isOwnPingAnswered = true }
        }
        if let flawed = meeting.passage(from: self).said.last, let flaw = flawed.flaw, flawReadAt == nil,
            link.inbound.read >= flawed.start + flaw.tellingBytes
        {
            self.flaw = flaw
            flawReadAt = ledger.now
        }
    }
}
