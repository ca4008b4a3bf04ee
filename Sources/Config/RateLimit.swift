// How often requests may come that have something in common.

/// A limit of its own for each client address, host, or value of a field. Beyond it: 429.
public struct RateLimit: Equatable, Sendable {
    public var key: Key
    public var rate: Rate
    /// Requests that may come at once; 1 to 1,000,000.
    public var burst: Int

    public init(key: Key, rate: Rate, burst: Int) {
        self.key = key
        self.rate = rate
        self.burst = burst
    }

    /// What they have in common; a request that has no such field is not limited by it.
    public enum Key: Equatable, Sendable {
        /// The client's, an IPv6 client's being its /64.
        case address
        case host
        /// The name of a field.
        case header(String)
    }
}
