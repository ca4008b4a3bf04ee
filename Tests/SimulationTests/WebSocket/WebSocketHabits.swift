// What clients and servers of simulated WebSockets do, as data. Frequencies are in times of a thousand.

/// How somebody speaks once the tunnel stands.
struct WebSocketHabits {
    enum Finale: CaseIterable {
        /// Says a close, and waits for the other's.
        case closes
        /// Waits for the other's close.
        case waits
        /// Sends no more, without a close.
        case ends
        /// The same, in the middle of a frame.
        case endsInFrame
        case leaves, resets
        /// Says and answers nothing any more.
        case fallsSilent
        /// Says a close, and goes on speaking.
        case speaksOn
    }

    var messages = 5
    var messageBytesMax = 1_000
    /// Data frames of one message.
    var fragmentsMax = 3
    var pings = 100
    var pongs = 50
    var reserved = 100
    /// Between two frames, and before an answer to a ping or to a close.
    var pause: ClosedRange<UInt64> = 0...2_000_000
    var answerPause: ClosedRange<UInt64> = 0...1_000_000
    /// Of several pings that it has heard it answers the last only (RFC 6455 section 5.5.3).
    var answersLastOnly = false
    /// Answers a ping of the balancer's a second time.
    var answersTwice = 0
    var ignoresPings = false
    var ignoresCloses = false
    /// In a tunnel whose frames nobody reads: says the rest once the other has ended.
    var outlivesEnd = false
    /// Speaks in the same breath as it asks for the tunnel, or grants it.
    var speaksAtOnce = 0
    var flaw: FrameFlaw?
    /// Messages before the flaw.
    var flawAfter = 0
    var finale = Finale.closes
    /// With a code, and with a reason behind it.
    var closeCodes: [UInt16?] = [nil, 1_000, 1_001, 3_210, 4_999]
    var reasonBytesMax = 30
    /// Instead of all this: these frames, of which so many bytes come some time before the rest.
    var script: [SaidFrame] = []
    /// In each tunnel as many as its number.
    var isCut = false
    var cutNanoseconds: UInt64 = 300_000_000
}

/// A client that asks for WebSockets.
struct WebSocketClientPlan {
    enum Flaw: CaseIterable {
        case noKey, twoKeys, shortKey, oldVersion, noVersion, post, body

        var status: Int { self == .oldVersion ? 426 : 400 }
    }

    var habits = WebSocketHabits()
    var wish = TunnelWish.webSocket
    var flaw: Flaw?
    /// Asks again, so many times, where it gets another answer than 101.
    var askedMax = 1
    /// Leaves without having heard the answer.
    var leavesAtOnce = false
    /// Leaves after so many nanoseconds without an answer.
    var givesUpAfter: UInt64?
    /// Comes again, on a connection of its own, some time after the balancer has closed its tunnel.
    var returnsMax = 0
    var returnsAfter: ClosedRange<UInt64> = 0...1_000_000
}

/// A server that is asked for them.
struct WebSocketServerHabits {
    enum Answer: CaseIterable {
        case switches, ordinary, unauthorized, wrongAccept, noAccept, otherProtocol, noUpgrade, closes
    }

    var habits = WebSocketHabits()
    var answers: [Answer] = [.switches]
    var pause: ClosedRange<UInt64> = 0...500_000
}
