// A simulated client: asks what its plan says, and judges every byte that it is answered.

final class HTTPClient: Conversation {
    let plan: HTTPClientPlan
    let link: Link?
    let reader = MessageReader(.responses)
    private(set) var asked: [Asked] = []
    /// Requests with a fate.
    private(set) var answeredCount = 0
    /// A body that waits for 100 Continue.
    private var withheld: [UInt8] = []
    private var hasPaused = false
    private var hasMishap = false
    /// Has done nothing wrong so far.
    private(set) var isInnocent = true
    /// May take longer than a timeout allows.
    var isSlow = false
    /// Was told that the connection ends with the last answer.
    private(set) var isToldLast = false
    /// The answer that comes.
    private var attempt: Attempt?
    private var refusal: Int?
    private var bodyCount = 0
    private(set) var hasReadAnEnd = false

    init(_ plan: HTTPClientPlan, _ ledger: Ledger, _ link: Link?) {
        self.plan = plan
        self.link = link
        super.init(ledger)
        ledger.clients.append(self)
    }

    /// Every request has its answer.
    var isServed: Bool { asked.count == plan.requests.count && asked.allSatisfy(\.isAnswered) }
    var awaited: Asked? { answeredCount < asked.count ? asked[answeredCount] : nil }

    // MARK: - Asking

    override func begin() { askMore() }

    private var mayAsk: Bool {
        guard !isOver, !hasMishap, !isToldLast, withheld.isEmpty, asked.count < plan.requests.count else { return false }
        guard let last = asked.last?.plan else { return true }
        // In HTTP/1.0 only the answer tells whether there is a next one.
        let depth = last.minorVersion == 0 ? 1 : plan.depth
        return !last.isLast && asked.count - answeredCount < depth
    }

    private func askMore() {
        while mayAsk {
            let request = plan.requests[asked.count]
            if request.pauseNanoseconds > 0, !hasPaused {
                hasPaused = true
                return wake(after: request.pauseNanoseconds)
            }
            hasPaused = false
            ask(request)
        }
        finish()
    }

    private func ask(_ request: RequestPlan) {
        let record = ledger.ask(request, self, start: saidCount)
        asked.append(record)
        let text = RequestText(request, id: record.id, &chance)
        say(text.head)
        record.headBytes = text.head.count
        if case .waits(let patience) = request.expectation, !text.body.isEmpty {
            withheld = text.body
            wake(after: patience)
        } else {
            say(text.body)
            record.end = saidCount
        }
        meetMishap()
        prepareToRead()
    }

    /// The body that was held back goes after all.
    private func release() {
        guard !withheld.isEmpty, !hasMishap else { return }
        say(withheld)
        withheld = []
        asked.last!.end = saidCount
        wakesAt = nil
        meetMishap()
    }

    private func meetMishap() {
        let (bound, gesture): (Int, Gesture?)
        switch plan.mishap {
        case .none, .leavesAfterReading: return
        case .resetsAfter(let count): (bound, gesture) = (count, .reset)
        case .closesAfter(let count): (bound, gesture) = (count, .close)
        case .endsAfter(let count): (bound, gesture) = (count, .end)
        case .stallsAfter(let count): (bound, gesture) = (count, nil)
        }
        guard saidCount > bound else { return }
        takeBack(after: bound)
        hasMishap = true
        isInnocent = false
        self.gesture = gesture
    }

    /// Nothing more is to be asked.
    private func finish() {
        guard gesture == nil, !hasMishap, !mayAsk, withheld.isEmpty, !hasPaused else { return }
        let hasAll = asked.count == plan.requests.count
        if hasAll, plan.isHalfClosing { gesture = .end }
        guard answeredCount == asked.count, !isToldLast, hasAll else { return }
        switch plan.finale {
        case .closes: gesture = .close
        case .ends: gesture = .end
        case .lingers: break
        }
    }

    override func woke() {
        if withheld.isEmpty { askMore() } else { release() }
    }

    // MARK: - Reading

    private func prepareToRead() {
        if reader.isBetween { reader.isBodyless = awaited?.plan.isHead ?? false }
    }

    override func hear(_ bytes: UnsafeBufferPointer<UInt8>) {
        reader.read(bytes) { act(on: $0) }
        guard case .leavesAfterReading(let count) = plan.mishap, readCount >= count, !hasMishap else { return }
        hasMishap = true
        isInnocent = false
        isLeaving = true
    }

    private func act(on event: MessageReader.Event) {
        switch event {
        case .head(let head): headCame(head)
        case .body(let bytes):
            if let attempt {
                ledger.judgeBody(bytes, of: attempt, offset: bodyCount)
            } else {
                ledger.trace("  \(String(decoding: bytes, as: UTF8.self))")
            }
            bodyCount += bytes.count
        case .end(let trailers): answerCame(trailers)
        case .fault(let text): ledger.fail("client \(name) is told what is no response: \(text)")
        }
    }

    var name: String { link.map { "\($0.number)" } ?? "-" }

    private func headCame(_ head: ReadHead) {
        guard let awaited else { return ledger.fail("client \(name) gets an answer, \(head.status), and has asked nothing") }
        ledger.trace("client \(name): \(head.status) for request \(awaited.id)")
        if head.status < 200 {
            ledger.judgeInterim(head, to: awaited)
            if head.status == 100 { release() }
            return
        }
        bodyCount = 0
        attempt = ledger.judgeAnswer(head, reader.framing, to: awaited)
        if attempt == nil { refusal = head.status }
        let options = head.connectionOptions
        let isOld = awaited.plan.minorVersion == 0 || head.minorVersion == 0
        isToldLast = options.contains("close") || (isOld && !options.contains("keep-alive"))
    }

    private func answerCame(_ trailers: [ReadHead.Field]) {
        guard let awaited else { return }
        if let attempt {
            ledger.judgeWhole(attempt, bodyCount, trailers, reader.framing)
            awaited.fate = .answered(attempt)
        } else {
            awaited.fate = .refused(status: refusal!)
            ledger.judgeLoss(of: awaited)
        }
        answeredCount += 1
        attempt = nil
        refusal = nil
        prepareToRead()
        if isToldLast { ledger.judgeLast(awaited) }
        if !withheld.isEmpty {
            // The answer came first: the body goes all the same, or the connection ends.
            if !isToldLast, chance.happens(500) { return release() }
            withheld = []
            awaited.isBodyKept = true
            hasMishap = true
            gesture = .close
        }
        askMore()
    }

    override func ended() {
        hasReadAnEnd = true
        let isClean = reader.finish { act(on: $0) }
        settle(isCut: !isClean)
        gesture = .close
    }

    override func lost() { settle(isCut: true) }

    /// Nothing more comes.
    private func settle(isCut: Bool) {
        if reader.hasFailed { return }
        var isFirst = true
        while let awaited {
            awaited.fate = isCut && isFirst ? .cut : .unanswered
            ledger.judgeLoss(of: awaited)
            answeredCount += 1
            isFirst = false
        }
    }

    /// Somebody resets the connection on its behalf.
    func losePatience() { isInnocent = false }

    override func left() {
        super.left()
        // Whatever it has not heard by now it did not want to hear.
        answeredCount = asked.count
    }
}
