// What a shard asks of the kernel. Met by `Ring` (io_uring), `Epoll`, and in tests by `SimulatedIO`.
// Completion-shaped: an order carries a token, and a completion brings the token back.

/// How a send went.
enum SendOutcome {
    /// A completion will tell how much of the `asked` bytes went; they stay where they are until then.
    case queued(asked: Int)
    /// Bytes that the kernel took (fewer than asked where the socket is full), or -errno; -EAGAIN: none.
    case finished(Int32, asked: Int)
}

/// How much one receive brings.
enum ReceiveExtent {
    /// Whatever comes, until it is cancelled.
    case continuous
    /// One buffer's worth.
    case once
    /// One completion of at most `batchBytes`: so that bytes that are to be spliced stay in the socket.
    case batch

    static let batchBytes = 32 * 1024
}

/// Readiness that `poll` waits for.
enum Readiness {
    case bytes, room
    /// Only that the connection broke: the completion's result has POLLERR set then. Both ends told and taken
    /// complete it as well, without POLLERR.
    case failure
}

/// The shard's kernel. All times are monotonic nanoseconds; all failures are -errno.
///
/// Rules that every engine keeps: a token names at most one operation in flight; each operation
/// ends with exactly one completion whose `hasMore` is false, a cancelled one too (-ECANCELED); a
/// send never waits for room: what does not fit at once is for the shard to send later.
protocol ShardIO: ~Copyable {
    /// The time at which the present turn began.
    var now: UInt64 { get }
    var buffers: BufferPool { get }
    /// Whether received bytes stay where they are after their completion was handled. Where not, the
    /// shard sends them at once and copies what was not taken.
    var keepsReceivedBytes: Bool { get }
    /// Receives of at least so many bytes are what a bulk flow looks like on this engine.
    var bulkReceiveBytes: Int { get }
    var counts: EngineCounts { get }

    /// Hands over all orders, then waits until something has finished or `deadline` has come.
    /// `maySpin`: a short look for work before sleeping is welcome.
    mutating func submitAndWait(until deadline: UInt64, maySpin: Bool)
    /// The next completion of this turn.
    mutating func nextCompletion() -> Completion?

    /// Accepts until cancelled or failed (`isOnce`: one connection); completions carry descriptors.
    mutating func accept(on listener: Int32, isOnce: Bool, _ token: Token)
    /// Takes one connection that waits already: a descriptor, or -EAGAIN.
    mutating func acceptNow(on listener: Int32) -> Int32
    mutating func connect(_ descriptor: Int32, to address: NativeAddress, _ token: Token)
    /// Receives until it ends, or once (see `ReceiveExtent`); completions carry bytes; 0 once the peer has finished; -ENOBUFS where
    /// buffers ran out, -EAGAIN where the engine cannot wait on this socket (poll, then ask again).
    mutating func receive(from descriptor: Int32, _ extent: ReceiveExtent, _ token: Token)
    /// Sends the queue's bytes in order. `isUrgent`: the shard waits for the answer itself, so the
    /// completion may not be put off until something else happens.
    mutating func send(_ queue: BufferQueue, to descriptor: Int32, isUrgent: Bool, _ token: Token) -> SendOutcome
    /// Sends at once, from memory that the engine does not keep: bytes taken, or -errno.
    mutating func sendNow(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32
    /// One completion when the descriptor is ready (or broken).
    mutating func poll(_ descriptor: Int32, for readiness: Readiness, _ token: Token)
    /// Asks for the end of the operation `token` on `descriptor`; its last completion still comes.
    mutating func cancel(_ token: Token, on descriptor: Int32)
    /// Closes a descriptor on which nothing is in flight. `abruptly`: the peer sees a reset.
    mutating func close(_ descriptor: Int32, abruptly: Bool)

    // Calls that answer at once.

    /// A stream socket fit for `connect`, with small sends undelayed.
    mutating func makeSocket(for address: NativeAddress, _ options: ServerSocketOptions) -> Int32
    /// Whether there is something to read, be it the end: for whoever must know before an order's completion.
    mutating func hasNews(_ descriptor: Int32) -> Bool
    mutating func shutdownSending(_ descriptor: Int32) -> Int32
    /// Makes `splice` and `acceptNow` on this socket answer rather than wait.
    mutating func setNonBlocking(_ descriptor: Int32, _ isOn: Bool)
    /// Fills a pipe's two ends; its capacity in bytes.
    mutating func makePipe(_ reading: inout Int32, _ writing: inout Int32) -> Int32
    mutating func splice(from source: Int32, to target: Int32, count: Int, hasMore: Bool) -> Int
    /// Bytes that the socket holds and its peer has not acknowledged.
    mutating func unsent(on descriptor: Int32) -> Int32
    mutating func peerAddress(of descriptor: Int32, into address: inout NativeAddress) -> Bool
    /// The address that the other end connected to.
    mutating func localAddress(of descriptor: Int32, into address: inout NativeAddress) -> Bool
    /// Reads a mailbox's signal away.
    mutating func clearWake(_ descriptor: Int32)
    mutating func random() -> UInt64

    /// The descriptor for `message` of other shards, or -1 where they have to wake this one by its mailbox.
    var messageDescriptor: Int32 { get }
    /// Wakes the shard of `ring` with a `.message`. Where that is not taken, `ifRefused` completes with an error.
    mutating func message(to ring: Int32, ifRefused: Token)
}
