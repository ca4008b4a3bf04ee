// After a server has come back, or has come to its fellows: some of the oldest WebSockets of those with more than
// their share are closed, evenly over time, so that their clients come back to where there is room.

internal import Balancing
internal import Codecs
internal import Synchronization

extension Shard where IO: ~Copyable {
    /// Looks at each backend whose period is over, and dates those tunnels of this shard that are to be closed in the
    /// next one.
    mutating func rebalance() {
        rebalanceAt = .max
        guard !isDraining else { return }
        for number in plan.backends.indices where plan.backends[number].rebalances {
            let period = plan.backends[number].webSocket.rebalanceMilliseconds
            // Every shard by the same clock, as all decide by the same loads.
            let next = (io.now / (period * 1_000_000) + 1) * (period * 1_000_000)
            rebalanceAt = min(rebalanceAt, next)
            rebalance(number)
        }
    }

    private mutating func rebalance(_ number: Int) {
        let table = plan.backends[number].table
        var (total, weights) = (0, 0)
        for server in 0..<table.count where takesTunnels(server, table) {
            total += load(server, table)
            weights += Int(table.weight(server))
        }
        guard weights > 0 else { return }
        func fair(_ server: Int) -> Int { (total * Int(table.weight(server)) + weights - 1) / weights }
        // Whether somebody below its share has shown that it takes connections; else one client in a period finds out.
        var isProven = false
        for server in 0..<table.count where takesTunnels(server, table) {
            let load = load(server, table)
            if load > 0, load < fair(server) { isProven = true }
        }
        for server in 0..<table.count where takesTunnels(server, table) {
            let (load, fair) = (load(server, table), fair(server))
            // A tenth more is what chance brings about.
            guard load > fair + max(1, fair / 10) else { continue }
            let percent = plan.backends[number].webSocket.rebalancePercent
            let quota = isProven ? (load * percent + 99) / 100 : 1
            close(quota, atMost: load - fair, of: load, server, number)
        }
    }

    private func takesTunnels(_ server: Int, _ table: ServerTable) -> Bool {
        table.weight(server) > 0 && !table.isBackup(server)
    }

    private func load(_ server: Int, _ table: ServerTable) -> Int {
        Int(table.load(server).pointee.current.load(ordering: .relaxed))
    }

    /// Ages are told apart by so many steps between the oldest and now.
    private static var stepCount: Int { 256 }

    /// Dates this shard's part of `quota` tunnels among the server's `load`: its oldest, as far as those steps tell.
    /// Of the `excess` that part is as good as gone which is ending already. Three walks over the table, whatever their
    /// number.
    private mutating func close(_ quota: Int, atMost excess: Int, of load: Int, _ server: Int, _ backend: Int) {
        var (mine, leaving, oldest) = (0, 0, io.now)
        for slot in 0..<relays.walkEnd where isTunnel(slot, server, backend) {
            if mayMove(slot, server, backend) {
                mine += 1
                oldest = min(oldest, http.tunnels[slot].openedAt)
            } else {
                leaving += 1
            }
        }
        // Rounded by chance, so that many shards with a few each do not close more together.
        let chance = Int(io.random() % UInt64(load))
        func share(_ count: Int) -> Int { (count * (mine + leaving) + chance) / load }
        let part = min(mine, share(quota), share(excess) - leaving)
        guard part > 0 else { return }
        var counts = InlineArray<256, UInt32>(repeating: 0)
        for slot in 0..<relays.walkEnd where mayMove(slot, server, backend) { counts[step(slot, since: oldest)] += 1 }
        var (last, before) = (0, 0)
        while before + Int(counts[last]) < part {
            before += Int(counts[last])
            last += 1
        }
        let period = plan.backends[backend].webSocket.rebalanceMilliseconds
        var (place, ofLast) = (0, part - before)
        for slot in 0..<relays.walkEnd where mayMove(slot, server, backend) {
            let step = step(slot, since: oldest)
            guard step < last || (step == last && ofLast > 0), let handle = relays.tenant(of: slot),
                let relay = relays.find(handle)
            else { continue }
            if step == last { ofLast -= 1 }
            let pause = period * UInt64(2 * place + 1) / UInt64(2 * part)
            place += 1
            dateTunnel(handle, relay, at: Tick(nanoseconds: io.now).after(milliseconds: pause))
        }
    }

    private func step(_ slot: Int, since oldest: UInt64) -> Int {
        let span = max(1, io.now &- oldest)
        let age = Double(http.tunnels[slot].openedAt &- oldest) / Double(span)
        return min(Self.stepCount - 1, Int(age * Double(Self.stepCount)))
    }

    private func mayMove(_ slot: Int, _ server: Int, _ backend: Int) -> Bool {
        isTunnel(slot, server, backend)
            && http.tunnels[slot].facts.isDisjoint(with: [.closing, .dated, .clientClosed, .serverClosed])
    }

    private func isTunnel(_ slot: Int, _ server: Int, _ backend: Int) -> Bool {
        guard let handle = relays.tenant(of: slot), let relay = relays.find(handle) else { return false }
        return relay.pointee.kind == .frames && relay.pointee.phase == .established && Int(relay.pointee.server) == server
            && Int(relay.pointee.backend) == backend
    }
}

extension PlannedBackend {
    /// Where clients would come back to the same server, or one server is to be full before the next gets any, closing
    /// their tunnels moves nothing.
    var rebalances: Bool {
        webSocket.rebalancePercent > 0 && exchanges.key.kind == .none && sticky.kind == .off && table.policy != .first
    }
}
