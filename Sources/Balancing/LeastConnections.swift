// Least connections, weighted: the server with the fewest connections for its weight.

/// Reads the true counts of all shards. Up to 64 servers it looks at each; above that it takes the best
/// of 8 open ones that it draws by weight, which comes close at a cost that does not grow. Ties rotate.
public struct LeastConnections: BitwiseCopyable, Sendable {
    static let scannedMax = 64
    static let drawnCount = 8

    private var start: Int

    init(shard: Int) { start = shard }

    /// The least loaded open server, or `nil` where none is open. `random` is read only above 64 servers.
    mutating func pick(from candidates: Candidates, random: UInt64) -> Int? {
        candidates.group.pointee.memberCount <= Self.scannedMax
            ? scan(candidates) : draw(candidates, random) ?? scan(candidates)
    }

    private mutating func scan(_ candidates: Candidates) -> Int? {
        let count = candidates.group.pointee.memberCount
        guard count > 0 else { return nil }
        start = start + 1 >= count ? 0 : start + 1
        var best = Best()
        var rank = start
        for _ in 0..<count {
            _ = best.consider(Int(candidates.group.pointee.members[rank]), candidates)
            rank += 1
            if rank == count { rank = 0 }
        }
        return best.server
    }

    private func draw(_ candidates: Candidates, _ random: UInt64) -> Int? {
        var best = Best()
        var openCount = 0
        for number in 0..<UInt64(Candidates.drawsMax) {
            if best.consider(candidates.group.pointee.server(at: StableHash.stream(random, number)), candidates) {
                openCount += 1
            }
            if openCount == Self.drawnCount { break }
        }
        return best.server
    }

    /// The least loaded of those looked at, the first of equals. What was read of it is kept: others change it meanwhile.
    private struct Best {
        var server: Int?
        // More for its weight than any server may have.
        private var connections: UInt64 = 1
        private var share: UInt64 = 0

        /// Answers whether the server is open.
        mutating func consider(_ server: Int, _ candidates: Candidates) -> Bool {
            guard candidates.isOpen(server) else { return false }
            let connections = UInt64(candidates.table.current(server)) &+ 1
            let share = candidates.share(server)
            guard connections &* self.share < self.connections &* share else { return true }
            self.server = server
            self.connections = connections
            self.share = share
            return true
        }
    }
}
