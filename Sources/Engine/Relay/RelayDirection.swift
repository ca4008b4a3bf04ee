// One direction of a relay: bytes leave the source and reach the target in the order they came.
// Knows byte counts and what the kernel holds. Knows nothing of sockets, HTTP, or who chose the target.

/// The state of one direction. Receiving and sending go on at once, so it is a set of facts rather
/// than one of a few phases: events change the facts, and `orders` derives from them what to do next.
struct RelayDirection: BitwiseCopyable {
    /// What holds now.
    struct Facts: OptionSet, BitwiseCopyable {
        let rawValue: UInt32
        /// The kernel holds a receive on the source.
        static let receiving = Facts(rawValue: 1 << 0)
        /// That receive has been asked to end.
        static let cancelling = Facts(rawValue: 1 << 1)
        /// The kernel holds a send to the target.
        static let sending = Facts(rawValue: 1 << 2)
        /// The target is full: a poll tells when it has room.
        static let awaitingRoom = Facts(rawValue: 1 << 3)
        /// The source is empty and cannot be waited on by receiving: a poll tells when it has bytes.
        static let awaitingBytes = Facts(rawValue: 1 << 4)
        /// The source has finished: no byte comes after those held here.
        static let ended = Facts(rawValue: 1 << 5)
        /// The target has been told that no more comes.
        static let shut = Facts(rawValue: 1 << 6)
        /// No receive buffer was free: the shard asks again when there are some.
        static let starved = Facts(rawValue: 1 << 7)
        /// The direction stands in the shard's list of those with orders to carry out.
        static let listed = Facts(rawValue: 1 << 8)
        /// The flow is bulk, and waits to change to splice until its buffers are empty.
        static let changing = Facts(rawValue: 1 << 9)
        /// Bytes go from socket to pipe to socket, without this process seeing them.
        static let splicing = Facts(rawValue: 1 << 10)
        /// Splice has failed on these sockets: not tried again.
        static let unspliceable = Facts(rawValue: 1 << 11)
        /// Above the high-water mark and not yet below the low one.
        static let full = Facts(rawValue: 1 << 12)
        /// The kernel holds a poll for the source's failure: while it is not read nothing else would tell.
        static let watching = Facts(rawValue: 1 << 13)
        /// That poll has told something, and is not asked again.
        static let watched = Facts(rawValue: 1 << 14)

        /// What the kernel holds of this direction.
        static let inFlight: Facts = [.receiving, .sending, .awaitingRoom, .awaitingBytes, .watching]
    }

    /// What is to be done next. Several may hold at once.
    struct Orders: OptionSet {
        let rawValue: UInt8
        static let receive = Orders(rawValue: 1 << 0)
        static let cancelReceive = Orders(rawValue: 1 << 1)
        static let send = Orders(rawValue: 1 << 2)
        static let shutdownTarget = Orders(rawValue: 1 << 3)
        static let beginSplice = Orders(rawValue: 1 << 4)
        static let pump = Orders(rawValue: 1 << 5)
        static let watchSource = Orders(rawValue: 1 << 6)
    }

    /// Bytes held above which the source is not read on, and below which it is again. The kernel's own
    /// socket buffers hold megabytes; these only keep both sides busy.
    static let highWaterBytes = 64 * 1024
    static let lowWaterBytes = 16 * 1024
    /// A flow is bulk once it has moved so much in large receives within the window.
    static let bulkBytes: UInt32 = 256 * 1024
    /// Twelve ticks are 100 ms.
    static let bulkWindowTicks: Int32 = 12
    /// A splice that moves less than this is a chatty turn; so many of them in a row end splicing.
    static let chattyBytes = 16 * 1024
    static let chattyTurnsMax: UInt8 = 8

    var facts: Facts = []
    var queue = BufferQueue()
    /// Bytes that reached the target.
    private(set) var deliveredBytes: UInt64 = 0
    /// Bytes of the send that the kernel holds.
    var askedBytes: UInt32 = 0
    /// While splicing: the pipe, and what it holds.
    var pipe = PipeIndex.none
    var pipedBytes: UInt32 = 0
    private var burstBytes: UInt32 = 0
    private var burstStart = Tick(rawValue: 0)
    private var chattyTurns: UInt8 = 0

    // MARK: - Questions

    /// Every byte has been passed on, and the target knows that it was the last.
    var isFinished: Bool { facts.contains(.shut) }
    var isInFlight: Bool { !facts.isDisjoint(with: .inFlight) }

