// One core's worth of the data plane: a ring with its connections, buffers, timers. The loop stands
// here whole; what it does with each completion stands in the files beside this one.
// Knows everything of its own core, and of other shards only atomics.

internal import Balancing
internal import Config

/// A shard. Made and run on its own thread; `IO` is `Ring`, `Epoll`, or in tests `SimulatedIO`.
struct Shard<IO: ShardIO & ~Copyable>: ~Copyable {
    var io: IO
    let index: Int
    let plan: Plan
    let counters: Counters
    let tally: ServerTally
    let mailbox: Mailbox
    /// Every shard's inbox, by its number; this one's is `inboxes[index]`.
    let inboxes: UnsafeBufferPointer<Inbox>
    var log: ShardLog

    var relays: Slab<Relay>
    /// What connections in http mode need; hardly anything where no frontend is.
    var http: HTTPState
    let relayLinks: WaitingLinks
    var timers: TimerWheel
    var pipes: PipePool
    let listeners: UnsafeMutableBufferPointer<ShardListener>
    let selectors: UnsafeMutablePointer<Selector>
    /// Accepted connections beyond a limit, first come first served: accepts were in flight as it was reached.
    var parked: BoundedQueue<ParkedClient>
    /// By backend: who waits for a primary server's place, who for a backup's.
    let queues: UnsafeMutablePointer<WaitingSlots>
    /// All of them: summed up as they come and go, as every turn reports it.
    var waitingCount = 0
    /// Places that came free and that this shard gives to those who wait.
    var grants: BoundedQueue<GrantedPlace>
    /// Directions with orders to carry out before the shard sleeps.
    var listed: BoundedQueue<DirectionName>
    /// Directions that found no receive buffer.
    var starved: BoundedQueue<DirectionName>
    /// When to look again at what keeps a listener from accepting; `UInt64.max`: nothing does.
    var acceptAgainAt = UInt64.max
    /// Descriptors have run out: no listener accepts until then.
    var isOutOfDescriptors = false
    var orders: ShardOrders = []
    var isDraining = false
    /// When the last tunnel is to be closed.
    var drainEnd = Tick(rawValue: 0)
    /// When to look again whether servers have more tunnels than their share; `UInt64.max`: never.
    var rebalanceAt = UInt64.max
    /// When the next turn of a pace comes; `UInt64.max`: nobody waits for one.
    var pacedAt = UInt64.max
    private var reportedCounts = EngineCounts()

    /// One direction of one relay, by handle.
    struct DirectionName: BitwiseCopyable {
        var handle: Handle
        var side: Side
    }

    struct ParkedClient: BitwiseCopyable {
        var descriptor: Int32
        var listener: UInt16
    }

    /// - Parameters:
    ///   - io: the engine, made on this thread.
    ///   - listenerDescriptors: this shard's socket for each of the plan's listeners.
    ///   - relaysMax: connections this shard may hold.
    ///   - pipesMax: pipes of the pool.
    init(
        io: consuming IO, index: Int, shardCount: Int, plan: Plan, counters: Counters, tally: ServerTally, mailbox: Mailbox,
        inboxes: UnsafeBufferPointer<Inbox>, log: ShardLog, listenerDescriptors: [Int32], relaysMax: Int, pipesMax: Int
    ) {
        self.index = index
        self.plan = plan
        self.counters = counters
        self.tally = tally
        self.mailbox = mailbox
        self.inboxes = inboxes
        self.log = log
        relays = Slab(capacity: relaysMax)
        relayLinks = WaitingLinks(capacity: relaysMax)
        http = HTTPState(clientsMax: plan.hasHTTP ? relaysMax : 0, plan: plan, now: io.now)
        timers = TimerWheel(capacity: relaysMax, now: Tick(nanoseconds: io.now))
        pipes = PipePool(capacity: pipesMax)
        listeners = .allocate(capacity: listenerDescriptors.count)
        for (place, descriptor) in listenerDescriptors.enumerated() {
            listeners.initializeElement(at: place, to: ShardListener(descriptor: descriptor))
        }
        selectors = .allocate(capacity: plan.backends.count)
        for (place, backend) in plan.backends.enumerated() {
            (selectors + place).initialize(to: Selector(table: backend.table, shard: index, shardCount: shardCount))
        }
        queues = .allocate(capacity: 2 * plan.backends.count)
        queues.initialize(repeating: WaitingSlots(), count: 2 * plan.backends.count)
        // A place is given out a turn after it came; one that its next owner cannot be told of stays longer.
        grants = BoundedQueue(capacity: 2 * relaysMax + 1024)
        parked = BoundedQueue(capacity: 8192)
        // Names of relays that left meanwhile may still stand there: one turn's completions more.
        listed = BoundedQueue(capacity: 2 * relaysMax + 16384)
        starved = BoundedQueue(capacity: 2 * relaysMax + 16384)
        self.io = io
    }

