// Two sockets joined byte for byte: a connection in tcp mode, or a tunnel that began as HTTP.
// A plain value (descriptors, bytes, counters, deadlines), so that it can be handed over whole.

/// Which of a relay's two directions.
enum Side: UInt8 {
    /// From the client to the server.
    case up
    /// From the server to the client.
    case down

    var opposite: Side { self == .up ? .down : .up }
    var receiveOperation: Operation { self == .up ? .receiveUp : .receiveDown }
    var sendOperation: Operation { self == .up ? .sendUp : .sendDown }
    var bytesOperation: Operation { self == .up ? .bytesUp : .bytesDown }
    var roomOperation: Operation { self == .up ? .roomUp : .roomDown }
    var failureOperation: Operation { self == .up ? .failureUp : .failureDown }
}

/// One client connection with its server connection.
struct Relay: BitwiseCopyable {
    /// Where the relay stands in its life.
    enum Phase: UInt8 {
        /// A PROXY header is to come before anything else.
        case preface
        /// It has come, and requests follow: becomes a connection in http mode once the kernel holds nothing of it.
        case leaving
        /// The kernel connects to a server.
        case connecting
        /// Every server is at its limit: waits for a place.
        case queued
        /// No socket could be made for lack of descriptors: tried again soon.
        case waiting
        /// Both sides are joined.
        case established
        /// One side has been reset, and the other gets the last of what it said before it is reset too.
        case flushing
        /// Ended: waits until the kernel holds nothing of it.
        case closing

        /// The client may have sent bytes, and there is no server for them yet.
        var isBeforeServer: Bool {
            switch self {
            case .preface, .leaving, .connecting, .queued, .waiting: true
            case .established, .flushing, .closing: false
            }
        }
    }

    /// How a relay ended; the log writes each as two of HAProxy's letters.
    enum Ending: UInt8 {
        case finished
        case clientReset, serverReset
        /// No byte either way for longer than the tunnel or half-close timeout.
        case idleTimeout
        case connectFailed, connectTimeout
        /// Waited too long for a place on a server, or too many waited already.
        case queueTimeout, queueFull
        /// No descriptor or no memory for its bytes.
        case resourcesShort
        /// By a rule, or as its PROXY header is none.
        case refused
        /// Its PROXY header took too long.
        case prefaceTimeout
        /// Before it had sent a byte of the PROXY header.
        case clientLeft
        /// Ended at a drain's deadline, or by a stop.
        case stopped
        /// Of a tunnel: did not answer a ping or a close; broke the rules of frames.
        case clientSilent, serverSilent
        case clientFault, serverFault
    }

    /// What passes through it.
    enum Kind: UInt8 {
        /// A connection in tcp mode.
        case connection
        /// A tunnel that began as HTTP, whose bytes are passed on as they are.
        case opaque
        /// A WebSocket whose frames are read: `Tunnel` has the rest.
        case frames
    }

    var kind = Kind.connection
    var phase = Phase.connecting
    var ending = Ending.finished
    /// One side was reset: what it said before is passed on, then the other is reset as well.
    var isBroken = false
    /// Closed with a reset, so that a cut never looks like a clean end.
    var isAbrupt = false
    /// Of a tunnel: this one sees a plain end all the same.
    var sparesClient = false
    var sparesServer = false
    var retries: UInt8 = 0
    /// Queued for the place of a backup.
    var waitsForBackups = false
    /// The kernel holds a connect.
    var isConnectInFlight = false
    /// Counts among the connections of its client's address.
    var hasAddressPlace = false
    var listener: UInt16
    var backend: UInt16
    /// The server's index in its backend, or -1.
    var server: Int32 = -1
    var client: Int32
    var serverDescriptor: Int32 = -1
    /// While queued: since when.
    var queuedAt: UInt64 = 0
    /// Nanoseconds spent in queues.
    var queueNanoseconds: UInt64 = 0
    /// One bit a server tried, by index modulo 64.
    var triedServers: UInt64 = 0
    /// By `Side`: up, down.
    var directions = (RelayDirection(), RelayDirection())
    /// Bytes last moved, or the phase last changed, at this tick.
    var lastActivity: Tick
    /// The deadline of the header, of a connect, or of waiting for what it needs.
    var phaseDeadline = Tick(rawValue: 0)
    /// What the peers had acknowledged when the relay last looked idle; while flushing, what the survivor's
    /// socket held unsent.
    var seenAtLastLook = Relay.notLooked
    static let notLooked = Int64.min
    var acceptedAt: UInt64
    /// Nanoseconds from accept to the established connection; 0 before.
    var connectNanoseconds: UInt64 = 0
    /// Wall clock at accept, where there is a log.
    var openedWallMilliseconds: UInt64 = 0
    /// Where something asks for it: the peer, or whom its PROXY header names.
    var clientAddress = PeerAddress.unnamed
    /// Whom the client connected to, where a PROXY header has said it.
    var destination = PeerAddress.unnamed

    init(client: Int32, listener: UInt16, backend: UInt16, acceptedAt: UInt64) {
        self.client = client
        self.listener = listener
        self.backend = backend
        self.acceptedAt = acceptedAt
        lastActivity = Tick(nanoseconds: acceptedAt)
    }

    func source(of side: Side) -> Int32 { side == .up ? client : serverDescriptor }
    func target(of side: Side) -> Int32 { side == .up ? serverDescriptor : client }

    /// The socket that was not reset, of a relay that is broken.
    var survivor: Int32 { ending == .serverReset ? client : serverDescriptor }

    /// One side has finished, the other has not.
    var isHalfClosed: Bool { directions.0.isFinished != directions.1.isFinished }
    var isFinished: Bool { directions.0.isFinished && directions.1.isFinished }
    var isInFlight: Bool { isConnectInFlight || directions.0.isInFlight || directions.1.isInFlight }
}

extension UnsafeMutablePointer where Pointee == Relay {
    /// The direction in place: the relay's memory is the slab's and does not move.
    @inline(__always)
    func direction(_ side: Side) -> UnsafeMutablePointer<RelayDirection> {
        let first = withUnsafeMutablePointer(to: &pointee.directions) {
            UnsafeMutableRawPointer($0).assumingMemoryBound(to: RelayDirection.self)
        }
        return side == .up ? first : first + 1
    }
}
