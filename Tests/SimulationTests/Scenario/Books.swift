// The shard's own accounts, compared with what there is: after each turn, and at the end.

import Balancing
@testable import Engine

enum Books {
    /// What one member's relays hold, compared with what its pool and limits say.
    static func check<IO: ShardIO & ~Copyable>(_ member: Member<IO>, _ world: World) {
        if world.ledger?.isProxied ?? false { return HTTPBooks.check(member, world) }
        var (receiveBuffers, spillChunks, places) = (0, 0, 0)
        for slot in 0..<member.shard.relays.walkEnd {
            guard let handle = member.shard.relays.tenant(of: slot), let relay = member.shard.relays.find(handle) else { continue }
            if relay.pointee.server >= 0 { places += 1 }
            join(relay.pointee, world)
            for side in [Side.up, .down] {
                let (buffers, chunks) = count(relay.direction(side).pointee, member, world)
                receiveBuffers += buffers
                spillChunks += chunks
            }
        }
        let pool = member.engine.buffers
        if pool.receiveUsed != receiveBuffers {
            world.fail("\(pool.receiveUsed) receive buffers are out, and relays hold \(receiveBuffers)")
        }
        if pool.spillUsed != spillChunks { world.fail("\(pool.spillUsed) spill chunks are out, and relays hold \(spillChunks)") }
        guard world.scenario.shardCount == 1 else { return }
        let (used, reserved) = (member.shard.relays.usedCount, world.plan.processLimit.current)
        if used != reserved { world.fail("there are \(used) relays, and \(reserved) places are taken in the process") }
        let taken = world.plan.backends[0].table.currentTotal
        places += member.shard.grants.count
        if places != taken { world.fail("\(places) relays are at servers, and \(taken) places are taken there") }
    }

    private static func count<IO: ShardIO & ~Copyable>(
        _ direction: RelayDirection, _ member: Member<IO>, _ world: World
    ) -> (buffers: Int, chunks: Int) {
        let pool = member.engine.buffers
        var (buffers, chunks, bytes) = (0, 0, 0)
        var index = direction.queue.first
        while index != BufferPool.none {
            if pool.isReceiveBuffer(index) { buffers += 1 } else { chunks += 1 }
            bytes += Int(pool[index].count)
            index = pool[index].next
        }
        if bytes != direction.queue.count { world.fail("a queue says \(direction.queue.count) bytes, and its buffers hold \(bytes)") }
        // A chunk is opened where the one before is full, or where receive buffers stand between.
        if chunks > 2 + bytes / (BufferPool.spillBytes / 2) + buffers {
            world.fail("\(bytes) bytes take \(chunks) spill chunks")
        }
        // What is on its way from the kernel when the high-water mark is passed comes on top of it.
        let overshoot = max(member.engine.habits.scratchBytes, 2 * pool.receiveCount * pool.receiveBytes)
        if bytes > RelayDirection.highWaterBytes + overshoot { world.fail("a direction holds \(bytes) bytes") }
        return (buffers, chunks)
    }

    /// The table of relays says who belongs together.
    private static func join(_ relay: Relay, _ world: World) {
        // One that connects may still fail, and try another.
        guard relay.serverDescriptor >= 0, relay.phase != .connecting, case .socket(let client)? = world.descriptors[relay.client],
            case .socket(let server)? = world.descriptors[relay.serverDescriptor]
        else { return }
        if server.isConnected, !server.isClosing, !client.isClosing { world.join(client: client, server: server) }
    }

