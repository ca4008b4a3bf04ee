// Weighted round robin: servers in turn, each as often as its weight says.

/// A cursor in the table's cycle. Each shard has its own, with a start of its own, so that shards do
/// not all begin with the same server.
public struct RoundRobin: BitwiseCopyable, Sendable {
    private var place: Int

    /// - Parameters:
    ///   - shard: this shard's number; `shardCount`: how many there are.
    public init(table: ServerTable, shard: Int, shardCount: Int) {
        place = table.cycleCount == 0 ? 0 : table.cycleCount * shard / max(shardCount, 1)
    }

    /// The next server that is open, or `nil` where none is.
    mutating func pick(from table: ServerTable, tried: TriedServers) -> Int? {
        for _ in 0..<table.cycleCount {
            let server = Int(table.cycle[place])
            place += 1
            if place == table.cycleCount { place = 0 }
            if table.isOpen(server, tried: tried) { return server }
        }
        return nil
    }
}
