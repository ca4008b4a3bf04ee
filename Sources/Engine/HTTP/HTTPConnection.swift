// One TCP connection in http mode: what the kernel holds of it, and the bytes on their way in and out.
// Knows sockets' states and byte queues. Knows nothing of what the bytes say.

internal import Codecs

/// A connection with a client or with a server. A plain value without buffers of its own: idle, it holds none.
struct HTTPConnection: BitwiseCopyable {
    enum Role: UInt8 { case client, server }

    enum Phase: UInt8 {
        /// Client: no byte of a request has come yet, or none since the last exchange.
        case idle
        /// Client: part of a request's head has come.
        case head
        /// Client: an exchange is on. Server: it serves one.
        case exchanging
        /// Client: told that no more comes; what it still sends is read and dropped, as closing with bytes
        /// unread would reset the connection and could take the answer with it.
        case lingering
        /// Server: the kernel connects.
        case connecting
        /// Server: idle, in its pool.
        case pooled
        /// One side of a tunnel to be: waits until the kernel holds nothing of it.
        case leaving
        /// Ended: waits until the kernel holds nothing of it.
        case closing
    }

    struct Facts: OptionSet, BitwiseCopyable {
        let rawValue: UInt32
        /// The kernel holds a receive, and it has been asked to end.
        static let receiving = Facts(rawValue: 1 << 0)
        static let cancelling = Facts(rawValue: 1 << 1)
        /// The kernel holds a send; the socket is full and a poll tells when it has room.
        static let sending = Facts(rawValue: 1 << 2)
        static let awaitingRoom = Facts(rawValue: 1 << 3)
        /// A poll tells when there are bytes: while splicing, receives do not wait.
        static let awaitingBytes = Facts(rawValue: 1 << 4)
        /// The kernel holds a connect.
        static let opening = Facts(rawValue: 1 << 5)
        /// The peer has finished, or the connection was reset.
        static let ended = Facts(rawValue: 1 << 6)
        static let broken = Facts(rawValue: 1 << 7)
        /// The peer takes nothing any more; what it said before may still come.
        static let deaf = Facts(rawValue: 1 << 8)
        /// Stands in the shard's list of those with orders to carry out.
        static let listed = Facts(rawValue: 1 << 9)
        /// No receive buffer was free: it queues for one.
        static let starved = Facts(rawValue: 1 << 10)
        /// More was received than can go on: not read until less waits.
        static let full = Facts(rawValue: 1 << 11)
        /// Closed once its output has gone, and whether it lingers first.
        static let closesAfterOutput = Facts(rawValue: 1 << 12)
        static let lingers = Facts(rawValue: 1 << 13)
        /// Closed with a reset, so that a cut never looks like a clean end.
        static let abrupt = Facts(rawValue: 1 << 14)
        /// Has had an exchange.
        static let hasServed = Facts(rawValue: 1 << 15)
        /// Client: counts among the connections of its address.
        static let hasAddressPlace = Facts(rawValue: 1 << 16)
        /// Its socket does not wait, as the flow through it is spliced.
        static let nonBlocking = Facts(rawValue: 1 << 17)
        /// Has a timer in the wheel, at `wheelTick`.
        static let timed = Facts(rawValue: 1 << 18)

        /// Its socket is closed; the slot is freed once the turn is over, so that nobody who still has it in hand
        /// finds another's.
        static let released = Facts(rawValue: 1 << 19)

        /// The peer has not taken what waits for it for a while: whether it takes some is looked at.
        static let backlogged = Facts(rawValue: 1 << 20)

        /// Server: its last answer had no body by its nature, and servers have been seen to send one all the same.
        static let suspect = Facts(rawValue: 1 << 21)

        /// Server: given up with its place, which is free once the connection is closed.
        static let hasPlace = Facts(rawValue: 1 << 22)

        /// The kernel holds a poll for the connection's failure: while it is not read nothing else would tell.
        static let watching = Facts(rawValue: 1 << 23)

        /// Server: its last answer was short.
        static let brisk = Facts(rawValue: 1 << 24)

        static let inFlight: Facts = [.receiving, .sending, .awaitingRoom, .awaitingBytes, .opening, .watching]
    }

    /// Bytes waiting above which no more are taken in, and below which they are again.
    static let highWaterBytes = 64 * 1024
    static let lowWaterBytes = 16 * 1024

    let role: Role
    var phase: Phase
    var facts: Facts = []
    var descriptor: Int32
    /// Received and not yet understood.
    var input = BufferQueue()
    /// To be sent.
    var output = BufferQueue()
    /// Bytes of the send that the kernel holds.
    var askedBytes: UInt32 = 0
    /// How far `input` has been searched for the end of a head.
    var headEnd = HeadEnd()
    /// The exchange that is on.
    var exchange = HTTPConnection.nobody
    var lastActivity: Tick
    /// When the phase began.
    var phaseSince: Tick
    /// When the wheel looks at it next, where it is `timed`.
    var wheelTick = Tick(rawValue: 0)
    /// Bytes sent since the exchange began, and since the connection stands.
    var sentBytes: UInt64 = 0
    var deliveredBytes: UInt64 = 0
    /// What the peer had acknowledged at the last look.
    var acknowledgedBytes: Int64 = 0

    // Client.
    var listener: UInt16 = 0
    var clientAddress = PeerAddress.unnamed
    /// Whom the client connected to, where a PROXY header has said it.
    var destination = PeerAddress.unnamed
    /// When the first byte of the request's head came, by the shard's clock.
    var begunAt: UInt64

    // Server.
    var backend: UInt16 = 0
    var server: Int32 = -1
    /// Idle connections of the same server that were used later and earlier.
    var poolNext = UInt32.max
    var poolPrevious = UInt32.max

    static let nobody = Handle(slot: .max, generation: 0)

    init(role: Role, phase: Phase, descriptor: Int32, at now: UInt64) {
        self.role = role
        self.phase = phase
        self.descriptor = descriptor
        begunAt = now
        lastActivity = Tick(nanoseconds: now)
        phaseSince = lastActivity
    }

    var isInFlight: Bool { !facts.isDisjoint(with: .inFlight) }
    /// Something was offered to the peer, and it is on it to take it.
    var isOwedTaking: Bool { !facts.isDisjoint(with: [.sending, .awaitingRoom, .backlogged]) }
    /// Nothing of its output waits, here or in the kernel's hands.
    var isFlushed: Bool { output.isEmpty && !facts.contains(.sending) }

    /// All that waits is in the kernel's hands, whose success is told later.
    var isOnItsWay: Bool { facts.contains(.sending) && output.count == Int(askedBytes) }

    mutating func enter(_ phase: Phase, at now: Tick) {
        self.phase = phase
        phaseSince = now
    }
}
