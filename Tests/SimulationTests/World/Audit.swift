// Looks, ten times a virtual second, whether something stands still that should not.

@testable import Engine

enum Audit {
    static let periodNanoseconds: UInt64 = 100_000_000
    /// Two ticks of the shard's coarse clock.
    static let tickNanoseconds: UInt64 = 20_000_000
    /// Bytes that could go on, and a shard that lets them lie so long, are a stall. Far below the second
    /// after which a shard wakes by itself, so that one that forgot something is caught.
    static let stallNanoseconds: UInt64 = 400_000_000
    /// Service goes on within a second of relief.
    static let reliefNanoseconds: UInt64 = 1_000_000_000

    static func run(_ world: World) {
        if let ledger = world.ledger, ledger.isProxied {
            HTTPAudit.run(world, ledger)
            ledger.tunnels?.look()
            for engine in world.engines { lookAtConnects(engine, world) }
            for listener in world.listeners.joined() { lookAtQueue(listener, world) }
            return
        }
        for link in world.links where link.isConnected && !link.isClosing {
            if let pair = link.pair {
                lookAtFlow(from: link, to: pair, world)
                if link.role == .client { lookAtIdleness(link, pair, world) }
            } else if link.role == .client, link.descriptor >= 0 {
                lookAtWaiting(link, world)
            }
        }
        for engine in world.engines { lookAtConnects(engine, world) }
        for listener in world.listeners.joined() { lookAtQueue(listener, world) }
    }

    /// Bytes from `source` that could go on to `target` do so.
    private static func lookAtFlow(from source: Link, to target: Link, _ world: World) {
        let seen = source.inbound.read + target.outbound.sent + (target.isShut ? 1 : 0)
        guard source.isUsable, target.isUsable, canGoOn(source, target, world), seen == source.progressSeen else {
            source.progressSeen = seen
            source.idleSince = nil
            return
        }
        guard let since = source.idleSince else { return source.idleSince = world.now }
        if world.now - since > stallNanoseconds {
            world.fail(
                "bytes of \(source.role) \(source.number) stand still: \(source.inbound.readable) to read, \(source.heldBytes) held, "
                    + "room for \(target.outbound.room)\(source.isEndRead ? ", end read" : "")")
        }
    }

    private static func canGoOn(_ source: Link, _ target: Link, _ world: World) -> Bool {
        if source.isEndRead, source.heldBytes == 0 { return !target.isShut }
        let hasRoom = world.engines[0].hasRoom(target)
        if source.heldBytes > 0 { return hasRoom }
        let hasNews = source.inbound.readable > 0 || (source.inbound.hasEndArrived && !source.isEndRead)
        return hasNews && !world.engines.contains { $0.isShortOfBuffers }
    }

    /// A relay where nothing has moved for long has been ended.
    private static func lookAtIdleness(_ client: Link, _ server: Link, _ world: World) {
        let idle = world.now - max(client.movedAt, server.movedAt)
        // Twice, as the first look at a socket that holds bytes cannot tell whether they move. And a quiet
        // send counts as activity when the shard next wakes, which may be a second after it.
        if idle > 2 * world.idleTimeout(client, server) + 2 * reliefNanoseconds {
            world.fail("the relay of client \(client.number) has been idle for \(idle / 1_000_000) ms and goes on")
        }
    }

    /// A client that was accepted is joined with a server, or turned away, in time.
    private static func lookAtWaiting(_ client: Link, _ world: World) {
        let rounds = UInt64(world.scenario.retriesMax + 1) * 2
        let wait = (world.scenario.connectTimeout + world.scenario.queueTimeout) * 1_000_000
        let preface: UInt64 = world.scenario.hasPrefaces ? 5_000_000_000 : 0
        let patience = preface + rounds * (wait + stallNanoseconds) + reliefNanoseconds
        // One that was accepted and parked waits for a place at its own listener as well.
        guard hasRoom(world), room(atPlace: client.listenerPlace, world) > 0, let since = client.idleSince
        else { return client.idleSince = world.now }
        if world.now - since > patience { world.fail("client \(client.number) was accepted and then forgotten") }
    }

    private static func lookAtConnects(_ engine: SimulatedEngine, _ world: World) {
        let timeout = world.scenario.connectTimeout * 1_000_000
        for operation in engine.operations.values where operation.isConnect && !operation.isEnded {
            if world.now - operation.begunAt > timeout + stallNanoseconds {
                world.fail("a connect has taken \((world.now - operation.begunAt) / 1_000_000) ms and goes on")
            }
        }
    }

    private static func lookAtQueue(_ listener: SimulatedListener, _ world: World) {
        guard !listener.isClosing, !listener.queue.isEmpty, hasRoom(world), room(atPlace: listener.place, world) > 0 else {
            return listener.servedAt = world.now
        }
        if world.now - listener.servedAt > reliefNanoseconds + stallNanoseconds {
            world.fail("\(listener.queue.count) clients stand in the queue of listener \(listener.place), and there is room for them")
        }
    }

    static func hasRoom(_ world: World) -> Bool {
        world.plan.processLimit.room > 0 && world.descriptors.openCount < world.descriptors.limit
    }

    static func room(atPlace place: Int, _ world: World) -> Int {
        let planned = world.plan.listeners[place]
        return min(planned.frontendLimit.room, planned.listenerLimit.room)
    }
}
