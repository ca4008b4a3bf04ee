// What a relay knows besides its two sockets where it began as HTTP: the frames that pass, whose answer is
// awaited, and how it is to end. A plain value, beside the relay's own.
// Knows frames. Knows nothing of sockets, or of what messages say.

internal import Codecs

/// The part of a tunnel that a connection in tcp mode does not have. In opaque mode only `exchange` is used.
struct Tunnel: BitwiseCopyable {
    struct Facts: OptionSet, BitwiseCopyable {
        let rawValue: UInt32
        /// No byte goes to the client (to the server) any more: what was to be its last, a close, has been written.
        static let closedToClient = Facts(rawValue: 1 << 0)
        static let closedToServer = Facts(rawValue: 1 << 1)
        /// A close of ours is to go there as soon as the frame that is on its way there is whole.
        static let closesToClient = Facts(rawValue: 1 << 2)
        static let closesToServer = Facts(rawValue: 1 << 3)
        /// The client (the server) has sent its close.
        static let clientClosed = Facts(rawValue: 1 << 4)
        static let serverClosed = Facts(rawValue: 1 << 5)
        /// A ping of ours awaits its pong.
        static let pingsClient = Facts(rawValue: 1 << 6)
        static let pingsServer = Facts(rawValue: 1 << 7)
        /// A ping of the client (of the server) has been passed on and not answered yet: ours would come between.
        static let clientPings = Facts(rawValue: 1 << 8)
        static let serverPings = Facts(rawValue: 1 << 9)
        /// Nothing is expected of it any more: it did not answer a ping, or broke the rules.
        static let clientDead = Facts(rawValue: 1 << 10)
        static let serverDead = Facts(rawValue: 1 << 11)
        /// We have ended it: `closingUntil` says how long its peers have for their answers.
        static let closing = Facts(rawValue: 1 << 12)
        /// Bytes wait for the client (for the server), and stand in for a ping of ours that they would delay.
        static let clientBacklog = Facts(rawValue: 1 << 14)
        static let serverBacklog = Facts(rawValue: 1 << 15)
        /// `initiator` sent no close: it ended, or was reset, before anybody had.
        static let left = Facts(rawValue: 1 << 17)
        /// The timer is set to look at a tunnel that is over but for what is on its way.
        static let looking = Facts(rawValue: 1 << 16)
        /// `closeAt` says when it is to be closed.
        static let dated = Facts(rawValue: 1 << 13)
    }

    /// How long peers have to answer a close of ours.
    static let closePatienceMilliseconds: UInt64 = 5_000

    var facts: Facts = []
    /// The exchange that it began as, where its line is still to be logged.
    var exchange = Tunnel.nothing
    static let nothing = Handle(slot: .max, generation: 0)
    /// By `Side`: from the client, from the server.
    var readers: (FrameReader, FrameReader)
    /// When the client and the server were last heard.
    var clientHeard: Tick
    var serverHeard: Tick
    /// When signs of life were asked for that have not come: since our ping, or what stands in for it.
    var clientPingedAt = Tick(rawValue: 0)
    var serverPingedAt = Tick(rawValue: 0)
    /// Bytes that the client and the server had acknowledged then.
    var clientTaken: Int64 = 0
    var serverTaken: Int64 = 0
    /// What pings of ours say, so that their pongs are known.
    let nonce: UInt64
    var closeAt = Tick(rawValue: 0)
    var closingUntil = Tick(rawValue: 0)
    /// The code of the first close, and whose it was; or who has left without one.
    private var closeCode: UInt16 = 0
    private(set) var initiator = CloseInitiator.nobody
    /// The codes of closes of ours that wait for the end of a frame.
    var codeToClient: UInt16 = 0
    var codeToServer: UInt16 = 0
    let openedAt: UInt64

    init(frameBytesMax: UInt64, nonce: UInt64, at now: UInt64) {
        readers = (FrameReader(sender: .client, frameBytesMax: frameBytesMax), FrameReader(sender: .server, frameBytesMax: frameBytesMax))
        clientHeard = Tick(nanoseconds: now)
        serverHeard = clientHeard
        self.nonce = nonce
        openedAt = now
    }

    mutating func noteClose(_ code: UInt16, by initiator: CloseInitiator) {
        guard self.initiator == .nobody else { return }
        (closeCode, self.initiator) = (code, initiator)
    }

    /// A side has ended, or was reset. What is said after that was not what ended it.
    mutating func noteLeft(by initiator: CloseInitiator) {
        guard self.initiator == .nobody else { return }
        self.initiator = initiator
        facts.insert(.left)
    }

    /// The code of the close that came first; `nil`: none did.
    var seenCode: UInt16? { initiator == .nobody || facts.contains(.left) ? nil : closeCode }
}

/// The facts of one side of a tunnel, by the direction that it is the source of.
extension Side {
    /// No byte goes on in this direction any more.
    var closed: Tunnel.Facts { self == .up ? .closedToServer : .closedToClient }
    /// A close of ours is to go in this direction.
    var closes: Tunnel.Facts { self == .up ? .closesToServer : .closesToClient }
    /// The source has sent its close.
    var sourceClosed: Tunnel.Facts { self == .up ? .clientClosed : .serverClosed }
    /// Our ping to the source awaits its pong.
    var pingsSource: Tunnel.Facts { self == .up ? .pingsClient : .pingsServer }
    /// The source's ping awaits its pong.
    var sourcePings: Tunnel.Facts { self == .up ? .clientPings : .serverPings }
    /// What waits for the source stands in for a ping.
    var sourceBacklog: Tunnel.Facts { self == .up ? .clientBacklog : .serverBacklog }
    var sourceDead: Tunnel.Facts { self == .up ? .clientDead : .serverDead }
}

extension UnsafeMutablePointer where Pointee == Tunnel {
    /// The reader of a direction in place.
    @inline(__always)
    func reader(_ side: Side) -> UnsafeMutablePointer<FrameReader> {
        let first = withUnsafeMutablePointer(to: &pointee.readers) {
            UnsafeMutableRawPointer($0).assumingMemoryBound(to: FrameReader.self)
        }
        return side == .up ? first : first + 1
    }
}
