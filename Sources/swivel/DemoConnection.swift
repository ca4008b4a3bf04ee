// One connection to a demo server: a page for what looks like an HTTP request, an echo for everything else.
// Knows bytes. Knows nothing of sockets but their number, and reads no clock.

/// The state of one connection. Events change it; `unsent`, `takesShutdown` and `isFinished` say what follows.
struct DemoConnection {
    /// What an HTTP request is answered with, made once.
    struct Page {
        let head: [UInt8]
        let whole: [UInt8]

        init(_ text: String) {
            // Closed after each answer, so that the next request is balanced anew.
            let head = """
                HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: \(text.utf8.count)\r\n\
                Cache-Control: no-store\r\nConnection: close\r\n\r\n
                """
            self.head = Array(head.utf8)
            whole = Array((head + text).utf8)
        }
    }

    private enum Stage {
        /// What came so far may become a method of HTTP, or not.
        case undecided
        case echoing
        /// A request whose head has not ended yet.
        case readingHead
        /// The page was given; what still comes is read and dropped, as closing on it would reset the page's last bytes.
        case answered(isShut: Bool)
        case finished
    }

    private static let methods = ["GET ", "HEAD ", "POST ", "PUT ", "DELETE ", "OPTIONS ", "PATCH ", "TRACE ", "CONNECT "]
        .map { Array($0.utf8) }
    private static let headBytesMax = 8 * 1024
    /// Whoever types a "G" and waits is no browser.
    private static let decisionNanoseconds: UInt64 = 200_000_000
    private static let headNanoseconds: UInt64 = 10_000_000_000
    private static let answeredNanoseconds: UInt64 = 2_000_000_000

    let descriptor: Int32
    /// To be sent, in this order. Nothing is received while there is any: that bounds it.
    private(set) var unsent: [UInt8] = []
    /// When `passed(to:)` will change something.
    private(set) var deadline: UInt64?
    private var stage = Stage.undecided
    private var held: [UInt8] = []
    private var hasEnded = false

    init(descriptor: Int32) { self.descriptor = descriptor }

    /// Nothing is left to do: the descriptor is to be closed.
    var isFinished: Bool {
        if case .finished = stage { return true }
        return hasEnded && unsent.isEmpty
    }

    mutating func received(_ bytes: ArraySlice<UInt8>, _ page: Page, _ now: UInt64) {
        switch stage {
        case .undecided:
            held += bytes
            decide(page, now)
        case .echoing:
            unsent += bytes
        case .readingHead:
            held += bytes
            answerIfWhole(page, now)
        case .answered, .finished:
            break
        }
    }

    /// The client sends no more.
    mutating func ended() {
        if case .undecided = stage { echo() }
        hasEnded = true
    }

    mutating func sent(_ count: Int) { unsent.removeFirst(count) }

    mutating func failed() { stage = .finished }

    /// Time goes on; a deadline may lie behind.
    mutating func passed(to now: UInt64) {
        guard let deadline, now >= deadline else { return }
        self.deadline = nil
        switch stage {
        case .undecided: echo()
        case .readingHead, .answered: stage = .finished
        case .echoing, .finished: break
        }
    }

    /// Whether the client is to be told, now and this once, that its answer is whole.
    mutating func takesShutdown() -> Bool {
        guard case .answered(isShut: false) = stage, unsent.isEmpty else { return false }
        stage = .answered(isShut: true)
        return true
    }

    private mutating func decide(_ page: Page, _ now: UInt64) {
        if Self.methods.contains(where: { held.starts(with: $0) }) {
            stage = .readingHead
            deadline = now + Self.headNanoseconds
            answerIfWhole(page, now)
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

    private mutating func answerIfWhole(_ page: Page, _ now: UInt64) {
        guard held.count >= Self.headBytesMax || Self.endsHead(held) else { return }
        unsent = held.starts(with: Array("HEAD ".utf8)) ? page.head : page.whole
        held = []
        stage = .answered(isShut: false)
        deadline = now + Self.answeredNanoseconds
    }

    /// Whether an empty line stands in the bytes; lines end in LF, with or without CR before it.
    private static func endsHead(_ bytes: [UInt8]) -> Bool {
        let (lineFeed, carriageReturn) = (UInt8(ascii: "\n"), UInt8(ascii: "\r"))
        var isLineEmpty = false
        for byte in bytes {
            if byte == lineFeed {
                if isLineEmpty { return true }
                isLineEmpty = true
            } else if byte != carriageReturn {
                isLineEmpty = false
            }
        }
        return false
    }
}
