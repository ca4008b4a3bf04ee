// What one pick may choose from: the servers of one group that have room and were not tried. What
// policies have in common stands here.

internal import Synchronization

struct Candidates: BitwiseCopyable {
    /// Draws before ranks decide: more are needed only where nearly all servers are closed.
    static let drawsMax = 32

    let table: ServerTable
    let name: ServerTable.Group
    let group: UnsafeMutablePointer<ServerGroup>
    let tried: TriedServers
    var bound = LoadBound.none

    init(_ table: ServerTable, _ name: ServerTable.Group = .primaries, tried: TriedServers) {
        self.table = table
        self.name = name
        group = table.group(name)
        self.tried = tried
    }

    /// Whether a new connection may go there: it was not tried already, and has room.
    func isOpen(_ server: Int) -> Bool {
        guard !tried.contains(server) else { return false }
        let limit = table.limit(server)
        let current = table.current(server)
        return (limit == 0 || current < limit) && bound.allows(current: current, weight: table.weight(server))
    }

    /// The server's weight in hundredths of what it is by configuration: less while it starts slowly.
    func share(_ server: Int) -> UInt64 {
        UInt64(table.weight(server)) &* UInt64(table.load(server).pointee.weightPercent.load(ordering: .relaxed))
    }

    /// Whether this visit counts, for policies that go by visits: as often as the server's slow start says.
    func isDue(_ server: Int, bits: UInt64) -> Bool {
        let percent = table.load(server).pointee.weightPercent.load(ordering: .relaxed)
        // The low half decides; the high half may have chosen the server.
        return percent >= SlowStart.percentMax || ((bits & 0xffff_ffff) &* UInt64(SlowStart.percentMax)) >> 32 < UInt64(percent)
    }

    /// Whether one more connection weighs less on `left` than on `right`, by products rather than by division.
    func isLess(_ left: Int, _ right: Int) -> Bool {
        (UInt64(table.current(left)) &+ 1) &* share(right) < (UInt64(table.current(right)) &+ 1) &* share(left)
    }

    /// How long the server would take with one connection more, for its weight: for comparing alone.
    func expectedNanoseconds(_ server: Int, tick: UInt32) -> Float {
        let current = table.current(server)
        let expected = table.latency(server).expectedNanoseconds(tick: tick, inFlight: current)
        return expected * (Float(current) + 1) / Float(share(server))
    }

    /// The first open server from a rank on, in a circle.
    func firstOpen(from start: Int) -> Int? {
        let count = group.pointee.memberCount
        var rank = start
        for _ in 0..<count {
            let server = Int(group.pointee.members[rank])
            if isOpen(server) { return server }
            rank += 1
            if rank == count { rank = 0 }
        }
        return nil
    }

    /// The open server at the place that `key` falls on, else at the next place that follows from the key.
    func draw(_ key: UInt64) -> Int? {
        guard group.pointee.placeCount > 0 else { return nil }
        var bits = key
        for number in 0..<UInt64(Self.drawsMax) {
            let server = group.pointee.server(at: bits)
            if isOpen(server) { return server }
            bits = StableHash.stream(key, number)
        }
        return firstOpen(from: rank(of: bits))
    }

    /// The rank that `bits` fall on, all weighing the same.
    func rank(of bits: UInt64) -> Int { Int(bits.multipliedFullWidth(by: UInt64(group.pointee.memberCount)).high) }
}