    deinit {
        listeners.deallocate()
        selectors.deallocate()
        queues.deallocate()
        relayLinks.destroy()
    }

    // MARK: - The loop

    /// Runs until the shard has drained or was stopped.
    mutating func run() {
        begin()
        while !isOver() { turn() }
        end()
    }

    mutating func begin() {
        if mailbox.descriptor >= 0 { io.poll(mailbox.descriptor, for: .bytes, Token(.wake, index: 0)) }
        inboxes[index].setRing(io.messageDescriptor)
        for place in listeners.indices { acceptIfThereIsRoom(place) }
        if plan.backends.contains(where: { $0.rebalances }) { rebalance() }
    }

    /// One turn: hand the kernel what is queued, act on all that it has finished, then on what follows from it.
    mutating func turn() {
        // Bulk flows fill up while the shard sleeps and move in larger pieces: looking for them early
        // costs twice the processor time per byte.
        io.submitAndWait(until: nextDeadline, maySpin: pipes.usedCount == 0 && isLightlyLoaded)
        while let completion = io.nextCompletion() { dispatch(completion) }
        fireTimers()
        fireHTTPTimers()
        if pacedAt <= io.now { letThrough() }
        if inboxes[index].hasMessages { takeMessages() }
        carryOutOrders()
        carryOutHTTPOrders()
        if !grants.isEmpty { giveOutPlaces() }
        if !http.released.isEmpty { freeReleased() }
        if acceptAgainAt <= io.now { resumeAccepting() }
        if rebalanceAt <= io.now { rebalance() }
        reportGauges()
    }

    /// Few have anything to do: then looking for work before sleeping answers them sooner. With many, whoever could
    /// sleep a little burns as much again as the work takes (measured: 64 connections that ask once each).
    private var isLightlyLoaded: Bool { relays.usedCount + http.exchanges.usedCount <= 8 }

    /// The one switch over operations.
    @inline(__always)
    private mutating func dispatch(_ completion: Completion) {
        let handle = completion.token.handle
        switch completion.token.operation {
        case .receiveUp: received(completion, from: handle, .up)
        case .receiveDown: received(completion, from: handle, .down)
        case .sendUp: sent(completion.result, on: handle, .up)
        case .sendDown: sent(completion.result, on: handle, .down)
        case .roomUp: roomReported(completion.result, on: handle, .up)
        case .roomDown: roomReported(completion.result, on: handle, .down)
        case .bytesUp: bytesReported(completion.result, on: handle, .up)
        case .bytesDown: bytesReported(completion.result, on: handle, .down)
        case .failureUp: failureReported(completion.result, on: handle, .up)
        case .failureDown: failureReported(completion.result, on: handle, .down)
        case .accept: accepted(completion, at: Int(handle.slot))
        case .connect: connected(completion.result, on: handle)
        case .receive: received(completion, from: handle)
        case .send: sent(completion.result, on: handle)
        case .bytes: bytesReported(on: handle)
        case .room: roomReported(on: handle)
        case .failure: failureReported(completion.result, on: handle)
        case .open: opened(completion.result, on: handle)
        case .wake: woken()
        case .bell: if completion.result < 0 { inboxes[Int(handle.slot)].ringByDescriptor() }
        case .message, .cancel, .close: break
        case nil: assertionFailure("a completion carries a token of ours")
        }
    }

