// What a simulated kernel keeps for one shard, and one turn of it. Orders stand in EngineOrders.swift,
// what operations do in EngineSteps.swift, calls that answer at once in EngineCalls.swift.

import Glibc
@testable import Engine

final class SimulatedEngine {
    /// Something that was handed to the kernel's queue and that it has not looked at.
    enum Submission {
        case arm(PendingOperation)
        case cancel(Token)
        case close(Int32, abruptly: Bool)
    }

    struct Posted {
        var completion: Completion
        var operation: PendingOperation?
        /// Receive buffers that hold its bytes, in order.
        var filled: [UInt32] = []
    }

    unowned(unsafe) let world: World
    let index: Int
    let habits: EngineHabits
    let buffers: BufferPool
    let memory: ReceiveMemory
    let mailbox = Mailbox(simulatedDescriptor: -1)
    /// What the shard counts: where it says that memory ran out, the judges believe it.
    let counters = Counters()
    private(set) var now: UInt64
    /// In flight, by token: from the order until the last completion was taken.
    var operations: [UInt64: PendingOperation] = [:]
    var submissions: [Submission] = []
    private var completions: [Posted] = []
    private var completionIndex = 0
    /// Sends that went whole, of which the shard hears at the end of the next turn that comes anyway.
    private var quiet: [Posted] = []
    /// Operations that may have become ready, where the engine waits for readiness.
    private var candidates: [PendingOperation] = []
    private var events: [PendingOperation] = []
    private var completionsLeft = 0
    /// Until when the shard sleeps, where nothing happens.
    private(set) var sleepsUntil: UInt64 = 0
    private(set) var turnCount = 0
    private(set) var lastTurnAt: UInt64 = 0
    /// Its shard has come to its end, and nobody waits for it.
    var isOver = false
    private var fruitlessTurns = 0
    private var fruitlessSince: UInt64 = 0
    private var progressSeen = 0
    private var wasInterrupted = false
    /// Who uses a handle.
    var clients: [UInt64: Link] = [:]
    var servers: [UInt64: Link] = [:]

    init(_ world: World, index: Int) {
        self.world = world
        self.index = index
        habits = world.scenario.habits
        buffers = BufferPool(receiveCount: habits.receiveCount, receiveBytes: habits.receiveBytes, spillCount: habits.spillCount,
            smallCount: habits.smallCount)
        memory = ReceiveMemory(world, buffers, scratchBytes: habits.keepsReceivedBytes ? 0 : habits.scratchBytes)
        now = world.now
        world.engines.append(self)
    }

    deinit {
        buffers.destroy()
        counters.destroy()
    }

    func tearDown() {
        operations = [:]
        submissions = []
        completions = []
        quiet = []
        candidates = []
        events = []
        clients = [:]
        servers = [:]
    }

    // MARK: - What others ask

    /// So few buffers are free that a shard need not ask for more.
    var isShortOfBuffers: Bool {
        habits.keepsReceivedBytes && buffers.receiveUsed > buffers.receiveCount / 8 * 7
    }

    /// Whether a poll would report room.
    func hasRoom(_ link: Link) -> Bool {
        habits.reportsAnyRoom ? link.outbound.room > 0 : link.outbound.room * 3 >= link.outbound.sendCapacity
    }

    func wake(_ orders: ShardOrders) {
        mailbox.post(orders)
        post(Posted(completion: Completion(token: Token(.wake, index: 0), result: 1), operation: nil))
    }

    /// Wakes another shard, after a while; or the message is refused, and the shard wakes by its mailbox.
    func message(to shard: Int, _ refusal: Token) {
        let target = world.engines[shard]
        if world.chance.happens(world.scenario.faults.messageRefused) {
            post(Posted(completion: Completion(token: refusal, result: -EOVERFLOW)))
            // What `Inbox.ringByDescriptor` does where there is a descriptor.
            return world.schedule(.bell(target), after: world.chance.within(habits.latency))
        }
        world.schedule(.bell(target), after: world.chance.within(habits.latency))
    }

    func rung() {
        if !isOver { post(Posted(completion: Completion(token: Token(.message, index: 0), result: 0))) }
    }

    var hasWork: Bool {
        if completionIndex < completions.count { return true }
        guard !habits.keepsReceivedBytes else { return false }
        candidates.removeAll { operation in
            if operation.isReady { return false }
            operation.isKicked = false
            return true
        }
        return !candidates.isEmpty
    }

    // MARK: - The turn

    func submitAndWait(until deadline: UInt64) {
        judgeTurn()
        sleepsUntil = deadline
        world.advance(to: world.now + world.chance.within(1_000...20_000))
        lastTurnAt = world.now
        memory.offerReturned()
        handOver()
        world.runDueEvents()
        wait(until: deadline)
        now = world.now
        completionsLeft = habits.completionsMax
        gatherEvents()
    }

    /// The turn is over: the next one follows at once, unless this one was only an interruption.
    func turned() {
        if !wasInterrupted || !submissions.isEmpty { sleepsUntil = 0 }
    }

