// A simulated server: acts on what it has read, and answers as its habits draw it. What it was told has been
// judged as it was written; here it only has to arrive.

import Glibc

final class HTTPServer: Conversation {
    private enum Deed {
        case answer
        case closeIdly
    }

    let habits: HTTPServerHabits
    let line: ServerLine
    /// The attempt at hand.
    private var index = 0
    private var deed: Deed?
    private var hasAnswered = false
    /// Resets the connection behind the answer.
    private var hasResetBehind = false
    /// Does nothing any more, whatever comes.
    private var isMute = false

    init(_ habits: HTTPServerHabits, _ ledger: Ledger, _ line: ServerLine) {
        self.habits = habits
        self.line = line
        super.init(ledger)
    }

    convenience init(_ habits: HTTPServerHabits, _ ledger: Ledger, _ link: Link) {
        let line = ServerLine(link, server: link.server)
        link.line = line
        ledger.lines.append(line)
        self.init(habits, ledger, line)
    }

    override func begin() { waitIdly() }

    override func hear(_ bytes: UnsafeBufferPointer<UInt8>) { advance() }

    private var attempt: Attempt? { index < line.attempts.count ? line.attempts[index] : nil }

    private func advance() {
        while let attempt, !isMute {
            if attempt.answer == nil {
                guard readCount >= attempt.headEnd else { return }
                headCame(attempt)
            }
            guard let end = attempt.end, readCount >= end else { return }
            guard hasAnswered else {
                if deed == nil { answerLater() }
                return
            }
            index += 1
            hasAnswered = false
            deed = nil
            waitIdly()
        }
    }

    private func waitIdly() {
        guard let idle = habits.idle, gesture == nil else { return }
        deed = .closeIdly
        wake(after: chance.within(idle))
    }

    private func headCame(_ attempt: Attempt) {
        deed = nil
        wakesAt = nil
        let answer = draw(for: attempt)
        attempt.answer = answer
        attempt.answerStart = saidCount
        let plan = attempt.asked.plan
        if plan.body.count > 0, chance.happens(habits.early) {
            attempt.isEarly = true
            return answerLater()
        }
        // Who was not told to go on may wait for ever.
        let isWaiting = plan.expectation != .none && plan.body.count > 0 && answer.fault == nil
        if isWaiting, chance.happens(habits.continues) { say(Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)) }
    }

    private func draw(for attempt: Attempt) -> Answer {
        var answer = Answer()
        answer.status = chance.one(of: habits.statuses)
        answer.framing = chance.one(of: habits.framings)
        let count = chance.one(of: [0, 1, chance.below(200), chance.below(habits.bodyBytesMax + 1)])
        answer.bodyCount = max(habits.bodyBytesMin, count)
        answer.chunkBytesMax = 1 + chance.below(habits.chunkBytesMax)
        if chance.happens(habits.interims) { answer.interims = chance.one(of: [[103], [102], [100], [103, 103]]) }
        answer.hasDate = chance.happens(500)
        answer.hasTrailers = habits.hasTrailers && chance.happens(500)
        answer.closes = chance.happens(habits.closes)
        if !answer.closes { answer.closesSilently = chance.happens(habits.closesSilently) }
        if chance.happens(habits.oldVersion) {
            answer.minorVersion = 0
            answer.interims = []
            if answer.framing == .chunked { answer.framing = .untilClose }
        }
        if answer.hasNoBody { answer.framing = .length }
        // Without a body the end of the connection shows nothing: it has to be said.
        if answer.framing == .untilClose, attempt.asked.plan.isHead { answer.closes = true }
        if chance.happens(habits.faults), !habits.faultKinds.isEmpty { answer.fault = chance.one(of: habits.faultKinds) }
        if case .malformed(let kind)? = answer.fault {
            // What makes the answer wrong has to be in it.
            (answer.status, answer.framing) = (200, kind == .chunkSize ? .chunked : .length)
            if kind == .chunkSize, attempt.asked.plan.isHead { answer.fault = .resetsFirst }
        }
        // An end that comes too early does not show where the end is all that there is.
        if answer.framing == .untilClose {
            switch answer.fault {
            case .closesAfter?, .twice?: answer.fault = .resetsFirst
            default: break
            }
        }
        return answer
    }

    private func answerLater() {
        guard deed != .answer, !hasAnswered else { return }
        deed = .answer
        wake(after: chance.within(habits.pause))
    }

    override func woke() {
        switch deed {
        case .answer: answer()
        case .closeIdly:
            // Whoever has begun to ask is not idle.
            let readBefore = index > 0 ? line.attempts[index - 1].end ?? 0 : 0
            guard readCount <= readBefore, line.link.map({ $0.outbound.readable == 0 }) ?? true else { return }
            line.isLeft = true
            isMute = true
            gesture = .close
            // A request may be on its way here, of which not a byte has been written.
            ledger.world?.troubles += 1
        case nil: break
        }
    }

    private func answer() {
        guard let attempt, let drawn = attempt.answer, !hasAnswered else { return }
        hasAnswered = true
        deed = nil
        let bytes = drawn.bytes(for: attempt, &chance)
        let answer = settled(drawn, attempt, bytes.count)
        switch answer.fault {
        case .silent?: isMute = true
        case .resetsFirst?: fail { isResetting = true }
        case .closesFirst?: fail { gesture = .close }
        case .resetsAfter(let count)?:
            say(Array(bytes.prefix(count)))
            fail { gesture = .reset }
        case .closesAfter(let count)?:
            say(Array(bytes.prefix(min(count, bytes.count - 1))))
            fail { gesture = .close }
        case .twice?: say(bytes + bytes)
        case .malformed?, nil: say(bytes)
        }
        if answer.fault == nil {
            attempt.answerEnd = saidCount
            if !answer.keepsAlive { finish(attempt) }
            if hasResetBehind { gesture = .reset }
        }
        advance()
    }

    /// Where all of the answer goes before the fault, there is none but that the connection ends.
    private func settled(_ answer: Answer, _ attempt: Attempt, _ count: Int) -> Answer {
        var answer = answer
        switch answer.fault {
        case .resetsAfter(let place)? where place >= count:
            hasResetBehind = true
            (answer.fault, answer.closesSilently) = (nil, true)
        default: break
        }
        attempt.answer = answer
        return answer
    }

    private func fail(_ body: () -> Void) {
        line.hasFailed = true
        isMute = true
        body()
    }

    /// The answer was the last on this connection. Where the request is still coming, it is read to its end:
    /// a close would destroy the answer.
    private func finish(_ attempt: Attempt) {
        isMute = true
        line.isLeft = true
        // A request may be on its way here, of which not a byte has been written.
        if attempt.answer!.closesSilently { ledger.world?.troubles += 1 }
        gesture = attempt.isWhole && readCount >= attempt.end! ? .close : .end
    }

    override func ended() {
        guard !isMute || attempt?.answer?.fault == .silent, deed != .answer else { return }
        gesture = .close
    }
}
