// What clients and servers of a simulated HTTP world do, as data.

/// One client's connection.
struct HTTPClientPlan {
    /// What a client does in the middle of it all.
    enum Mishap: Equatable {
        case none
        /// After so many bytes of what it would have sent.
        case resetsAfter(Int)
        case closesAfter(Int)
        case endsAfter(Int)
        case stallsAfter(Int)
        /// After it has read so many bytes.
        case leavesAfterReading(Int)
    }

    enum Finale {
        case closes
        /// Sends no more, and waits for the other end.
        case ends
        /// Waits for the other side to close.
        case lingers
    }

    var requests: [RequestPlan]
    /// Requests sent at most before the first of them is answered.
    var depth = 1
    var mishap = Mishap.none
    var finale = Finale.closes
    /// Says that it sends no more as soon as its last request is written.
    var isHalfClosing = false
}

/// A server's answers; frequencies are in times of a thousand.
struct HTTPServerHabits {
    var pause: ClosedRange<UInt64> = 0...200_000
    var statuses = [200]
    var framings: [Answer.Framing] = [.length, .chunked]
    var bodyBytesMin = 0
    var bodyBytesMax = 2_000
    var chunkBytesMax = 1_000
    var interims = 0
    var early = 0
    /// Says 100 Continue where it is waited for.
    var continues = 1000
    var closes = 0
    /// Ends the connection behind an answer that does not say so.
    var closesSilently = 0
    var oldVersion = 0
    var faults = 0
    /// Faults that it draws from.
    var faultKinds: [Answer.Fault] = []
    /// Closes a connection that has been idle for so long, without a word.
    var idle: ClosedRange<UInt64>?
    var hasTrailers = true
}