    /// What to do next, given the facts. Carrying an order out changes the facts, so the same order
    /// is not given twice.
    @inline(__always)
    var orders: Orders {
        if facts.contains(.splicing) {
            if facts.isDisjoint(with: [.awaitingBytes, .awaitingRoom, .shut]) { return .pump }
            return facts.contains(.awaitingRoom) && isWatchable ? .watchSource : []
        }
        var orders: Orders = []
        let isSendable = facts.isDisjoint(with: [.sending, .awaitingRoom])
        if isSendable, !queue.isEmpty { orders.insert(.send) }
        if facts.contains(.ended) {
            if isSendable, queue.isEmpty, !facts.contains(.shut) { orders.insert(.shutdownTarget) }
            if facts.contains(.receiving), !facts.contains(.cancelling) { orders.insert(.cancelReceive) }
            return orders
        }
        if facts.contains(.full), isWatchable { orders.insert(.watchSource) }
        if facts.contains(.receiving) {
            if !facts.contains(.cancelling), !facts.isDisjoint(with: [.full, .changing]) { orders.insert(.cancelReceive) }
        } else if facts.contains(.changing) {
            if isSendable, queue.isEmpty { orders.insert(.beginSplice) }
        } else if facts.isDisjoint(with: [.full, .starved, .awaitingBytes]) {
            orders.insert(.receive)
        }
        return orders
    }

    private var isWatchable: Bool { facts.isDisjoint(with: [.watching, .watched, .ended, .shut]) }

    // MARK: - Events

    /// Bytes have arrived and stand in `chain`. While the target is full they have to wait: they are
    /// copied out of the receive buffers, so that a stalled reader holds none of those. Answers
    /// `false` where no spill memory was left; they wait where they are then.
    @inline(__always)
    mutating func received(_ chain: BufferQueue, in pool: BufferPool) -> Bool {
        defer { noteFill() }
        guard facts.contains(.awaitingRoom) else {
            queue.append(chain, in: pool)
            return true
        }
        if queue.appendMoved(chain, in: pool) { return true }
        // Not a byte more is read for a reader that stalls while memory is short.
        facts.insert(.full)
        return false
    }

    /// The receive has ended; the source may have more.
    @inline(__always)
    mutating func receiveStopped() { facts.subtract([.receiving, .cancelling]) }

    /// The source has finished.
    mutating func sourceEnded() { facts.insert(.ended) }

    /// The target takes nothing any more: what waits for it is dropped, and the source is not read on.
    mutating func targetGone(in pool: BufferPool) {
        queue.discard(in: pool)
        facts.formUnion([.ended, .shut])
    }

    /// The target has taken `count` bytes of the queue.
    @inline(__always)
    mutating func sent(_ count: Int, in pool: BufferPool) {
        queue.consume(count, in: pool)
        deliveredBytes &+= UInt64(count)
        if queue.count < Self.lowWaterBytes { facts.remove(.full) }
    }

    /// The target is full: what waits for it leaves the receive buffers. Answers `false` where no
    /// spill memory was left.
    mutating func blocked(in pool: BufferPool) -> Bool {
        facts.insert(.awaitingRoom)
        return queue.moveToSpill(in: pool)
    }

    /// Bytes went to the target without having been queued.
    @inline(__always)
    mutating func passed(_ count: Int) { deliveredBytes &+= UInt64(count) }

    /// What is held has grown: at the high-water mark the source is no longer read.
    @inline(__always)
    mutating func noteFill() {
        if queue.count >= Self.highWaterBytes { facts.insert(.full) }
    }

    /// A large receive: whether the flow has now shown itself to be bulk.
    mutating func isBulk(after count: Int, at now: Tick) -> Bool {
        if now.since(burstStart) > Self.bulkWindowTicks {
            burstStart = now
            burstBytes = 0
        }
        burstBytes &+= UInt32(truncatingIfNeeded: count)
        return burstBytes >= Self.bulkBytes
    }

    /// No pipe was free: on with buffers, until the flow has shown itself to be bulk again.
    mutating func stayWithBuffers() {
        facts.remove(.changing)
        burstBytes = 0
    }

    /// A splice has moved `count` bytes until one side had no more: whether the flow has turned chatty.
    mutating func isChatty(after count: Int) -> Bool {
        chattyTurns = count < Self.chattyBytes ? chattyTurns &+ 1 : 0
        return chattyTurns >= Self.chattyTurnsMax
    }

    /// Splicing begins through `pipe`.
    mutating func beginSplicing(through pipe: PipeIndex) {
        assert(queue.isEmpty && !facts.contains(.receiving), "a flow changes to splice with empty hands")
        self.pipe = pipe
        pipedBytes = 0
        chattyTurns = 0
        facts.remove(.changing)
        facts.insert(.splicing)
    }

    /// Splicing is over, its pipe given back; the next receive is an ordinary one.
    mutating func endSplicing() {
        assert(pipedBytes == 0, "a flow leaves splice with an empty pipe")
        pipe = .none
        burstBytes = 0
        facts.remove(.splicing)
    }
}
