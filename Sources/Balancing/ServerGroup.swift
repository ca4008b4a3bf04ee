// The servers that stand in together: a backend's primary servers, or its backups. With what its policy
// looks up, worked out once.

internal import Synchronization

/// Immutable but for its shared record; lives until `destroy`.
struct ServerGroup: BitwiseCopyable {
    /// Servers with weight, by rank: in the order of the configuration, or, for policies that hash, of their
    /// identities, so that nothing hangs on the order in which a host lists them.
    let members: UnsafeMutablePointer<UInt16>
    let memberCount: Int
    let weightTotal: UInt64
    /// Servers by place: the weighted cycle, Maglev's table, or the ring's. Empty where the policy needs none.
    let places: UnsafeMutablePointer<UInt16>
    let placeCount: Int
    let load: UnsafeMutablePointer<GroupLoad>

    /// What all shards know of the group, each word on cache lines of its own: all that free a place read
    /// the bits, and where loads are bounded all that pick write the total.
    struct GroupLoad: ~Copyable {
        let waiting = WaitingShards()
        private let padding: InlineArray<15, UInt64> = .init(repeating: 0)
        /// Connections of all servers, those that look for one included. Kept only where loads are bounded.
        let total = Atomic<UInt32>(0)
        private let rest: InlineArray<15, UInt64> = .init(repeating: 0)
    }

    /// - Parameter members: indices of the servers, each with its weight and identity.
    init(_ members: [(server: Int, weight: Int, identity: UInt64)], policy: Policy) {
        var members = members.filter { $0.weight > 0 }
        if policy.isHashing { members.sort { ($0.identity, $0.server) < ($1.identity, $1.server) } }
        let weights = members.map(\.weight)
        let identities = members.map(\.identity)
        memberCount = members.count
        weightTotal = UInt64(weights.reduce(0, +))
        self.members = Self.store(members.map { UInt16($0.server) })
        let ranks = Self.ranks(weights: weights, identities: identities, policy: policy)
        placeCount = ranks.count
        places = Self.store(ranks.map { UInt16(members[Int($0)].server) })
        load = UnsafeMutableRawPointer.allocate(byteCount: MemoryLayout<GroupLoad>.stride, alignment: 128)
            .bindMemory(to: GroupLoad.self, capacity: 1)
        load.initialize(to: GroupLoad())
    }

    func destroy() {
        members.deallocate()
        places.deallocate()
        load.deinitialize(count: 1)
        UnsafeMutableRawPointer(load).deallocate()
    }

    /// The place that `bits` fall on: the high half of a product spreads them evenly.
    func place(of bits: UInt64) -> Int { Int(bits.multipliedFullWidth(by: UInt64(placeCount)).high) }

    func server(at bits: UInt64) -> Int { Int(places[place(of: bits)]) }

    /// What the policy looks up, as ranks by place.
    private static func ranks(weights: [Int], identities: [UInt64], policy: Policy) -> [UInt16] {
        guard !weights.isEmpty else { return [] }
        switch policy {
        case .roundRobin, .powerOfTwo, .random, .source: return WeightedCycle.order(weights: weights).map { UInt16($0) }
        case .leastConnections:
            guard weights.count > LeastConnections.scannedMax else { return [] }
            return WeightedCycle.order(weights: weights).map { UInt16($0) }
        case .ewma:
            guard weights.count > PeakEWMA.scannedMax else { return [] }
            return WeightedCycle.order(weights: weights).map { UInt16($0) }
        case .maglev: return MaglevTable.ranks(identities: identities, weights: weights)
        case .ring: return RingTable.ranks(identities: identities, weights: weights)
        case .first: return []
        }
    }

    private static func store(_ servers: [UInt16]) -> UnsafeMutablePointer<UInt16> {
        let memory = UnsafeMutablePointer<UInt16>.allocate(capacity: max(servers.count, 1))
        memory.initialize(from: servers, count: servers.count)
        return memory
    }
}
