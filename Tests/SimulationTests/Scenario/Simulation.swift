// Runs a scenario to its end, or to the first rule that is broken.

import Config
@testable import Engine

/// What came of a run.
struct Outcome {
    /// What became of one client.
    struct Fate {
        /// Bytes that the client wrote and read, and that its server read.
        var written: Int
        var read: Int
        var serverRead: Int
        var isSatisfied: Bool
        var wasReset: Bool
        /// Virtual nanoseconds from the start, and from its arrival to its first byte.
        var goneAt: UInt64
        var firstByteAfter: UInt64?
    }

    var violation: String?
    var turns = 0
    var virtualNanoseconds: UInt64 = 0
    var turnedAway = 0
    /// In the order of arrival.
    var clients: [Fate] = []
    /// How many connections each server took.
    var connections: [Int] = []
    private var counts: [UInt64] = []
    /// In a scenario of HTTP: what became of each request, in the order of asking.
    var exchanges: [ExchangeFate] = []
    /// In a scenario of WebSockets: what became of each that was asked for.
    var tunnels: [TunnelFate] = []

    init<IO: ShardIO & ~Copyable>(_ world: World, _ members: [Member<IO>]) {
        violation = world.violation
        turns = members.reduce(0) { $0 + $1.engine.turnCount }
        virtualNanoseconds = world.now - world.scenario.startsAt
        turnedAway = world.turnedAway
        counts = Counter.allCases.map { counter in members.reduce(0) { $0 + $1.counters[counter] } }
        connections = world.scenario.servers.indices.map { server in
            members.reduce(0) { $0 + Int($1.tally.value(.sessions, of: server)) }
        }
        tunnels = world.ledger?.tunnels?.meetings.map { TunnelFate($0, since: world.scenario.startsAt) } ?? []
        exchanges = world.ledger?.asked.map { ExchangeFate($0) } ?? []
        for link in world.links where link.role == .client {
            guard let peer = link.peer else { continue }
            clients.append(
                Fate(
                    written: link.inbound.sent, read: peer.readBytes, serverRead: link.pair?.peer?.readBytes ?? 0,
                    isSatisfied: peer.isSatisfied, wasReset: peer.wasReset,
                    goneAt: peer.goneAt - min(peer.goneAt, world.scenario.startsAt),
                    firstByteAfter: peer.firstByteAt.map { $0 - link.openedAt }))
        }
    }

    subscript(counter: Counter) -> Int { Int(counts[counter.rawValue]) }
}

enum Simulation {
    static func run(_ scenario: Scenario, isTracing: Bool = false) -> Outcome {
        run(scenario, isTracing: isTracing) { SimulatedIO(engine: $0) }
    }

    /// - Parameter makeIO: what the shard gets in place of the plain engine.
    static func run<IO: ShardIO & ~Copyable>(
        _ scenario: Scenario, isTracing: Bool, makeIO: (SimulatedEngine) -> IO
    ) -> Outcome {
        let plan = Plan(scenario.configuration, connectionsMax: scenario.connectionsMax, seed: scenario.seed)
        defer { plan.destroy() }
        let world = World(scenario, plan: plan, isTracing: isTracing)
        defer { world.tearDown() }
        var members: [Member<IO>] = []
        for index in 0..<scenario.shardCount {
            let engine = SimulatedEngine(world, index: index)
            members.append(Member(engine, makeIO(engine), world))
        }
        for member in members { member.shard.begin() }
        while world.violation == nil, let member = next(of: members, at: world.now) {
            member.turn()
            if world.violation == nil { Books.check(member, world) }
            world.ledger?.tunnels?.rebalancing?.turned(member.engine.index)
            if world.now - scenario.startsAt > scenario.endsBefore { endTheLively(world) }
        }
        if world.violation == nil {
            // Nothing is left to do, so this is the last part of a shard's life alone.
            for member in members { member.shard.run() }
            Books.checkEnd(members, world)
            world.settle()
        }
        return Outcome(world, members)
    }

    /// The time is over. Slow but live flows are never cut, so where some still move they are ended by a
    /// stop; what has not moved for longer than it may be idle should have ended by itself.
    private static func endTheLively(_ world: World) {
        let grace: UInt64 = 60_000_000_000
        if world.now - world.scenario.startsAt > world.scenario.endsBefore + grace {
            return world.fail("the shards do not come to an end, though they were stopped")
        }
        guard !world.isOutOfTime else { return }
        guard world.isAnyMoving else { return world.fail("the shards do not come to an end") }
        world.endWhatMoves()
    }

    /// The shard whose turn it is: of those that have something to do, the one that had its last turn
    /// longest ago, as every shard has a core of its own; else the one that wakes first.
    private static func next<IO: ShardIO & ~Copyable>(of members: [Member<IO>], at now: UInt64) -> Member<IO>? {
        var ready: Member<IO>?
        var first: Member<IO>?
        for member in members where !member.isDone {
            if member.engine.hasWork || member.engine.sleepsUntil <= now {
                if ready.map({ member.engine.lastTurnAt < $0.engine.lastTurnAt }) ?? true { ready = member }
            } else if first.map({ member.engine.sleepsUntil < $0.engine.sleepsUntil }) ?? true {
                first = member
            }
        }
        return ready ?? first
    }
}
