// The engine on io_uring: orders become submission entries, handed over once a turn.
// Knows the kernel's queues. Knows nothing of relays, or of why anything is asked.

internal import CLiburing
internal import CLinux
internal import Glibc

/// One shard's io_uring. Made on the thread that uses it (IORING_SETUP_SINGLE_ISSUER).
struct Ring: KernelIO, ~Copyable {
    private let ring: UnsafeMutablePointer<swivel_ring>
    private var receiveBuffers: ReceiveBuffers
    private var quietSends: QuietSends
    private var spinning: Spinning
    private var randomness: ShardRandom
    private let features: KernelFeatures
    private var memory: SubmissionMemory
    private var completionsLeft = 0
    private(set) var counts = EngineCounts()

    let buffers: BufferPool
    private(set) var now: UInt64

    /// Completions of one turn, so that timers and accepts keep their place beside a flood.
    private static var completionsMax: Int { 1024 }
    /// Beyond a busy machine's usual delay: then another look costs nothing that matters.
    private static var standstillNanoseconds: UInt64 { 20_000_000 }
    /// Never waiting, never raising SIGPIPE; WAITALL makes a short send count as a failed one, which quiet sends need.
    private static var sendFlags: UInt32 {
        UInt32(bitPattern: Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL) | Int32(MSG_WAITALL))
    }

    init(_ options: EngineOptions) throws(SetupError) {
        let ring = try Self.open(options)
        let buffers = BufferPool(
            receiveCount: options.bufferCount, receiveBytes: options.bufferBytes, spillCount: options.spillCount,
            smallCount: options.smallCount)
        do throws(SetupError) {
            receiveBuffers = try ReceiveBuffers(pool: buffers, uring: ring)
        } catch {
            swivel_ring_close(ring)
            ring.deallocate()
            buffers.destroy()
            throw error
        }
        self.ring = ring
        self.buffers = buffers
        features = options.features
        quietSends = QuietSends(capacity: 4 * options.ringEntries)
        spinning = Spinning(limitNanoseconds: options.spinNanoseconds)
        randomness = ShardRandom(seed: options.seed)
        memory = SubmissionMemory(entryCount: Int(ring.pointee.sq_entries))
        now = swivel_monotonic_ns()
    }

    private static func open(_ options: EngineOptions) throws(SetupError) -> UnsafeMutablePointer<swivel_ring> {
        let ring = UnsafeMutablePointer<swivel_ring>.allocate(capacity: 1)
        ring.initialize(to: swivel_ring())
        var flags = UInt32(IORING_SETUP_SUBMIT_ALL) | UInt32(IORING_SETUP_CLAMP)
        if options.features.contains(.deferTaskrun) {
            flags |= UInt32(IORING_SETUP_SINGLE_ISSUER) | UInt32(IORING_SETUP_DEFER_TASKRUN)
        } else {
            flags |= UInt32(IORING_SETUP_COOP_TASKRUN)
        }
        let opened = swivel_ring_open(ring, UInt32(options.ringEntries), UInt32(options.completionEntries), flags)
        guard opened == 0 else {
            ring.deallocate()
            throw SetupError(.systemError, "io_uring_setup", errno: -opened)
        }
        if options.features.contains(.registeredRing) { _ = swivel_ring_register_self(ring) }
        return ring
    }

    deinit {
        receiveBuffers.close(in: ring)
        swivel_ring_close(ring)
        ring.deallocate()
        buffers.destroy()
    }

    let keepsReceivedBytes = true

    var bulkReceiveBytes: Int { features.contains(.bundle) ? 16 * 1024 : buffers.receiveBytes }

    /// The ring's descriptor, for messages from another ring.
    var descriptor: Int32 { ring.pointee.fd }

    // MARK: - The turn

    mutating func submitAndWait(until deadline: UInt64, maySpin: Bool) {
        receiveBuffers.offerReturned()
        if swivel_ring_ready(ring) > 0 || deadline <= now {
            enter(waiting: false)
        } else if !(maySpin && spinning.isWorthwhile && look()) {
            let before = swivel_monotonic_ns()
            enter(waiting: true, atMost: deadline > before ? deadline - before : 0)
            let after = swivel_monotonic_ns()
            spinning.slept(nanoseconds: after - before)
            // Whoever was stopped in its sleep (SIGSTOP, a frozen container) hears what came meanwhile before it finds
            // anybody late.
            if after > deadline, after - deadline > Self.standstillNanoseconds { enter(waiting: false) }
        }
        completionsLeft = Self.completionsMax
        now = swivel_monotonic_ns()
    }

    /// Looks for work for a while without sleeping.
    private mutating func look() -> Bool {
        let start = swivel_monotonic_ns()
        var found = false
        repeat {
            enter(waiting: false)
            found = swivel_ring_ready(ring) > 0
        } while !found && swivel_monotonic_ns() - start < spinning.limitNanoseconds
        spinning.looked(foundWork: found)
        return found
    }

    private mutating func enter(waiting: Bool, atMost nanoseconds: UInt64 = 0) {
        counts.systemCalls &+= 1
        // -ETIME and -EINTR: nothing came. -EBUSY and -EAGAIN: entries stay queued for the next turn,
        // and the completions that are there are read first.
        _ = swivel_ring_enter(ring, waiting && nanoseconds > 0 ? 1 : 0, nanoseconds)
        if swivel_ring_unsubmitted(ring) == 0 { memory.handedOver() }
    }

    mutating func nextCompletion() -> Completion? {
        while true {
            guard let entry = swivel_ring_peek(ring) else {
                if hasOverflowed { continue }
                return quietSends.nextWhole(submitted: ring.pointee.sq_submitted)
            }
            guard completionsLeft > 0 else { return nil }
            let (token, result, flags) = (Token(rawValue: entry.pointee.user_data), entry.pointee.res, entry.pointee.flags)
            swivel_ring_seen(ring)
            completionsLeft &-= 1
            var completion = Completion(token: token, result: result, hasMore: flags & SWIVEL_CQE_F_MORE != 0)
            if flags & SWIVEL_CQE_F_BUFFER != 0 {
                let first = UInt16(truncatingIfNeeded: flags >> 16)
                completion.chain = receiveBuffers.chain(from: first, count: Int(max(result, 0)))
                if result <= 0 { buffers.giveBack(UInt32(first)) }
            }
            switch token.operation {
            case .cancel, .close: continue
            case .sendUp, .sendDown, .send: if !quietSends.isEmpty { quietSends.failed(token) }
            default: break
            }
            return completion
        }
    }

    /// Whether the kernel had to keep completions aside; it delivers them now.
    private var hasOverflowed: Bool {
        mutating get {
            guard ring.pointee.sq_kflags.pointee & UInt32(IORING_SQ_CQ_OVERFLOW) != 0 else { return false }
            counts.completionQueueOverflow &+= 1
            enter(waiting: false)
            return swivel_ring_ready(ring) > 0
        }
    }

    /// A zeroed submission entry. A full queue is handed over first; a kernel that takes nothing even
    /// then (it has run out of memory) is asked again, as there is nothing else to do for this shard.
    private mutating func entry() -> UnsafeMutablePointer<io_uring_sqe> {
        while true {
            if let entry = swivel_ring_entry(ring) { return entry }
            counts.submissionQueueFull &+= 1
            enter(waiting: false)
        }
    }

    // MARK: - Orders

    mutating func accept(on listener: Int32, isOnce: Bool, _ token: Token) {
        let isMultishot = !isOnce && features.contains(.multishotAccept)
        swivel_prep_accept(entry(), listener, isMultishot ? 1 : 0, Int32(SOCK_CLOEXEC.rawValue), token.rawValue)
    }

    mutating func acceptNow(on listener: Int32) -> Int32 { swivel_accept(listener, 0) }

    mutating func connect(_ descriptor: Int32, to address: NativeAddress, _ token: Token) {
        // The kernel copies the address when it takes the entry; until then it stands in the vectors' place.
        let room = MemoryLayout<NativeAddress>.stride / MemoryLayout<swivel_iovec>.stride + 1
        let copy = UnsafeMutableRawPointer(takeVectors(room))
        copy.storeBytes(of: address, as: NativeAddress.self)
        swivel_prep_connect(entryKeepingVectors(), descriptor, copy, address.byteCount, token.rawValue)
    }

    mutating func receive(from descriptor: Int32, _ extent: ReceiveExtent, _ token: Token) {
        var flags: UInt32 = 0
        if extent == .continuous, features.contains(.multishot) { flags |= SWIVEL_RECV_MULTISHOT }
        if extent != .once, features.contains(.bundle) { flags |= SWIVEL_RECVSEND_BUNDLE }
        // 0 is as much as there is, which for a single receive could be every buffer.
        let bytesMax = extent == .batch && features.contains(.bundle) ? UInt32(ReceiveExtent.batchBytes) : 0
        swivel_prep_recv(entry(), descriptor, receiveBuffers.group, flags, bytesMax, token.rawValue)
    }

    mutating func send(_ queue: BufferQueue, to descriptor: Int32, isUrgent: Bool, _ token: Token) -> SendOutcome {
        let first = queue.first
        let count: Int
        let prepared: UnsafeMutablePointer<io_uring_sqe>
        if buffers[first].next == BufferPool.none {
            count = Int(buffers[first].count)
            prepared = entry()
            swivel_prep_send(
                prepared, descriptor, buffers.base(of: first) + Int(buffers[first].offset), UInt32(truncatingIfNeeded: count),
                Self.sendFlags, token.rawValue)
        } else {
            let gathered = takeVectors(GatheredSend.piecesMax)
            prepared = entryKeepingVectors()
            let (pieces, bytes) = GatheredSend.fill(gathered, from: first, of: buffers)
            count = bytes
            let message = memory.takeMessage(gathered, pieces: pieces)
            swivel_prep_sendmsg(prepared, descriptor, message, Self.sendFlags, token.rawValue)
        }
        // Of a queue that does not go whole the rest waits for this send's end, so that must be told.
        if !isUrgent, count == queue.count, features.contains(.quietSend), !quietSends.isFull {
            swivel_entry_is_quiet(prepared)
            quietSends.append(token, bytes: count, entry: ring.pointee.sq_tail &- 1)
        }
        return .queued(asked: count)
    }

    /// Room for `count` vectors that lasts until the entries are handed over, which also happens where
    /// room or entries run short.
    private mutating func takeVectors(_ count: Int) -> UnsafeMutablePointer<swivel_iovec> {
        while !memory.hasRoom(forVectors: count) || swivel_ring_unsubmitted(ring) >= ring.pointee.sq_entries {
            enter(waiting: false)
        }
        return memory.takeVectors(count)
    }

    /// An entry for an order whose vectors were just taken: there is room, so nothing is handed over between.
    private mutating func entryKeepingVectors() -> UnsafeMutablePointer<io_uring_sqe> {
        guard let entry = swivel_ring_entry(ring) else { preconditionFailure("room was made with the vectors") }
        return entry
    }

    mutating func sendNow(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        Int32(truncatingIfNeeded: swivel_send(descriptor, bytes.baseAddress, bytes.count))
    }

    mutating func poll(_ descriptor: Int32, for readiness: Readiness, _ token: Token) {
        let events: Int32 =
            switch readiness {
            case .bytes: POLLIN
            case .room: POLLOUT
            case .failure: 0  // POLLERR and POLLHUP are always told.
            }
        swivel_prep_poll(entry(), descriptor, UInt32(events), token.rawValue)
    }

    mutating func cancel(_ token: Token, on descriptor: Int32) {
        let prepared = entry()
        swivel_prep_cancel(prepared, token.rawValue, Token(.cancel, index: 0).rawValue)
        if features.contains(.quietSend) { swivel_entry_is_quiet(prepared) }
    }

    mutating func close(_ descriptor: Int32, abruptly: Bool) {
        if abruptly { _ = swivel_linger_zero(descriptor) }
        let prepared = entry()
        swivel_prep_close(prepared, descriptor, Token(.close, index: 0).rawValue)
        if features.contains(.quietSend) { swivel_entry_is_quiet(prepared) }
    }

    var messageDescriptor: Int32 { features.contains(.messageRing) ? descriptor : -1 }

    mutating func message(to ring: Int32, ifRefused: Token) {
        let entry = entry()
        swivel_prep_message(entry, ring, 0, Token(.message, index: 0).rawValue, ifRefused.rawValue)
        // A failure is told even so.
        if features.contains(.quietSend) { swivel_entry_is_quiet(entry) }
    }

    /// Posts a completion `(token, value)` on the ring with descriptor `target`.
    mutating func message(_ target: Int32, _ token: Token, value: UInt32) {
        swivel_prep_message(entry(), target, value, token.rawValue, Token(.cancel, index: 0).rawValue)
    }

    // MARK: - Calls that answer at once

    mutating func makeSocket(for address: NativeAddress, _ options: ServerSocketOptions) -> Int32 {
        SocketCalls.make(for: address, options, isNonBlocking: false)
    }

    /// A socket that splices answers -EAGAIN rather than wait; io_uring takes that flag to mean that
    /// it must not wait either, so it is set only while the flow splices.
    mutating func setNonBlocking(_ descriptor: Int32, _ isOn: Bool) { _ = swivel_set_nonblocking(descriptor, isOn ? 1 : 0) }

    mutating func random() -> UInt64 { randomness.next() }
}
