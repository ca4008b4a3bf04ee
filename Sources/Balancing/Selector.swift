// Picks the server, by one of a closed set of policies. Each shard has its own selector.

/// The policy of one backend on one shard.
public enum Selector: BitwiseCopyable, Sendable {
    case roundRobin(RoundRobin)
    case leastConnections(LeastConnections)

    /// Picks an open server and takes a place on it: at its limit a server is passed over, and where
    /// another shard took the last place meanwhile, the next best is asked.
    ///
    /// - Parameters:
    ///   - tried: servers not to pick again.
    ///   - random: fresh random bits, used by policies that draw.
    /// - Returns: the server's index, its place taken (`ServerLoad.release` gives it back), or `nil`
    ///   where no server has room.
    public mutating func pick(from table: ServerTable, tried: TriedServers, random: UInt64) -> Int? {
        var passedOver = tried
        // Each turn passes at least one server over, and bits are shared beyond 64 servers.
        for _ in 0...min(table.count, 64) {
            let choice: Int?
            switch self {
            case .roundRobin(var policy):
                choice = policy.pick(from: table, tried: passedOver)
                self = .roundRobin(policy)  // The payload is a cursor: copying it is free.
            case .leastConnections(var policy):
                choice = policy.pick(from: table, tried: passedOver, random: random)
                self = .leastConnections(policy)
            }
            guard let server = choice else { return nil }
            if table.load(server).pointee.reserve(limit: table.limit(server)) { return server }
            passedOver.insert(server)
        }
        return nil
    }
}
