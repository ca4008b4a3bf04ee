// A backend's servers as a selector sees them: an index, a weight, a limit, an identity, a shared load
// record. Never an address.

internal import Synchronization

/// The servers of one backend. A plain handle to memory that lives until `destroy`: copies share it,
/// and all shards read the same table.
public struct ServerTable: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: everything but the loads is written once, before the first shard starts, and the
    // loads are atomics.

    /// One server, as the table is told of it.
    public struct Server: BitwiseCopyable, Sendable {
        /// 0 to 256; 0 is never picked.
        public var weight: Int
        /// Connections at once; 0: no limit.
        public var limit: Int
        /// The hash of the server's name: what hosts of a group have in common.
        public var identity: UInt64
        /// Used only where no primary server can be.
        public var isBackup: Bool

        public init(weight: Int = 1, limit: Int = 0, identity: UInt64 = 0, isBackup: Bool = false) {
            self.weight = weight
            self.limit = limit
            self.identity = identity
            self.isBackup = isBackup
        }
    }

    /// Whom a connection may wait for.
    public enum Group: BitwiseCopyable, Sendable { case primaries, backups }

    public let count: Int
    public let policy: Policy
    /// Per cent of its fair share that a server may hold; 0: any.
    let balanceFactor: Int
    private let weights: UnsafeMutablePointer<UInt16>
    private let limits: UnsafeMutablePointer<UInt32>
    private let isBackup: UnsafeMutablePointer<Bool>
    private let loads: UnsafeMutablePointer<ServerLoad>
    private let groups: UnsafeMutablePointer<ServerGroup>

    /// - Parameters:
    ///   - servers: at most 65,534.
    ///   - policy: what the table is worked out for; its selectors follow it.
    ///   - balanceFactor: bounded loads, in per cent of a server's fair share: 0 (off), or at least 100.
    ///     Only policies that hash heed it.
    public init(servers: [Server], policy: Policy, balanceFactor: Int = 0) {
        precondition(servers.count < Int(UInt16.max), "a server's index has 16 bits, and one value means none")
        precondition(servers.allSatisfy { 0...256 ~= $0.weight }, "weights are 0 to 256")
        precondition(balanceFactor == 0 || 100...100_000 ~= balanceFactor, "bounds together hold all connections")
        count = servers.count
        self.policy = policy
        self.balanceFactor = policy.isHashing ? balanceFactor : 0
        weights = .allocate(capacity: max(count, 1))
        limits = .allocate(capacity: max(count, 1))
        isBackup = .allocate(capacity: max(count, 1))
        loads = UnsafeMutableRawPointer.allocate(
            byteCount: max(count, 1) * MemoryLayout<ServerLoad>.stride, alignment: 128
        ).bindMemory(to: ServerLoad.self, capacity: count)
        for (index, server) in servers.enumerated() {
            weights[index] = UInt16(server.weight)
            limits[index] = UInt32(server.limit)
            isBackup[index] = server.isBackup
            (loads + index).initialize(to: ServerLoad())
        }
        groups = .allocate(capacity: 2)
        for (place, areBackups) in [false, true].enumerated() {
            let members = servers.indices.filter { servers[$0].isBackup == areBackups }
            (groups + place).initialize(
                to: ServerGroup(members.map { ($0, servers[$0].weight, servers[$0].identity) }, policy: policy))
        }
    }

    /// Primary servers without names, for what does not hash.
    public init(weights: [Int], limits: [Int], policy: Policy = .roundRobin) {
        precondition(weights.count == limits.count, "a limit for each weight")
        self.init(
            servers: zip(weights, limits).enumerated().map { index, server in
                Server(weight: server.0, limit: server.1, identity: UInt64(index))
            }, policy: policy)
    }

    /// Frees the memory; no copy may be used afterwards.
    public func destroy() {
        weights.deallocate()
        limits.deallocate()
        isBackup.deallocate()
        loads.deinitialize(count: count)
        UnsafeMutableRawPointer(loads).deallocate()
        for place in 0..<2 { groups[place].destroy() }
        groups.deallocate()
    }

    public func weight(_ server: Int) -> UInt16 { weights[server] }
    public func limit(_ server: Int) -> UInt32 { limits[server] }

    public func isBackup(_ server: Int) -> Bool { isBackup[server] }

    /// The server's shared record.
    public func load(_ server: Int) -> UnsafeMutablePointer<ServerLoad> {
        precondition(server >= 0 && server < count, "a server's index comes from this table")
        return loads + server
    }

    func group(_ group: Group) -> UnsafeMutablePointer<ServerGroup> { groups + (group == .primaries ? 0 : 1) }

    /// The group that the server belongs to.
    func group(of server: Int) -> UnsafeMutablePointer<ServerGroup> { groups + (isBackup[server] ? 1 : 0) }

    /// Connections of the server now, over all shards.
    func current(_ server: Int) -> UInt32 { loads[server].current.load(ordering: .relaxed) }

    /// The server answered after so long. Only a policy that goes by latencies remembers it.
    ///
    /// - Parameter now: the time in nanoseconds, by the clock that `Selector.pick` is told.
    public func observe(_ server: Int, latencyNanoseconds: UInt64, at now: UInt64) {
        guard policy == .ewma else { return }
        load(server).pointee.observe(latencyNanoseconds: latencyNanoseconds, tick: LatencyRecord.tick(at: now))
    }

    /// The server failed a request, which counts as a long latency: failing fast must not attract requests.
    public func observeFailure(_ server: Int, at now: UInt64) {
        guard policy == .ewma else { return }
        load(server).pointee.observe(latencyNanoseconds: nil, tick: LatencyRecord.tick(at: now))
    }

    /// What is remembered of how long the server takes.
    func latency(_ server: Int) -> LatencyRecord {
        LatencyRecord(bits: loads[server].latency.load(ordering: .relaxed))
    }

    /// Connections of all servers now, over all shards.
    public var currentTotal: Int {
        var total = 0
        for server in 0..<count { total += Int(current(server)) }
        return total
    }

    /// Whether the group has a server with weight that was not tried, with room or without.
    func hasAvailable(_ name: Group, tried: TriedServers) -> Bool {
        let group = group(name)
        for rank in 0..<group.pointee.memberCount where !tried.contains(Int(group.pointee.members[rank])) { return true }
        return false
    }
}
