// One request with its response: who asks, who answers, and how far both have come. Both directions run at
// once, so it is a set of facts rather than one of a few phases.
// Knows what has been said. Knows nothing of sockets.

internal import Codecs

/// A request on its way to a server and its answer on the way back.
struct Exchange: BitwiseCopyable {
    struct Facts: OptionSet, BitwiseCopyable {
        let rawValue: UInt32
        /// The client speaks HTTP/1.0: no chunks, no interim responses.
        static let oldClient = Facts(rawValue: 1 << 0)
        /// The client's connection may go on after this.
        static let persistent = Facts(rawValue: 1 << 1)
        static let expectsContinue = Facts(rawValue: 1 << 2)
        /// Sending it twice does what sending it once does (RFC 9110 section 9.2.2).
        static let idempotent = Facts(rawValue: 1 << 3)
        /// The request's body is collected before a server is chosen.
        static let collects = Facts(rawValue: 1 << 4)
        /// Waits for a place on a server.
        static let queued = Facts(rawValue: 1 << 5)
        /// While queued: for a backup's, as no primary server can be had.
        static let waitsForBackups = Facts(rawValue: 1 << 6)
        /// No socket could be made for lack of descriptors: tried again soon.
        static let waitsForDescriptor = Facts(rawValue: 1 << 7)
        /// The head of the answer has been passed on: from now on a failure is a cut.
        static let answered = Facts(rawValue: 1 << 8)
        /// The answer is whole, in the client's output.
        static let responseEnded = Facts(rawValue: 1 << 9)
        /// The server's connection may be used again.
        static let serverPersistent = Facts(rawValue: 1 << 10)
        /// It is one that had served before.
        static let reused = Facts(rawValue: 1 << 11)
        /// Such a one has failed: the next is to be a fresh one.
        static let wantsFresh = Facts(rawValue: 1 << 12)
        /// The answer is our own, and more of its body is to come than the client has taken.
        static let ownBody = Facts(rawValue: 1 << 13)
        /// The log has its texts.
        static let hasTexts = Facts(rawValue: 1 << 14)
        /// A body is to go by splice once what came before it has been sent.
        static let changing = Facts(rawValue: 1 << 15)
        /// It does: a pipe is lent.
        static let splicing = Facts(rawValue: 1 << 16)
        /// While either holds: it is the request's body, else the answer's.
        static let splicesUp = Facts(rawValue: 1 << 17)
        /// No pipe was to be had, or these sockets do not splice.
        static let unspliceable = Facts(rawValue: 1 << 18)
        /// The server's place is taken.
        static let hasPlace = Facts(rawValue: 1 << 19)
        /// Nobody takes the rest of its body any more.
        static let abandoned = Facts(rawValue: 1 << 20)
        /// The client has asked before, on this connection: it knows that one may end between two requests.
        static let laterRequest = Facts(rawValue: 1 << 21)
        /// The client did not say that this is its last request: the next may be on its way.
        static let mayAskAgain = Facts(rawValue: 1 << 22)
        /// It asks to become a tunnel, and its backend or route lets it; a WebSocket.
        static let upgrades = Facts(rawValue: 1 << 24)
        static let webSocket = Facts(rawValue: 1 << 25)
        /// Waits for its turn among new tunnels.
        static let paced = Facts(rawValue: 1 << 26)
        /// A 100 has been passed on, or given.
        static let continued = Facts(rawValue: 1 << 23)
        /// The client is told by a cookie which server it has.
        static let setsCookie = Facts(rawValue: 1 << 30)
        /// It came by https, as a proxy says that is believed.
        static let secureClient = Facts(rawValue: 1 << 31)
    }

