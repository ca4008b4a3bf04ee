// Places on servers: taken, given back, waited for, handed to the next shard. What is promised across
// shards stands in `WaitingShards`.

internal import Synchronization

extension ServerTable {
    /// Takes a place on the server, within its own limit.
    public func reserve(_ server: Int) -> Bool {
        guard load(server).pointee.reserve(limit: limit(server)) else { return false }
        if balanceFactor > 0 { group(of: server).pointee.load.pointee.total.wrappingAdd(1, ordering: .relaxed) }
        return true
    }

    /// What became of asking for one server and no other.
    public enum Preferred: BitwiseCopyable, Sendable {
        /// Its place is taken.
        case taken
        /// It has no room now: another one may serve this once.
        case full
        /// It takes nothing new, or was tried in vain: another one is to be chosen for good.
        case gone
    }

    /// Takes a place on the server that somebody belongs to already, a backup as well as any other.
    ///
    /// - Parameter server: where it is none of this table (any more) it is gone.
    public func reservePreferred(_ server: Int, tried: TriedServers) -> Preferred {
        guard 0..<count ~= server, weight(server) > 0, !tried.contains(server) else { return .gone }
        return reserve(server) ? .taken : .full
    }

    /// Frees a place, or hands it on.
    ///
    /// - Parameter shard: whose place it was.
    /// - Returns: the shard that has connections waiting and whose turn it is, `shard` itself last: the place
    ///   stays taken and is that shard's from now on. `nil` where none waits: the place is free.
    public func release(_ server: Int, shard: Int) -> Int? {
        while true {
            if let next = WaitingShards.next(in: waiting(for: server), after: shard) { return next }
            giveBack(server)
            // A shard that set its bit before the place was free has looked in vain.
            guard waiting(for: server) != 0, reserve(server) else { return nil }
        }
    }

    /// Whom a connection waits for once `pick` has found no room: primary servers as long as there is one with
    /// weight that it has not tried, else backups. `nil` where none could take it, however long it waits.
    public func groupToWaitFor(tried: TriedServers) -> Group? {
        if hasAvailable(.primaries, tried: tried) { return .primaries }
        return hasAvailable(.backups, tried: tried) ? .backups : nil
    }

    /// The shard has connections that wait for any server of the group. Then pick once more before one waits.
    public func wait(shard: Int, for name: Group) { group(name).pointee.load.pointee.waiting.wait(shard: shard) }

    /// No connection of the shard waits for that group any more.
    public func stopWaiting(shard: Int, for name: Group) {
        group(name).pointee.load.pointee.waiting.stopWaiting(shard: shard)
    }

    /// The shards that would take a place on the server: those waiting for it, and for any of its group.
    private func waiting(for server: Int) -> UInt64 {
        let own = load(server).pointee.waiting.current()
        // Weight 0 takes nothing new, unless somebody waits for this very server.
        return weight(server) == 0 ? own : own | group(of: server).pointee.load.pointee.waiting.current()
    }

    private func giveBack(_ server: Int) {
        load(server).pointee.release()
        // Last, as the total may be too high for a moment, but never too low: bounds would not hold everybody.
        if balanceFactor > 0 { group(of: server).pointee.load.pointee.total.wrappingSubtract(1, ordering: .relaxed) }
    }
}
