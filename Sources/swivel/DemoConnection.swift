// One connection to a demo server: requests and answers for what looks like HTTP, an echo for everything else.
// Knows bytes. Knows nothing of sockets but their number, nor of what is answered, and reads no clock.

internal import Codecs

/// The state of one connection. Events change it; `unsent`, `takeRequest`, `takesShutdown` and `isFinished` say what
/// follows.
struct DemoConnection {
    private enum Stage {
        /// What came so far may become a method of HTTP, or not.
        case undecided
        case echoing
        /// Waits for a request, or for the rest of one.
        case reading
        /// A request was taken and is to be answered.
        case asked
        /// A member of the chat.
        case chatting(DemoChatter)
        /// The last answer was given; what still comes is read and dropped, as closing on it would reset the
        /// answer's last bytes.
        case answered(isShut: Bool)
        case finished
    }

    private static let methods = ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "TRACE ", "CONNECT "]
        .map { Array($0.utf8) }
    /// Whoever types a "G" and waits is no browser.
    private static let decisionNanoseconds: UInt64 = 200_000_000
    private static let headNanoseconds: UInt64 = 10_000_000_000
    private static let answeredNanoseconds: UInt64 = 2_000_000_000
    /// Lines of others wait here for a member that does not read: at more than this it leaves.
    private static let unsaidBytesMax = 64 * 1024

    let descriptor: Int32
    /// Its server's place.
    let server: Int
    /// To be sent, in this order. Nothing is received while there is any: that bounds it, and for lines of the chat
    /// `unsaidBytesMax` does.
    private(set) var unsent: [UInt8] = []
    /// For the chat, from this member of it.
    private var lines: [String] = []
    /// When `passed(to:)` will change something.
    private(set) var deadline: UInt64?
    private let keepsAlive: Bool
    private var stage = Stage.undecided
    private var held: [UInt8] = []
    private var hasEnded = false
    private var isLeaving = false

    /// - Parameter keepsAlive: whether more than one request is taken.
    init(descriptor: Int32, server: Int, keepsAlive: Bool) {
        self.descriptor = descriptor
        self.server = server
        self.keepsAlive = keepsAlive
    }

    /// Nothing is left to do: the descriptor is to be closed.
    var isFinished: Bool {
        if case .finished = stage { return true }
        return hasEnded && unsent.isEmpty
    }

    // MARK: - Events

    mutating func received(_ bytes: ArraySlice<UInt8>, _ now: UInt64) {
        switch stage {
        case .undecided:
            held += bytes
            decide(now)
        case .echoing:
            unsent += bytes
        case .reading:
            if held.isEmpty { deadline = now + Self.headNanoseconds }
            held += bytes
        case .chatting(var chatter):
            let news = chatter.received(bytes)
            stage = .chatting(chatter)
            lines += news.lines
            unsent += news.replies
            if news.isClosed { end(unsent, now) }
        case .asked, .answered, .finished:
            break
        }
    }

    /// The client sends no more.
    mutating func ended() {
        if case .undecided = stage { echo() }
        hasEnded = true
    }

    mutating func sent(_ count: Int, _ now: UInt64) {
        unsent.removeFirst(count)
        if isLeaving { leave(now) }
    }

    mutating func failed() { stage = .finished }

    /// Time goes on; a deadline may lie behind.
    mutating func passed(to now: UInt64) {
        guard let deadline, now >= deadline else { return }
        self.deadline = nil
        switch stage {
        case .undecided: echo()
        case .reading, .answered: stage = .finished
        case .echoing, .asked, .chatting, .finished: break
        }
    }

    /// The server stops: what has begun is still answered, and nothing after it.
    mutating func leave(_ now: UInt64) {
        isLeaving = true
        if isChatting { return end(unsent + DemoChatter.farewell, now) }
        guard held.isEmpty, unsent.isEmpty else { return }
        switch stage {
        case .undecided, .echoing, .reading: stage = .finished
        case .asked, .chatting, .answered, .finished: break
        }
    }

    // MARK: - Orders

    var isChatting: Bool {
        if case .chatting = stage { return true }
        return false
    }

    /// The client is a member of the chat from now on, if its server goes on.
    mutating func join(_ key: WebSocketKey, _ now: UInt64) {
        unsent = DemoAnswer.upgrade(key)
        stage = .chatting(DemoChatter())
        deadline = nil
        let early = held
        held = []
        if !early.isEmpty { received(early[...], now) }
    }

    /// To a member of the chat.
    mutating func say(_ line: String) {
        guard isChatting else { return }
        unsent += DemoChatter.frame(line)
        if unsent.count > Self.unsaidBytesMax { failed() }
    }

    mutating func takeLines() -> [String] {
        defer { lines = [] }
        return lines
    }

    /// A request that has come whole: `answer` is to follow.
    mutating func takeRequest(_ now: UInt64) -> DemoRequest? {
        guard case .reading = stage, unsent.isEmpty, !held.isEmpty else { return nil }
        switch DemoRequest.parse(held) {
        case .partial:
            return nil
        case .rejected(let rejection):
            let answer = DemoAnswer(status: 400, text: "\(rejection.reason)\n")
            end(answer.bytes(hasBody: true, isLast: true), now)
            return nil
        case .complete(let request, let byteCount):
            held.removeFirst(byteCount)
            stage = .asked
            return request
        }
    }

    mutating func answer(_ answer: DemoAnswer, to request: DemoRequest, _ now: UInt64) {
        let isLast = request.isLast || isLeaving || !keepsAlive
        let bytes = answer.bytes(hasBody: request.method != .head, isLast: isLast)
        guard !isLast else { return end(bytes, now) }
        unsent = bytes
        stage = .reading
        deadline = held.isEmpty ? nil : now + Self.headNanoseconds
    }

    /// Whether the client is to be told, now and this once, that its answer is whole.
    mutating func takesShutdown() -> Bool {
        guard case .answered(isShut: false) = stage, unsent.isEmpty else { return false }
        stage = .answered(isShut: true)
        return true
    }

    private mutating func end(_ bytes: [UInt8], _ now: UInt64) {
        unsent = bytes
        held = []
        stage = .answered(isShut: false)
        deadline = now + Self.answeredNanoseconds
    }

    private mutating func decide(_ now: UInt64) {
        if Self.methods.contains(where: { held.starts(with: $0) }) {
            stage = .reading
            deadline = now + Self.headNanoseconds
        } else if Self.methods.contains(where: { $0.starts(with: held) }) {
            deadline = now + Self.decisionNanoseconds
        } else {
            echo()
        }
    }

    private mutating func echo() {
        stage = .echoing
        deadline = nil
        unsent = held
        held = []
    }
}
