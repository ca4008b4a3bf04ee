// Ring: a key keeps its server on every host, and only the keys of a server that goes move.

/// The next point of the circle (`RingPoints`) whose server has room.
public struct RingHash: BitwiseCopyable, Sendable {
    func pick(from candidates: Candidates, key: UInt64) -> Int? {
        guard let ring = candidates.group.pointee.ring else { return nil }
        var point = ring.start(of: key)
        for _ in 0..<min(ring.count, RingPoints.stepsMax) {
            let server = Int(candidates.group.pointee.members[ring.rank(at: point)])
            if candidates.isOpen(server) { return server }
            point = ring.next(after: point)
        }
        return candidates.firstOpen(from: ring.rank(at: point))
    }
}