    private func wait(until deadline: UInt64) {
        wasInterrupted = false
        while !hasWork, world.now < deadline, world.violation == nil {
            let others = world.engines.filter { $0 !== self && !$0.isOver }
            if others.contains(where: { $0.hasWork || $0.sleepsUntil <= world.now }) { return wasInterrupted = true }
            let bound = others.reduce(deadline) { min($0, $1.sleepsUntil) }
            if let next = world.nextEventTime, next <= bound {
                world.advance(to: next)
                world.runDueEvents()
            } else {
                world.advance(to: bound)
            }
        }
        // A shard that has been woken is not there at once: more may have happened by then.
        if world.chance.happens(world.scenario.faults.lateWake) {
            world.advance(to: world.now + world.chance.within(10_000...400_000))
            world.runDueEvents()
        }
    }

    /// A shard that turns and turns while nothing moves burns a core.
    private func judgeTurn() {
        turnCount += 1
        if world.progress != progressSeen {
            progressSeen = world.progress
            fruitlessTurns = 0
            fruitlessSince = world.now
        } else if !wasInterrupted {
            fruitlessTurns += 1
            if fruitlessTurns > 300, (world.now - fruitlessSince) / UInt64(fruitlessTurns) < 8_000_000 {
                world.fail("the shard spins: \(fruitlessTurns) turns in \((world.now - fruitlessSince) / 1000) us, and nothing moves")
            }
        }
    }

    private func gatherEvents() {
        guard !habits.keepsReceivedBytes else { return }
        events = candidates.filter(\.isReady)
        for _ in 0..<events.count { events.swapAt(0, world.chance.below(events.count)) }
        for operation in candidates { operation.isKicked = false }
        candidates = []
    }

    func nextCompletion() -> Completion? {
        memory.poisonScratch()
        while true {
            if completionIndex < completions.count {
                guard completionsLeft > 0 else { return putOff() }
                completionIndex += 1
                completionsLeft -= 1
                let posted = completions[completionIndex - 1]
                if completionIndex == completions.count {
                    completions.removeAll(keepingCapacity: true)
                    completionIndex = 0
                }
                return deliver(posted)
            }
            if let operation = events.popLast() {
                if completionsLeft == 0 { kick(operation) } else if !operation.isEnded { step(operation) }
            } else if !quiet.isEmpty {
                return deliver(quiet.removeFirst())
            } else {
                return nil
            }
        }
    }

    /// What is left is looked at in the next turn.
    private func putOff() -> Completion? {
        while let operation = events.popLast() { kick(operation) }
        return nil
    }

    private func deliver(_ posted: Posted) -> Completion {
        var completion = posted.completion
        if !completion.hasMore, let operation = posted.operation { forget(operation) }
        if !posted.filled.isEmpty { completion.chain = memory.chain(posted.filled, count: Int(completion.result)) }
        world.trace("  [\(index)] \(Engine.name(completion.token)) -> \(completion.result)\(completion.hasMore ? ", and more" : "")")
        return completion
    }

    private func forget(_ operation: PendingOperation) {
        operations[operation.token.rawValue] = nil
        if case .accept(let listener, _) = operation.kind { listener.operations.removeAll { $0 === operation } }
        operation.link?.operations.removeAll { $0 === operation }
    }

    // MARK: - What operations report

    func post(_ posted: Posted) { completions.append(posted) }

    /// A step of an operation is done; without `hasMore` it was the last.
    func post(_ operation: PendingOperation, _ result: Int32, hasMore: Bool = false, filled: [UInt32] = []) {
        if !hasMore { operation.isEnded = true }
        let posted = Posted(
            completion: Completion(token: operation.token, result: result, hasMore: hasMore), operation: operation, filled: filled)
        post(posted)
    }

    /// Bytes in scratch memory.
    func postScratch(_ operation: PendingOperation, _ count: Int) {
        var completion = Completion(token: operation.token, result: Int32(count), hasMore: true)
        completion.scratch = memory.scratch
        post(Posted(completion: completion, operation: operation))
    }

    /// A send went whole and the shard does not wait to hear of it.
    func postQuietly(_ operation: PendingOperation, _ result: Int32) {
        operation.isEnded = true
        quiet.append(Posted(completion: Completion(token: operation.token, result: result), operation: operation))
    }

    /// Something has happened that `operation` may have waited for.
    func kick(_ operation: PendingOperation) {
        guard !operation.isKicked, operation.isArmed, !operation.isEnded, operation.isReady else { return }
        operation.isKicked = true
        if habits.keepsReceivedBytes {
            world.schedule(.step(operation), after: world.chance.within(habits.latency))
        } else {
            candidates.append(operation)
        }
    }

    func stepScheduled(_ operation: PendingOperation) {
        operation.isKicked = false
        // One whose cancel the kernel has seen does no more.
        if !operation.isEnded, !operation.isCancelled { step(operation) }
    }
}

/// A token for the trace.
private enum Engine {
    static func name(_ token: Token) -> String {
        "\(token.operation.map { "\($0)" } ?? "?") \(token.handle.slot).\(token.handle.generation)"
    }
}
