// The power of two choices: the less loaded of two servers.

/// Draws two different servers by weight and takes the one with fewer connections for its weight. Close to
/// least connections at the cost of two looks, and shards that pick at once do not all run to the same server.
public struct PowerOfTwo: BitwiseCopyable, Sendable {
    /// Draws for the second server: where one server has nearly all the weight it may well be drawn again.
    static let drawsMax: UInt64 = 8

    func pick(from candidates: Candidates, random: UInt64) -> Int? {
        guard let first = candidates.draw(random) else { return nil }
        guard candidates.group.pointee.memberCount > 1 else { return first }
        for number in 0..<Self.drawsMax {
            let second = candidates.group.pointee.server(at: StableHash.stream(~random, number))
            guard second != first, candidates.isOpen(second) else { continue }
            return candidates.isLess(second, first) ? second : first
        }
        return first
    }
}