    var facts: Facts = []
    var ending = ExchangeEnding.finished
    /// Where it was refused, or the server's answer was.
    var rejection: Rejection?
    var method = Method.other
    var retries: UInt8 = 0
    /// 1xx responses seen.
    var interimCount: UInt8 = 0
    var status: UInt16 = 0
    var listener: UInt16
    /// Index, or `noBackend`.
    var backend: UInt16
    /// Index among the frontend's, or `PlannedRouting.none`.
    var route = UInt16.max
    /// Index in the backend, or -1.
    var server: Int32 = -1
    /// The server that the client has already, or -1.
    var preferred: Int32 = -1
    let client: Handle
    /// The server's connection, or `HTTPConnection.nobody`.
    var connection = HTTPConnection.nobody
    /// The request as servers get it, as long as there is none to send it to.
    var request = BufferQueue()
    /// A copy of it, for a replay.
    var held = BufferQueue()
    var requestBody: BodyProgress
    var responseBody: BodyProgress
    /// What the server has to answer to, of a WebSocket.
    var webSocketKey: WebSocketKey?
    /// One bit a server tried, by index modulo 64.
    var triedServers: UInt64 = 0
    /// What policies that hash go by.
    var key: UInt64 = 0
    var pipe = PipeIndex.none
    var pipedBytes: UInt32 = 0
    /// Since when there is no descriptor for it.
    var descriptorWaitSince: Tick?
    /// Until when it waits for a place or a descriptor.
    var phaseDeadline = Tick(rawValue: 0)
    /// The minimum rate is looked at in windows: when this one began, and what had come by then.
    var rateSince = Tick(rawValue: 0)
    var rateBytes: UInt64 = 0

    // Times, in nanoseconds of the shard's clock; 0: not reached.
    let begunAt: UInt64
    var queuedAt: UInt64 = 0
    var queueNanoseconds: UInt64 = 0
    /// A server was asked for a connection, and it stood.
    var connectingAt: UInt64 = 0
    var connectedAt: UInt64 = 0
    var answeredAt: UInt64 = 0
    /// The request's body was whole.
    var bodyEndedAt: UInt64 = 0
    /// When the head was whole.
    var headAt: UInt64 = 0
    /// Wall clock, where there is a log.
    var wallMilliseconds: UInt64 = 0
    /// Bytes to the client, of the answer's head.
    var responseHeadBytes: UInt32 = 0
    var requestHeadBytes: UInt32 = 0
    /// Lines for the head of the answer that depend on the request.
    var addedFields = BufferQueue()
    /// The rest of the body of our own answer, in memory of the plan.
    var ownBody: UnsafeRawPointer?
    var ownBodyLeft: UInt32 = 0
    /// The log's texts, one behind the other.
    var texts = BufferQueue()
    var textCounts = ExchangeTexts()

    static let noBackend = UInt16.max

    init(client: Handle, listener: UInt16, backend: UInt16, begunAt: UInt64) {
        self.client = client
        self.listener = listener
        self.backend = backend
        self.begunAt = begunAt
        requestBody = BodyProgress(.none, trailerBytesMax: 0)
        responseBody = BodyProgress(.none, trailerBytesMax: 0)
    }

    var hasServer: Bool { connection != HTTPConnection.nobody }
    /// Whose body goes through the pipe.
    var isSplicingUp: Bool { facts.isSuperset(of: [.splicing, .splicesUp]) }
    var isSplicingDown: Bool { facts.contains(.splicing) && !facts.contains(.splicesUp) }
    /// The answer is whole, and no byte of the request is left to send: the server has been let go.
    var isOver: Bool { !hasServer && facts.contains(.responseEnded) && (requestBody.isEnded || facts.contains(.abandoned)) }
    /// The client may keep its body back until it is told to go on.
    var mayHoldBody: Bool {
        facts.contains(.expectsContinue) && !facts.contains(.continued) && requestBody.passedBytes == 0 && !requestBody.isEnded
    }
}

/// How long each of a request's texts for the log is.
struct ExchangeTexts: BitwiseCopyable {
    var method: UInt16 = 0
    var target: UInt16 = 0
    var host: UInt16 = 0
    var referer: UInt16 = 0
    var userAgent: UInt16 = 0
    var requestID: UInt16 = 0
    /// Of the fields that a template of the log asks for.
    var fields = InlineArray<8, UInt16>(repeating: 0)
}
