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

    public init(name: String, servers: [Server]) {
        self.name = name
        self.servers = servers
    }

    /// Policies by their names on the command line.
    public enum Balance: String, BitwiseCopyable, Equatable, Sendable, CaseIterable {
        case roundRobin = "roundrobin"
        case leastConnections = "leastconn"
    }
}