    /// When the shard must wake even if nothing finishes.
    private var nextDeadline: UInt64 {
        // A second at most: gauges and pauses stay true even on a shard where nothing happens.
        var deadline = min(acceptAgainAt, rebalanceAt, pacedAt, io.now &+ 1_000_000_000)
        if let timer = timers.nextDeadline(now: io.now) { deadline = min(deadline, timer) }
        if let timer = http.timers.nextDeadline(now: io.now) { deadline = min(deadline, timer) }
        let isFeeding = !(starved.isEmpty && http.starved.isEmpty) && io.buffers.canReceive
        return listed.isEmpty && http.listed.isEmpty && grants.isEmpty && !isFeeding ? deadline : 0
    }

    private mutating func fireTimers() {
        let now = Tick(nanoseconds: io.now)
        while let slot = timers.nextExpired(at: now) { expired(slot, at: now) }
    }

    private mutating func reportGauges() {
        counters.count(.turns)
        counters.set(.connections, to: relays.usedCount + http.clientCount)
        counters.set(.serverConnections, to: http.connections.usedCount - http.clientCount)
        counters.set(.pooledConnections, to: http.pooledCount)
        counters.set(.waiting, to: waitingCount)
        counters.set(.spillChunks, to: io.buffers.spillUsed)
        counters.set(.smallChunks, to: io.buffers.smallUsed)
        counters.set(.receiveBuffers, to: io.buffers.receiveUsed)
        counters.set(.pipes, to: pipes.usedCount)
        let counts = io.counts
        counters.add(counts.submissionQueueFull &- reportedCounts.submissionQueueFull, to: .submissionQueueFull)
        counters.add(counts.completionQueueOverflow &- reportedCounts.completionQueueOverflow, to: .completionQueueOverflow)
        reportedCounts = counts
    }

    /// Nothing is left to do: every listener is closed, every connection has ended, and no other shard has
    /// sent one more, or will.
    mutating func isOver() -> Bool {
        guard isDraining, isEmpty, parked.isEmpty, grants.isEmpty, listeners.allSatisfy({ $0.isClosed }) else {
            return false
        }
        closeInbox()
        freeReleased()
        return isEmpty && grants.isEmpty
    }

    private var isEmpty: Bool { relays.usedCount == 0 && http.connections.usedCount == 0 }

    private mutating func end() {
        pipes.closeAll(in: &io)
        // What was closed last is handed over before the ring goes, and the last sends are settled.
        for _ in 0..<2 {
            io.submitAndWait(until: 0, maySpin: false)
            while let completion = io.nextCompletion() { dispatch(completion) }
        }
        reportGauges()
    }

    // MARK: - Helpers of the files beside this one

    /// The relay, or `nil` (counted) where the completion came late for one that has left.
    @inline(__always)
    mutating func find(_ handle: Handle) -> UnsafeMutablePointer<Relay>? {
        if let relay = relays.find(handle) { return relay }
        counters.count(.staleCompletions)
        return nil
    }

    /// Puts a direction on the list of those to look at before the shard sleeps.
    @inline(__always)
    mutating func list(_ direction: UnsafeMutablePointer<RelayDirection>, _ handle: Handle, _ side: Side) {
        guard !direction.pointee.facts.contains(.listed) else { return }
        direction.pointee.facts.insert(.listed)
        let isListed = listed.append(DirectionName(handle: handle, side: side))
        precondition(isListed, "the list has a place for each direction, and none stands in it twice")
    }

    @inline(__always)
    func touch(_ relay: UnsafeMutablePointer<Relay>) { relay.pointee.lastActivity = Tick(nanoseconds: io.now) }
}
