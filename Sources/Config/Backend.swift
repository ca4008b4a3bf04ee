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

    public init(name: String, servers: [Server]) {
        self.name = name
        self.servers = servers
    }

    /// Policies by their names on the command line.
    public enum Balance: String, BitwiseCopyable, Equatable, Sendable, CaseIterable {
        case roundRobin = "roundrobin"
        case leastConnections = "leastconn"
        case powerOfTwo = "p2c"
        case random
        case first
        case source
        case maglev = "maglev:source"
        case ring = "ring:source"

        /// Whether one key always has the same server, as long as servers stay.
        public var isHash: Bool {
            switch self {
            case .source, .maglev, .ring: true
            case .roundRobin, .leastConnections, .powerOfTwo, .random, .first: false
            }
        }
    }
}
