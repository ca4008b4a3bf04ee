// Weighted round robin: servers in turn, each as often as its weight says.

/// A cursor in the table's cycle. Each shard has its own, with a start of its own, so that shards do
/// not all begin with the same server.
public struct RoundRobin: BitwiseCopyable, Sendable {
    /// Places to look at before ranks decide: a cycle may be much longer than its list of servers.
    static let stepsMax = 1_024

    private var primary: Int
    private var backup: Int

    /// - Parameters:
    ///   - shard: this shard's number; `shardCount`: how many there are.
    init(table: ServerTable, shard: Int, shardCount: Int) {
        primary = table.group(.primaries).pointee.placeCount * shard / max(shardCount, 1)
        backup = table.group(.backups).pointee.placeCount * shard / max(shardCount, 1)
    }

    /// The next server that is open, or `nil` where none is. `random` thins out visits to a server that starts slowly.
    mutating func pick(from candidates: Candidates, random: UInt64) -> Int? {
        let count = candidates.group.pointee.placeCount
        guard count > 0 else { return nil }
        var place = candidates.name == .primaries ? primary : backup
        defer { if candidates.name == .primaries { primary = place } else { backup = place } }
        for step in 0..<min(count, Self.stepsMax) {
            let server = Int(candidates.group.pointee.places[place])
            place += 1
            if place == count { place = 0 }
            if candidates.isOpen(server), candidates.isDue(server, bits: random ^ StableHash.mixed(UInt64(step))) {
                return server
            }
        }
        return candidates.firstOpen(from: place % candidates.group.pointee.memberCount)
    }
}
