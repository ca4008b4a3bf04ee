// The accounts of a shard in http mode, compared after each turn with what its tables hold.

import Balancing

@testable import Engine

enum HTTPBooks {
    /// What is out of each of the pool's reserves.
    private struct Holdings {
        var receiveBuffers = 0
        var spillChunks = 0
        var smallChunks = 0
    }

    static func check<IO: ShardIO & ~Copyable>(_ member: Member<IO>, _ world: World) {
        var holdings = Holdings()
        var (clients, places, pooled) = (0, 0, 0)
        let pool = member.engine.buffers
        for slot in 0..<member.shard.http.connections.walkEnd {
            guard let handle = member.shard.http.connections.tenant(of: slot),
                let connection = member.shard.http.connections.find(handle)
            else { continue }
            if connection.pointee.role == .client { clients += 1 }
            if connection.pointee.phase == .pooled { pooled += 1 }
            if connection.pointee.facts.contains(.hasPlace) { places += 1 }
            add(connection.pointee.input, to: &holdings, pool, world)
            add(connection.pointee.output, to: &holdings, pool, world)
            // What is on its way from the kernel when the high-water mark is passed comes on top of it.
            let overshoot = max(member.engine.habits.scratchBytes, 2 * pool.receiveCount * pool.receiveBytes)
            let bound =
                max(
                    HTTPConnection.highWaterBytes, world.scenario.http.responseBufferBytes,
                    world.scenario.http.requestBufferBytes) + overshoot + 64 * 1024
            if connection.pointee.input.count > bound {
                world.fail("\(connection.pointee.input.count) bytes wait to be understood")
            }
            if connection.pointee.output.count > bound {
                world.fail("\(connection.pointee.output.count) bytes wait to be sent")
            }
        }
        for slot in 0..<member.shard.http.exchanges.walkEnd {
            guard let handle = member.shard.http.exchanges.tenant(of: slot),
                let exchange = member.shard.http.exchanges.find(handle)
            else { continue }
            if exchange.pointee.facts.contains(.hasPlace) { places += 1 }
            add(exchange.pointee.request, to: &holdings, pool, world)
            add(exchange.pointee.held, to: &holdings, pool, world)
            add(exchange.pointee.texts, to: &holdings, pool, world)
        }
        places += addRelays(member, to: &holdings, world)
        defer {
            if world.violation != nil || Environment.number("SWIVEL_TABLES") != nil { describe(member, world) }
        }
        compare(pool.receiveUsed, holdings.receiveBuffers, "receive buffers", world)
        compare(pool.spillUsed, holdings.spillChunks, "spill chunks", world)
        compare(pool.smallUsed, holdings.smallChunks, "small chunks", world)
        compare(member.shard.http.clientCount, clients, "clients", world)
        compare(member.shard.http.pooledCount, pooled, "pooled connections", world)
        guard world.scenario.shardCount == 1 else { return }
        compare(world.plan.processLimit.current, clients + member.shard.relays.usedCount, "places in the process", world)
        compare(world.plan.backends[0].table.currentTotal, places + member.shard.grants.count, "places on servers", world)
    }

    /// Tunnels. Answers how many places on servers they have.
    private static func addRelays<IO: ShardIO & ~Copyable>(
        _ member: Member<IO>, to holdings: inout Holdings, _ world: World
    ) -> Int {
        var places = 0
        for slot in 0..<member.shard.relays.walkEnd {
            guard let handle = member.shard.relays.tenant(of: slot), let relay = member.shard.relays.find(handle) else {
                continue
            }
            places += 1
            if relay.pointee.kind == .connection { world.fail("a relay in http mode is no tunnel") }
            for side in [Side.up, .down] {
                let queue = relay.direction(side).pointee.queue
                add(queue, to: &holdings, member.engine.buffers, world)
                let pool = member.engine.buffers
                let overshoot = max(member.engine.habits.scratchBytes, 2 * pool.receiveCount * pool.receiveBytes)
                if queue.count > RelayDirection.highWaterBytes + overshoot + 64 * 1024 {
                    world.fail("\(queue.count) bytes wait in a tunnel")
                }
            }
        }
        return places
    }

    /// The tables as they stand, for the trace.
    private static func describe<IO: ShardIO & ~Copyable>(_ member: Member<IO>, _ world: World) {
        for slot in 0..<member.shard.relays.walkEnd {
            guard let handle = member.shard.relays.tenant(of: slot), let relay = member.shard.relays.find(handle)?.pointee else {
                continue
            }
            let tunnel = member.shard.http.tunnels[slot]
            world.trace(
                "  relay \(slot): \(relay.kind), \(relay.phase), \(relay.ending), "
                    + "facts \(String(tunnel.facts.rawValue, radix: 2)), "
                    + "up \(String(relay.directions.0.facts.rawValue, radix: 2)), holds \(relay.directions.0.queue.count), "
                    + "down \(String(relay.directions.1.facts.rawValue, radix: 2)), holds \(relay.directions.1.queue.count)")
        }
        for slot in 0..<member.shard.http.connections.walkEnd {
            guard let handle = member.shard.http.connections.tenant(of: slot),
                let connection = member.shard.http.connections.find(handle)?.pointee
            else { continue }
            world.trace(
                "  \(connection.role) \(handle.slot).\(handle.generation): \(connection.phase), facts \(String(connection.facts.rawValue, radix: 2)), "
                    + "input \(connection.input.count), output \(connection.output.count)")
            guard connection.role == .client, let exchange = member.shard.http.exchanges.find(connection.exchange)?.pointee
            else { continue }
            world.trace(
                "    \(exchange.method), facts \(String(exchange.facts.rawValue, radix: 2)), server \(exchange.server), "
                    + "request \(exchange.request.count), retries \(exchange.retries), \(exchange.ending)")
        }
    }

    private static func compare(_ told: Int, _ counted: Int, _ what: String, _ world: World) {
        if told != counted { world.fail("\(told) \(what) are said to be in use, and \(counted) are") }
    }

    private static func add(_ queue: BufferQueue, to holdings: inout Holdings, _ pool: BufferPool, _ world: World) {
        var bytes = 0
        var index = queue.first
        while index != BufferPool.none {
            if pool.isReceiveBuffer(index) {
                holdings.receiveBuffers += 1
            } else if pool.isSmall(index) {
                holdings.smallChunks += 1
            } else {
                holdings.spillChunks += 1
            }
            bytes += Int(pool[index].count)
            index = pool[index].next
        }
        if bytes != queue.count { world.fail("a queue says \(queue.count) bytes, and its buffers hold \(bytes)") }
    }
}
