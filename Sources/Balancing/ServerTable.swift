// A backend's servers as a selector sees them: an index, a weight, a limit, a shared load record.
// Never an address.

internal import Synchronization

/// The servers of one backend. A plain handle to memory that lives until `destroy`: copies share it,
/// and all shards read the same table.
public struct ServerTable: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: everything but the loads is written once, before the first shard starts, and the
    // loads are atomics.
    public let count: Int
    private let weights: UnsafeMutablePointer<UInt16>
    private let limits: UnsafeMutablePointer<UInt32>
    private let loads: UnsafeMutablePointer<ServerLoad>
    /// The order in which weighted round robin visits servers: each as often as its weight says.
    let cycle: UnsafeMutablePointer<UInt16>
    let cycleCount: Int

    /// - Parameters:
    ///   - weights: 0 to 256 a server; 0 is never picked. At most 65,535 servers.
    ///   - limits: connections at once a server; 0: none.
    public init(weights: [Int], limits: [Int]) {
        precondition(weights.count == limits.count && weights.count < Int(UInt16.max), "a limit for each weight")
        count = weights.count
        self.weights = .allocate(capacity: max(count, 1))
        self.limits = .allocate(capacity: max(count, 1))
        loads = UnsafeMutableRawPointer.allocate(
            byteCount: max(count, 1) * MemoryLayout<ServerLoad>.stride, alignment: 128
        ).bindMemory(to: ServerLoad.self, capacity: count)
        for index in 0..<count {
            self.weights[index] = UInt16(weights[index])
            self.limits[index] = UInt32(limits[index])
            (loads + index).initialize(to: ServerLoad())
        }
        let order = WeightedCycle.order(weights: weights)
        cycleCount = order.count
        cycle = .allocate(capacity: max(order.count, 1))
        for (place, server) in order.enumerated() { cycle[place] = UInt16(server) }
    }

    /// Frees the memory; no copy may be used afterwards.
    public func destroy() {
        weights.deallocate()
        limits.deallocate()
        loads.deinitialize(count: count)
        UnsafeMutableRawPointer(loads).deallocate()
        cycle.deallocate()
    }

    public func weight(_ server: Int) -> UInt16 { weights[server] }
    public func limit(_ server: Int) -> UInt32 { limits[server] }

    /// The server's shared record.
    public func load(_ server: Int) -> UnsafeMutablePointer<ServerLoad> {
        precondition(server >= 0 && server < count, "a server's index comes from this table")
        return loads + server
    }

    /// Connections of the server now, over all shards.
    func current(_ server: Int) -> UInt32 { loads[server].current.load(ordering: .relaxed) }

    /// Connections of all servers now, over all shards.
    public var currentTotal: Int {
        var total = 0
        for server in 0..<count { total += Int(current(server)) }
        return total
    }

    /// Whether a new connection may go there: it has weight, room, and was not tried already.
    func isOpen(_ server: Int, tried: TriedServers) -> Bool {
        weights[server] > 0 && !tried.contains(server) && (limits[server] == 0 || current(server) < limits[server])
    }
}
