// Where clients are accepted, and where their connections go.

public import Codecs

/// Listeners that share a mode, limits and a backend.
public struct Frontend: Equatable, Sendable {
    /// Unique among frontends; "default" where the operator gave none.
    public var name: String
    public var mode: Mode = .tcp
    /// The addresses this frontend listens on; `:port` stands here as two, 0.0.0.0 and [::].
    public var listeners: [Listener]
    /// Name of the backend that takes its connections.
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

    public init(name: String, listeners: [Listener], backend: String) {
        self.name = name
        self.listeners = listeners
        self.backend = backend
    }

    public enum Mode: String, Equatable, Sendable, CaseIterable {
        case tcp, http
    }
}
