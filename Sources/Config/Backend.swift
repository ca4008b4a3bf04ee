// A named group of servers with a balancing policy.

/// One backend. Timeouts and retries are those of its last setting on the command line.
public struct Backend: Equatable, Sendable {
    /// Unique among backends; "default" where the operator gave none.
    public var name: String
    public var balance: Balance = .leastConnections
    /// At least one; names unique within the backend.
    public var servers: [Server]
    /// Further servers tried after a failed connect (0 to 16).
    public var retriesMax: Int = 2
    public var connectTimeoutMilliseconds: UInt64 = 3_000
    /// Bounds what one server gets of a policy that hashes, in hundredths of the mean: 100 or more, 0: no
    /// bound.
    public var hashBalanceFactorPercent: Int = 0
    /// What servers have that say no limit of their own; already in each server's.
    public var serverConnectionsMax: Int = 0
    /// Connections that may wait for a server with room; 0: none waits.
    public var queueMax: Int = 1_024
    /// How long one of them may wait.
    public var queueTimeoutMilliseconds: UInt64 = 5_000
    /// What servers have that say no slow start of their own; already in each server's.
    public var slowStartMilliseconds: UInt64 = 0
    /// Where connections to the servers come from.
    public var source = SourceAddresses()
    /// By what a client keeps its server; a cookie needs http mode.
    public var sticky: Sticky = .off
    /// How long it keeps it; `nil`: as long as a browser keeps its session, with `.source` 30 minutes.
    public var stickyMilliseconds: UInt64?
    /// The file that cookies are signed with; `nil`: they are worth nothing once this process has ended.
    public var stickySecretFile: String?

    // What follows is heeded in http mode alone.

    /// What kind of servers they are; what it stands for is already in the other values.
    public var profile: Profile = .generic
    /// When a connection to a server takes a further request.
    public var reuse: Reuse = .safe
    /// How long such a connection may be idle; `nil`: as the servers themselves show.
    public var reuseIdleMilliseconds: UInt64?
    /// Idle connections that are kept for each server.
    public var reuseMax: Int = 1_024
    /// How long a server may take to answer.
    public var serverTimeoutMilliseconds: UInt64 = 60_000
    public var retryOn: RetryConditions = [.connect, .unsent, .reset]
    /// Retries in hundredths of the requests (0 to 100); three a second are allowed in any case.
    public var retryBudgetPercent: Int = 20
    /// How much of a request is gathered before a server is asked; 0: none.
    public var requestBufferBytes: Int = 0
    /// How much of a response is taken from a server that a client has not taken yet; 0: no more than
    /// passes through.
    public var responseBufferBytes: Int = 0
    public var websocket = WebSocketOptions()

    public init(name: String, servers: [Server]) {
        self.name = name
        self.servers = servers
    }

    /// What `--reuse` says.
    public enum Reuse: String, BitwiseCopyable, Equatable, Sendable, CaseIterable {
        /// One request a connection.
        case off
        /// Where a request that is lost with an idle connection can be sent again.
        case safe
        /// Wherever there is an idle connection.
        case always
    }
}
