// The engine on epoll: the baseline that io_uring is measured against, and what runs where io_uring
// is forbidden. Level-triggered; receives into one scratch buffer that stays in cache; sends at once.
// Knows readiness. Knows nothing of relays, or of why anything is asked.

internal import CLinux
internal import Glibc

struct Epoll: KernelIO, ~Copyable {
    private let epoll: Int32
    private let watches: UnsafeMutablePointer<Watch>
    private let watchCount: Int
    private var events: EventBatch
    /// Descriptors whose interest may have changed since epoll was told.
    private var changed: BoundedQueue<Int32>
    /// Completions that no event brings: cancelled operations, connects that ended at once.
    private var ready: BoundedQueue<Completion>
    private let scratch: UnsafeMutablePointer<UInt8>
    private let vectors: UnsafeMutablePointer<swivel_iovec>
    private var spinning: Spinning
    private var randomness: ShardRandom
    private(set) var counts = EngineCounts()

    let buffers: BufferPool
    private(set) var now: UInt64

    /// Large enough for a bulk receive, small enough to stay in a core's cache.
    private static var scratchBytes: Int { 64 * 1024 }
    private static var errorBits: UInt32 { UInt32(SWIVEL_EPOLLERR) | UInt32(SWIVEL_EPOLLHUP) }

    init(_ options: EngineOptions) throws(SetupError) {
        epoll = swivel_epoll_create()
        guard epoll >= 0 else { throw SetupError(.systemError, "epoll_create1", errno: -epoll) }
        watchCount = options.descriptorLimit
        watches = Pages.reserve(watchCount, of: Watch.self)
        events = EventBatch()
        changed = BoundedQueue(capacity: watchCount)
        // Of one descriptor at most four operations end without an event.
        ready = BoundedQueue(capacity: 5 * watchCount)
        scratch = .allocate(capacity: Self.scratchBytes)
        vectors = .allocate(capacity: GatheredSend.piecesMax)
        spinning = Spinning(limitNanoseconds: options.spinNanoseconds)
        randomness = ShardRandom(seed: options.seed)
        buffers = BufferPool(
            receiveCount: 0, receiveBytes: 0, spillCount: options.spillCount, smallCount: options.smallCount)
        now = swivel_monotonic_ns()
    }

    deinit {
        Glibc.close(epoll)
        Pages.release(watches, count: watchCount)
        scratch.deallocate()
        vectors.deallocate()
        buffers.destroy()
    }

    let keepsReceivedBytes = false
    var bulkReceiveBytes: Int { 16 * 1024 }

    // MARK: - The turn

    mutating func submitAndWait(until deadline: UInt64, maySpin: Bool) {
        tellChanges()
        if !ready.isEmpty || deadline <= now {
            wait(0)
        } else if !(maySpin && spinning.isWorthwhile && look()) {
            let before = swivel_monotonic_ns()
            sleep(until: deadline, from: before)
            spinning.slept(nanoseconds: swivel_monotonic_ns() - before)
        }
        now = swivel_monotonic_ns()
    }

    private mutating func look() -> Bool {
        let start = swivel_monotonic_ns()
        repeat { wait(0) } while events.count == 0 && swivel_monotonic_ns() - start < spinning.limitNanoseconds
        spinning.looked(foundWork: events.count > 0)
        return events.count > 0
    }

    /// No signal of ours reaches a shard, yet the kernel breaks in where it takes down a ring that this
    /// thread once had: that is no work, so the rest of the time is waited as well.
    private mutating func sleep(until deadline: UInt64, from start: UInt64) {
        var now = start
        while wait(deadline > now ? deadline - now : 0) == -EINTR { now = swivel_monotonic_ns() }
    }

    @discardableResult
    private mutating func wait(_ nanoseconds: UInt64) -> Int32 {
        counts.systemCalls &+= 1
        return events.wait(on: epoll, nanoseconds)
    }

    /// Tells epoll what changed since the last turn: an interest that came back meanwhile costs nothing.
    private mutating func tellChanges() {
        while let descriptor = changed.removeFirst() {
            let watch = watches + Int(descriptor)
            watch.pointee.isListed = false
            let (wanted, registered) = (watch.pointee.wanted, watch.pointee.registered)
            guard wanted != registered else { continue }
            // Errors are always reported: a descriptor that nobody waits on leaves the set, or it would spin.
            let operation = wanted == 0 ? SWIVEL_EPOLL_DELETE : registered == 0 ? SWIVEL_EPOLL_ADD : SWIVEL_EPOLL_MODIFY
            let data = UInt64(watch.pointee.generation) << 32 | UInt64(UInt32(bitPattern: descriptor))
            let result = swivel_epoll_control(epoll, Int32(operation), descriptor, wanted, data)
            counts.systemCalls &+= 1
            if result == 0 { watch.pointee.registered = wanted } else { fail(descriptor, result) }
        }
    }

