// One shard of a simulated process, with what belongs to it.

import Config
@testable import Engine

final class Member<IO: ShardIO & ~Copyable> {
    let engine: SimulatedEngine
    var counters: Counters { engine.counters }
    let tally: ServerTally
    let log: LogQueue?
    var shard: Shard<IO>
    private(set) var isDone = false

    init(_ engine: SimulatedEngine, _ io: consuming IO, _ world: World) {
        self.engine = engine
        tally = ServerTally(serverCount: world.scenario.servers.count)
        log = world.scenario.isLogging ? LogQueue(capacity: 1 << 16) : nil
        shard = Shard(
            io: io, index: engine.index, shardCount: world.scenario.shardCount, plan: world.plan, counters: engine.counters, tally: tally,
            mailbox: engine.mailbox, inboxes: UnsafeBufferPointer(world.inboxes), log: ShardLog(queue: log),
            listenerDescriptors: world.listeners[engine.index].map(\.descriptor), relaysMax: world.scenario.connectionsMax,
            pipesMax: world.scenario.pipesMax)
    }

    deinit {
        tally.destroy()
        log?.destroy()
    }

    /// One turn, and whether it was the last.
    func turn() {
        shard.turn()
        engine.turned()
        isDone = shard.isOver()
        engine.isOver = isDone
    }

    /// Log lines that were written.
    var logLineCount: Int {
        var count = 0
        guard let log else { return 0 }
        while log.take({ bytes in
            count += bytes.reduce(0) { $0 + ($1 == UInt8(ascii: "\n") ? 1 : 0) }
            return bytes.count
        }) > 0 {}
        return count
    }
}