    /// Everything is back where it came from.
    static func checkEnd<IO: ShardIO & ~Copyable>(_ members: [Member<IO>], _ world: World) {
        for member in members {
            let (engine, index) = (member.engine, member.engine.index)
            if engine.buffers.spillUsed != 0 { world.fail("shard \(index) keeps \(engine.buffers.spillUsed) spill chunks") }
            if engine.buffers.smallUsed != 0 { world.fail("shard \(index) keeps \(engine.buffers.smallUsed) small chunks") }
            if engine.buffers.receiveUsed != 0 { world.fail("shard \(index) keeps \(engine.buffers.receiveUsed) receive buffers") }
            if engine.memory.offeredCount != engine.buffers.receiveCount {
                world.fail("of \(engine.buffers.receiveCount) receive buffers \(engine.memory.offeredCount) are back")
            }
            if let left = engine.operations.values.first { world.fail("\(left.token.operation!) is in flight at the end") }
            if member.shard.pipes.usedCount != 0 { world.fail("\(member.shard.pipes.usedCount) pipes are lent at the end") }
            if member.shard.timers.scheduledCount != 0 { world.fail("\(member.shard.timers.scheduledCount) timers are set at the end") }
            if world.scenario.isLogging, !(world.ledger?.isProxied ?? false) { checkLog(member, world) }
        }
        if world.descriptors.openCount != 0 { world.fail("\(world.descriptors.openCount) descriptors are open at the end") }
        let taken = world.plan.backends[0].table.currentTotal
        if taken != 0 { world.fail("\(taken) places on servers are taken at the end") }
        if world.plan.backends[0].queueLimit.current != 0 { world.fail("places in the queue are taken at the end") }
        for inbox in world.inboxes where inbox.load != 0 || !inbox.isDrained {
            world.fail("shard \(inbox.index) is left with a load of \(inbox.load)\(inbox.isDrained ? "" : ", and messages")")
        }
        if world.plan.processLimit.current != 0 { world.fail("\(world.plan.processLimit.current) places are taken in the process at the end") }
        for admission in world.plan.admissions where admission.limits?.placesTaken ?? 0 != 0 {
            world.fail("places of addresses are taken at the end")
        }
        for listener in world.plan.listeners where listener.listenerLimit.current != 0 || listener.frontendLimit.current != 0 {
            world.fail("places are taken at a listener at the end")
        }
        world.ledger?.checkEnd()
        if let tunnels = world.ledger?.tunnels { TunnelBooks.checkEnd(members, tunnels) }
        if world.ledger == nil { checkTotals(members, world) } else { checkGone(members, world) }
    }

    private static func checkLog<IO: ShardIO & ~Copyable>(_ member: Member<IO>, _ world: World) {
        let (lines, accepted) = (member.logLineCount, Int(member.counters[.accepted]))
        if lines + Int(member.counters[.logLinesDropped]) != accepted {
            world.fail("\(accepted) connections were accepted, and \(lines) lines logged")
        }
    }

    private static func checkTotals<IO: ShardIO & ~Copyable>(_ members: [Member<IO>], _ world: World) {
        func total(_ counter: Counter) -> Int { members.reduce(0) { $0 + Int($1.counters[counter]) } }
        // What a relay's last sends took while it was being cut off is not counted.
        let isExact = world.links.allSatisfy { !$0.isBroken && !($0.peer?.wasReset ?? false) }
        for (counted, passed) in [(total(.bytesIn), world.passedUp), (total(.bytesOut), world.passedDown)] {
            if counted > passed || (isExact && counted < passed) { world.fail("\(passed) bytes were passed on, and \(counted) counted") }
        }
        checkGone(members, world)
        for link in world.links { checkFate(link, world) }
    }

    private static func checkGone<IO: ShardIO & ~Copyable>(_ members: [Member<IO>], _ world: World) {
        func total(_ counter: Counter) -> Int { members.reduce(0) { $0 + Int($1.counters[counter]) } }
        if total(.connections) != 0 { world.fail("\(total(.connections)) connections are shown at the end") }
        if total(.staleCompletions) != 0 { world.fail("\(total(.staleCompletions)) completions found no relay") }
        for link in world.links where link.isConnected && !link.isClosing {
            world.fail("\(link.role) \(link.number) is still there at the end")
        }
    }

    /// A connection of which nobody was cut off has brought every byte and both ends.
    private static func checkFate(_ link: Link, _ world: World) {
        guard let pair = link.pair, let peer = link.peer, let other = pair.peer, !peer.wasReset, !other.wasReset else { return }
        guard !link.isBroken, !pair.isBroken else { return }
        if !link.isPassedOn { world.fail("the bytes of \(link.role) \(link.number) never reached their end") }
    }
}