    /// Epoll takes no interest in this descriptor (-ENOMEM, -ENOSPC): all that waits on it ends with that error.
    private mutating func fail(_ descriptor: Int32, _ result: Int32) {
        let watch = watches + Int(descriptor)
        finishIfWaiting(watch.pointee.accept, result)
        finishIfWaiting(watch.pointee.receive, result)
        finishIfWaiting(watch.pointee.bytes, result)
        finishIfWaiting(watch.pointee.room, result)
        finishIfWaiting(watch.pointee.failure, result)
        watch.pointee.failure = 0
        (watch.pointee.accept, watch.pointee.receive, watch.pointee.bytes, watch.pointee.room) = (0, 0, 0, 0)
        watch.pointee.isConnecting = false
    }

    private mutating func finishIfWaiting(_ token: UInt64, _ result: Int32) {
        if token != 0 { finish(Token(rawValue: token), result) }
    }

    mutating func nextCompletion() -> Completion? {
        if let completion = ready.removeFirst() { return completion }
        while events.isOpen {
            if events.bits != 0, let completion = nextOfEvent() { return completion }
            events.advance()
        }
        return ready.removeFirst()
    }

    /// The next completion of the present event, or `nil` where it is used up.
    private mutating func nextOfEvent() -> Completion? {
        let data = events.data
        let descriptor = Int32(bitPattern: UInt32(truncatingIfNeeded: data))
        let watch = watches + Int(descriptor)
        guard watch.pointee.generation == UInt32(truncatingIfNeeded: data >> 32) else { return nil }
        if events.bits & (Watch.bytesMask | Self.errorBits) != 0 {
            if watch.pointee.accept != 0 { return nextAccepted(descriptor, watch) }
            events.bits &= ~Watch.bytesMask
            if watch.pointee.receive != 0 {
                if let completion = received(descriptor, watch) { return completion }
            } else if watch.pointee.bytes != 0 {
                defer { watch.pointee.bytes = 0 }
                note(descriptor)
                return Completion(token: Token(rawValue: watch.pointee.bytes), result: 1)
            }
        }
        guard events.bits & (Watch.roomMask | Self.errorBits) != 0, watch.pointee.room != 0 else {
            return failed(descriptor, watch)
        }
        events.bits = 0
        note(descriptor)
        let result = watch.pointee.isConnecting ? swivel_socket_error(descriptor) : 1
        defer {
            watch.pointee.room = 0
            watch.pointee.isConnecting = false
        }
        return Completion(token: Token(rawValue: watch.pointee.room), result: result)
    }

    /// Where nobody else is told of it.
    private mutating func failed(_ descriptor: Int32, _ watch: UnsafeMutablePointer<Watch>) -> Completion? {
        let errors = events.bits & Self.errorBits
        guard errors != 0, watch.pointee.failure != 0 else { return nil }
        events.bits = 0
        note(descriptor)
        defer { watch.pointee.failure = 0 }
        return Completion(token: Token(rawValue: watch.pointee.failure), result: Int32(errors))
    }

    private mutating func nextAccepted(_ descriptor: Int32, _ watch: UnsafeMutablePointer<Watch>) -> Completion? {
        guard events.acceptsLeft > 0 else { return nil }
        events.acceptsLeft &-= 1
        let accepted = swivel_accept(descriptor, 1)
        counts.systemCalls &+= 1
        if accepted == -EAGAIN { return nil }
        let token = Token(rawValue: watch.pointee.accept)
        let hasMore = accepted >= 0 && !watch.pointee.acceptsOnce
        if !hasMore {
            watch.pointee.accept = 0
            note(descriptor)
        }
        return Completion(token: token, result: accepted, hasMore: hasMore)
    }

    private mutating func received(_ descriptor: Int32, _ watch: UnsafeMutablePointer<Watch>) -> Completion? {
        // What cannot be sent on at once is copied: without room for that, nothing is read.
        let count = buffers.canReceive ? swivel_receive(descriptor, scratch, Self.scratchBytes) : -Int(ENOBUFS)
        counts.systemCalls &+= 1
        if count == -Int(EAGAIN) || count == -Int(EINTR) { return nil }
        var completion = Completion(token: Token(rawValue: watch.pointee.receive), result: Int32(truncatingIfNeeded: count))
        if count > 0 {
            completion.hasMore = true
            completion.scratch = scratch
        } else {
            watch.pointee.receive = 0
            note(descriptor)
        }
        return completion
    }

