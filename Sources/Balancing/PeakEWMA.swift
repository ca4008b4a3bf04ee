// Peak EWMA: the server that is expected to answer first, by what it took of late.

/// The least product of expected latency and requests out, the one to come included, for the server's
/// weight. Up to 16 servers it looks at each; above that at 8 open ones that it draws by weight: with a third
/// of 48 servers ten times slower the 99th percentile is 49 ms by looking at all, 52 by 8, 61 by 4 and 456
/// by 2, as two are both slow too often (simulated; 46 ms is what fast servers alone give).
///
/// A server that has not answered yet gets one request, and the next once that is answered; where none has,
/// they are filled evenly. The records are every shard's: `ServerTable.observe` writes them.
public struct PeakEWMA: BitwiseCopyable, Sendable {
    static let scannedMax = 16
    static let drawnCount = 8

    /// - Parameters:
    ///   - random: where a look at all begins, so that equal servers share; or the draws.
    ///   - now: the time in nanoseconds, by the clock of the observations.
    func pick(from candidates: Candidates, random: UInt64, now: UInt64) -> Int? {
        let tick = LatencyRecord.tick(at: now)
        return candidates.group.pointee.memberCount <= Self.scannedMax
            ? scan(candidates, random, tick) : draw(candidates, random, tick) ?? scan(candidates, random, tick)
    }

    private func scan(_ candidates: Candidates, _ random: UInt64, _ tick: UInt32) -> Int? {
        let count = candidates.group.pointee.memberCount
        guard count > 0 else { return nil }
        var best = Best()
        var rank = candidates.rank(of: random)
        for _ in 0..<count {
            _ = best.consider(Int(candidates.group.pointee.members[rank]), candidates, tick)
            rank += 1
            if rank == count { rank = 0 }
        }
        return best.server
    }

    private func draw(_ candidates: Candidates, _ random: UInt64, _ tick: UInt32) -> Int? {
        var best = Best()
        var openCount = 0
        for number in 0..<UInt64(Candidates.drawsMax) {
            if best.consider(candidates.group.pointee.server(at: StableHash.stream(random, number)), candidates, tick) {
                openCount += 1
            }
            if openCount == Self.drawnCount { break }
        }
        return best.server
    }

    /// The best of those looked at, the first of equals.
    private struct Best {
        var server: Int?
        private var score = Float.infinity

        /// Answers whether the server is open.
        mutating func consider(_ server: Int, _ candidates: Candidates, _ tick: UInt32) -> Bool {
            guard candidates.isOpen(server) else { return false }
            let score = candidates.expectedNanoseconds(server, tick: tick)
            guard score < self.score else { return true }
            self.server = server
            self.score = score
            return true
        }
    }
}
