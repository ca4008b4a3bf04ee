// Least connections, weighted: the server with the fewest connections for its weight.

/// Reads the true counts of all shards. Up to 64 servers it looks at each; above that it takes the best
/// of 8 that it draws by weight, which comes close at a cost that does not grow. Ties rotate.
public struct LeastConnections: BitwiseCopyable, Sendable {
    static let scannedMax = 64
    static let drawnCount = 8

    private var start: Int

    public init(shard: Int) { start = shard }

    /// The least loaded open server, or `nil` where none is open. `random` is read only above 64 servers.
    mutating func pick(from table: ServerTable, tried: TriedServers, random: UInt64) -> Int? {
        table.count <= Self.scannedMax
            ? scan(table, from: 0, count: table.count, tried: tried)
            : draw(table, tried: tried, random: random) ?? scan(table, from: 0, count: table.count, tried: tried)
    }

    private mutating func scan(_ table: ServerTable, from first: Int, count: Int, tried: TriedServers) -> Int? {
        guard count > 0 else { return nil }
        start = start + 1 >= count ? 0 : start + 1
        var best: Int?
        var server = start
        for _ in 0..<count {
            if table.isOpen(server, tried: tried), best.map({ isLess(server, $0, table) }) ?? true { best = server }
            server += 1
            if server == count { server = 0 }
        }
        return best
    }

    private func draw(_ table: ServerTable, tried: TriedServers, random: UInt64) -> Int? {
        guard table.cycleCount > 0 else { return nil }
        var best: Int?
        var bits = random
        for _ in 0..<Self.drawnCount {
            // The high half of a product spreads 32 bits evenly over the cycle.
            let place = Int(((bits >> 32) * UInt64(table.cycleCount)) >> 32)
            let server = Int(table.cycle[place])
            if table.isOpen(server, tried: tried), best.map({ isLess(server, $0, table) }) ?? true { best = server }
            bits = bits &* 0x9e37_79b9_7f4a_7c15 &+ 0x632b_e59b_d9b4_e019
        }
        return best
    }

    /// Whether one more connection weighs less on `left` than on `right`, by products rather than by division.
    private func isLess(_ left: Int, _ right: Int, _ table: ServerTable) -> Bool {
        (UInt64(table.current(left)) + 1) * UInt64(table.weight(right))
            < (UInt64(table.current(right)) + 1) * UInt64(table.weight(left))
    }
}