    private mutating func note(_ descriptor: Int32) {
        let watch = watches + Int(descriptor)
        guard !watch.pointee.isListed else { return }
        watch.pointee.isListed = true
        _ = changed.append(descriptor)
    }

    private mutating func finish(_ token: Token, _ result: Int32) {
        let isQueued = ready.append(Completion(token: token, result: result))
        precondition(isQueued, "a descriptor has five operations at most")
    }

    // MARK: - Orders

    mutating func accept(on listener: Int32, isOnce: Bool, _ token: Token) {
        watches[Int(listener)].accept = token.rawValue
        watches[Int(listener)].acceptsOnce = isOnce
        note(listener)
    }

    mutating func acceptNow(on listener: Int32) -> Int32 { swivel_accept(listener, 1) }

    mutating func connect(_ descriptor: Int32, to address: NativeAddress, _ token: Token) {
        counts.systemCalls &+= 1
        let result = address.withPointer { swivel_connect(descriptor, $0, $1) }
        guard result == -EINPROGRESS else { return finish(token, result) }
        watches[Int(descriptor)].room = token.rawValue
        watches[Int(descriptor)].isConnecting = true
        note(descriptor)
    }

    /// Level-triggered: each turn receives once a descriptor, so nobody needs to be held back.
    mutating func receive(from descriptor: Int32, _ extent: ReceiveExtent, _ token: Token) {
        watches[Int(descriptor)].receive = token.rawValue
        note(descriptor)
    }

    mutating func send(_ queue: BufferQueue, to descriptor: Int32, isUrgent: Bool, _ token: Token) -> SendOutcome {
        counts.systemCalls &+= 1
        let held = buffers[queue.first]
        if held.next == BufferPool.none {
            let bytes = buffers.base(of: queue.first) + Int(held.offset)
            let sent = swivel_send(descriptor, bytes, Int(held.count))
            return .finished(Int32(truncatingIfNeeded: sent), asked: Int(held.count))
        }
        let (pieces, asked) = GatheredSend.fill(vectors, from: queue.first, of: buffers)
        return .finished(Int32(truncatingIfNeeded: swivel_send_vectors(descriptor, vectors, pieces)), asked: asked)
    }

    mutating func sendNow(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        counts.systemCalls &+= 1
        return Int32(truncatingIfNeeded: swivel_send(descriptor, bytes.baseAddress, bytes.count))
    }

    mutating func poll(_ descriptor: Int32, for readiness: Readiness, _ token: Token) {
        switch readiness {
        case .bytes: watches[Int(descriptor)].bytes = token.rawValue
        case .room: watches[Int(descriptor)].room = token.rawValue
        case .failure: watches[Int(descriptor)].failure = token.rawValue
        }
        note(descriptor)
    }

    mutating func cancel(_ token: Token, on descriptor: Int32) {
        // Where it has ended already, its completion was taken or stands in `ready`.
        guard watches[Int(descriptor)].forget(token.rawValue) else { return }
        note(descriptor)
        finish(token, -ECANCELED)
    }

    mutating func close(_ descriptor: Int32, abruptly: Bool) {
        if abruptly { _ = swivel_linger_zero(descriptor) }
        if Int(descriptor) < watchCount {
            let watch = watches + Int(descriptor)
            assert(watch.pointee.wanted == 0, "nothing is in flight on a descriptor that is closed")
            // Closing takes it out of epoll's set; an event that was fetched already is a stranger's.
            watch.pointee.registered = 0
            watch.pointee.generation &+= 1
        }
        Glibc.close(descriptor)
    }

    // MARK: - Calls that answer at once

    mutating func makeSocket(for address: NativeAddress, _ options: ServerSocketOptions) -> Int32 {
        SocketCalls.make(for: address, options, isNonBlocking: true)
    }

    /// Every socket of this engine is non-blocking from the start.
    mutating func setNonBlocking(_ descriptor: Int32, _ isOn: Bool) {}
    var messageDescriptor: Int32 { -1 }
    mutating func message(to ring: Int32, ifRefused: Token) { preconditionFailure("nobody has a ring for messages here") }
    mutating func random() -> UInt64 { randomness.next() }
}
