// Where clients are accepted, and where their connections go.

public import Codecs

/// Listeners that share a mode, limits and a backend.
public struct Frontend: Equatable, Sendable {
    /// Unique among frontends; "default" where the operator gave none.
    public var name: String
    public var mode: Mode = .http
    /// The addresses this frontend listens on; `:port` stands here as two, 0.0.0.0 and [::].
    public var listeners: [Listener]
    /// Name of the backend that takes its connections; in http mode the requests that no route takes. Empty where
    /// there are routes and none for the rest: 404 then.
    public var backend: String
    /// Client connections at once in this frontend; `nil`: only the process's limit holds.
    public var connectionsMax: Int?
    /// Seconds of silence after which TCP asks whether the other end is still there, on the connections to
    /// clients and to servers alike; `nil`: it does not ask.
    public var keepaliveSeconds: Int?
    /// Connections at once of one client address, an IPv6 client's being its /64; 0: no limit.
    public var connectionsPerAddressMax: Int = 0
    /// New connections of one client address, as above; `nil`: no limit.
    public var connectionRatePerAddress: Rate?
    /// Clients that may connect; where it is empty, all may that are not denied.
    public var allowed: [Network] = []
    /// Clients that may not, allowed or not.
    public var denied: [Network] = []
    public var halfCloseTimeoutMilliseconds: UInt64 = 30_000
    public var tunnelTimeoutMilliseconds: UInt64 = 3_600_000

    // What follows is heeded in http mode alone.

    /// In their order, which counts.
    public var routes: [Route] = []
    /// What is changed in all its messages, before what a route changes.
    public var rewriting = Rewriting()
    /// At most one of a status.
    public var errorFiles: [ErrorFile] = []
    /// All of them hold.
    public var rateLimits: [RateLimit] = []
    /// The fields that tell servers who asked.
    public var forwarded: Forwarded = .xff
    /// Peers whose own fields of that kind are believed; from others they are replaced.
    public var trustedProxies: [Network] = []
    /// Name of the field that each request has its identifier in; `nil`: none is added.
    public var requestIDHeader: String? = "X-Request-ID"
    /// Our name in Via; `nil`: the field is not added (RFC 9110 section 7.6.3 asks for it).
    public var via: String?
    /// Whether X-Real-IP is added.
    public var sendsRealIP = false
    /// How long the head of a request may take.
    public var headTimeoutMilliseconds: UInt64 = 10_000
    /// How long the body of a request may make no progress.
    public var bodyIdleTimeoutMilliseconds: UInt64 = 30_000
    /// How long a client may take nothing of what it is sent.
    public var clientTimeoutMilliseconds: UInt64 = 60_000
    /// How long a connection may wait for its next request.
    public var keepAliveTimeoutMilliseconds: UInt64 = 75_000
    /// What a client has to send or take at least, on average; 0: no least.
    public var minRateBytesPerSecond: Int = 0
    /// Longest request line.
    public var requestLineBytesMax: Int = 8_190
    /// Most fields of a head.
    public var fieldsMax: Int = 100
    /// Longest line of a field: its name, the colon and its value.
    public var fieldBytesMax: Int = 8_190
    /// Longest head, of requests and of responses.
    public var headBytesMax: Int = 32_768
    /// Longest body of a request; 0: no limit.
    public var bodyBytesMax: UInt64 = 0

    public init(name: String, listeners: [Listener], backend: String) {
        self.name = name
        self.listeners = listeners
        self.backend = backend
    }

    public enum Mode: String, Equatable, Sendable, CaseIterable {
        case tcp, http
    }
}
