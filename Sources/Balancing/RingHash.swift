// Ring: a key keeps its server on every host, and only the keys of a server that goes move.

/// The place of the key in the circle's table (`RingTable`). Where the server has no room the key goes on
/// around the circle.
public struct RingHash: BitwiseCopyable, Sendable {
    /// Places to go on before ranks decide: for three equal servers six runs of one and the same, for more servers
    /// more. Longer walks are needed only where nearly all servers are closed.
    static let stepsMax = 2_048

    func pick(from candidates: Candidates, key: UInt64) -> Int? {
        let count = candidates.group.pointee.placeCount
        guard count > 0 else { return nil }
        let places = candidates.group.pointee.places
        var place = candidates.group.pointee.place(of: key)
        var closed: UInt16?
        for _ in 0..<Self.stepsMax {
            let server = places[place]
            if server != closed, candidates.isOpen(Int(server)) { return Int(server) }
            closed = server
            place += 1
            if place == count { place = 0 }
        }
        return candidates.firstOpen(from: candidates.rank(of: key))
    }
}
