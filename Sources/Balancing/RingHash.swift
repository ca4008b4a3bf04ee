// Ring: a key keeps its server on every host, and only the keys of a server that goes move.

/// The place of the key in the circle's table (`RingTable`). Where the server has no room the key goes on
/// around the circle.
public struct RingHash: BitwiseCopyable, Sendable {
    /// Places to look at before ranks decide: more are needed only where nearly all servers are closed.
    static let stepsMax = 1_024

    func pick(from candidates: Candidates, key: UInt64) -> Int? {
        let count = candidates.group.pointee.placeCount
        guard count > 0 else { return nil }
        var place = candidates.group.pointee.place(of: key)
        var closed = -1
        for _ in 0..<min(count, Self.stepsMax) {
            let server = Int(candidates.group.pointee.places[place])
            if server != closed, candidates.isOpen(server) { return server }
            closed = server
            place += 1
            if place == count { place = 0 }
        }
        return candidates.firstOpen(from: candidates.rank(of: key))
    }
}
