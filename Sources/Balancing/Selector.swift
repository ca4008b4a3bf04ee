// Picks the server, by one of a closed set of policies. Each shard has its own selector.

internal import Synchronization

/// The policy of one backend on one shard.
public enum Selector: BitwiseCopyable, Sendable {
    case roundRobin(RoundRobin)
    case leastConnections(LeastConnections)
    case powerOfTwo(PowerOfTwo)
    case ewma(PeakEWMA)
    case random(RandomDraw)
    case first(FirstServer)
    case source(SourceHash)
    case maglev(Maglev)
    case ring(RingHash)

    /// - Parameters:
    ///   - table: whose policy the selector follows.
    ///   - shard: this shard's number; `shardCount`: how many there are.
    public init(table: ServerTable, shard: Int, shardCount: Int) {
        switch table.policy {
        case .roundRobin: self = .roundRobin(RoundRobin(table: table, shard: shard, shardCount: shardCount))
        case .leastConnections: self = .leastConnections(LeastConnections(shard: shard))
        case .powerOfTwo: self = .powerOfTwo(PowerOfTwo())
        case .ewma: self = .ewma(PeakEWMA())
        case .random: self = .random(RandomDraw())
        case .first: self = .first(FirstServer())
        case .source: self = .source(SourceHash())
        case .maglev: self = .maglev(Maglev())
        case .ring: self = .ring(RingHash())
        }
    }

    /// Picks an open server and takes a place on it. A server at its limit is passed over, by policies that hash
    /// too (as in nginx): the next best, or the next of the key's own order, is asked.
    ///
    /// Primary servers come first. Backups, all of them by the same policy (as in nginx; HAProxy takes the first
    /// alone), stand in where every primary server has weight 0 or was tried, not where they are merely full:
    /// then the connection is to wait (as in HAProxy).
    ///
    /// - Parameters:
    ///   - tried: servers not to pick again.
    ///   - random: fresh random bits, used by policies that draw.
    ///   - key: the client's or request's `StableHash`, used by policies that hash.
    ///   - now: the time in nanoseconds, by the clock of `ServerTable.observe`; used by `ewma` alone.
    /// - Returns: the server's index, its place taken (`ServerTable.release` gives it back), or `nil`
    ///   where no server has room.
    public mutating func pick(from table: ServerTable, tried: TriedServers, random: UInt64, key: UInt64 = 0, now: UInt64 = 0)
        -> Int?
    {
        let primaries = Candidates(table, .primaries, tried: tried)
        if let server = place(from: primaries, random: random, key: key, now: now) { return server }
        let backups = Candidates(table, .backups, tried: tried)
        guard backups.group.pointee.memberCount > 0, !table.hasAvailable(.primaries, tried: tried) else { return nil }
        return place(from: backups, random: random, key: key, now: now)
    }

    /// Chooses until the place on the choice is got. Where another shard took the last one meanwhile the choice is
    /// made anew; that shard got on, so this ends, and `nil` means that no server had room.
    private mutating func place(from candidates: Candidates, random: UInt64, key: UInt64, now: UInt64) -> Int? {
        let table = candidates.table
        if table.balanceFactor > 0 { return boundedPlace(from: candidates, random: random, key: key, now: now) }
        while let server = choose(from: candidates, random: random, key: key, now: now) {
            if table.load(server).pointee.reserve(limit: table.limit(server)) { return server }
        }
        return nil
    }

    /// Counts itself before it looks, so that the total never lacks a connection whose place is taken: then there
    /// is always a server below its bound, unless some have no room for other reasons. In that case the bound
    /// yields, as a connection is better served beyond it than not.
    private mutating func boundedPlace(from unbounded: Candidates, random: UInt64, key: UInt64, now: UInt64) -> Int? {
        let table = unbounded.table
        let group = unbounded.group
        var candidates = unbounded
        var total = group.pointee.load.pointee.total.wrappingAdd(1, ordering: .relaxed).newValue
        while true {
            candidates.bound = LoadBound(percent: table.balanceFactor, total: total, weightTotal: group.pointee.weightTotal)
            var choice = choose(from: candidates, random: random, key: key, now: now)
            if choice == nil {
                // Others that came since have been served by a higher bound than this one, which leaves room as well.
                let latest = group.pointee.load.pointee.total.load(ordering: .relaxed)
                if latest > total {
                    total = latest
                    continue
                }
                candidates.bound = .none
                choice = choose(from: candidates, random: random, key: key, now: now)
            }
            guard let server = choice else { break }
            let limit = candidates.bound.limit(weight: table.weight(server), limit: table.limit(server))
            if table.load(server).pointee.reserve(limit: limit) { return server }
            total = group.pointee.load.pointee.total.load(ordering: .relaxed)
        }
        group.pointee.load.pointee.total.wrappingSubtract(1, ordering: .relaxed)
        return nil
    }

    private mutating func choose(from candidates: Candidates, random: UInt64, key: UInt64, now: UInt64) -> Int? {
        switch self {
        case .roundRobin(var policy):
            defer { self = .roundRobin(policy) }  // The payload is a cursor: copying it is free.
            return policy.pick(from: candidates, random: random)
        case .leastConnections(var policy):
            defer { self = .leastConnections(policy) }
            return policy.pick(from: candidates, random: random)
        case .powerOfTwo(let policy): return policy.pick(from: candidates, random: random)
        case .ewma(let policy): return policy.pick(from: candidates, random: random, now: now)
        case .random(let policy): return policy.pick(from: candidates, random: random)
        case .first(let policy): return policy.pick(from: candidates)
        case .source(let policy): return policy.pick(from: candidates, key: key)
        case .maglev(let policy): return policy.pick(from: candidates, key: key)
        case .ring(let policy): return policy.pick(from: candidates, key: key)
        }
    }
}
