// An engine that only makes and closes pipes, as its script says: for the pool that asks nothing else.

@testable import Engine

/// Pipes with the capacities of a script; it remembers which ends are open.
struct ScriptedPipes: ShardIO, ~Copyable {
    /// Answers of `makePipe`, the first one first; when they run out, 256 KiB.
    var capacities: [Int32] = []
    private(set) var open: Set<Int32> = []
    private(set) var madeCount = 0

    let now: UInt64 = 0
    let buffers = BufferPool(receiveCount: 0, receiveBytes: 0, spillCount: 0)
    let keepsReceivedBytes = true
    let bulkReceiveBytes = 0
    let counts = EngineCounts()

    deinit { buffers.destroy() }

    mutating func makePipe(_ reading: inout Int32, _ writing: inout Int32) -> Int32 {
        let capacity = capacities.isEmpty ? Int32(PipePool.pipeBytes) : capacities.removeFirst()
        guard capacity > 0 else { return capacity }
        madeCount += 1
        (reading, writing) = (Int32(2 * madeCount), Int32(2 * madeCount + 1))
        open.formUnion([reading, writing])
        return capacity
    }

    mutating func close(_ descriptor: Int32, abruptly: Bool) {
        precondition(open.remove(descriptor) != nil, "a descriptor is closed once")
    }

    private func neverAsked() -> Never { preconditionFailure("a pool of pipes asks for pipes only") }

    mutating func submitAndWait(until deadline: UInt64, maySpin: Bool) { neverAsked() }
    mutating func nextCompletion() -> Completion? { neverAsked() }
    mutating func accept(on listener: Int32, isOnce: Bool, _ token: Token) { neverAsked() }
    mutating func acceptNow(on listener: Int32) -> Int32 { neverAsked() }
    mutating func connect(_ descriptor: Int32, to address: NativeAddress, _ token: Token) { neverAsked() }
    mutating func receive(from descriptor: Int32, _ extent: ReceiveExtent, _ token: Token) { neverAsked() }
    mutating func send(_ queue: BufferQueue, to descriptor: Int32, isUrgent: Bool, _ token: Token) -> SendOutcome { neverAsked() }
    mutating func sendNow(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 { neverAsked() }
    mutating func poll(_ descriptor: Int32, for readiness: Readiness, _ token: Token) { neverAsked() }
    mutating func cancel(_ token: Token, on descriptor: Int32) { neverAsked() }
    mutating func makeSocket(for address: NativeAddress, _ options: ServerSocketOptions) -> Int32 { neverAsked() }
    mutating func hasNews(_ descriptor: Int32) -> Bool { neverAsked() }
    mutating func shutdownSending(_ descriptor: Int32) -> Int32 { neverAsked() }
    mutating func setNonBlocking(_ descriptor: Int32, _ isOn: Bool) { neverAsked() }
    mutating func splice(from source: Int32, to target: Int32, count: Int, hasMore: Bool) -> Int { neverAsked() }
    mutating func unsent(on descriptor: Int32) -> Int32 { neverAsked() }
    mutating func peerAddress(of descriptor: Int32, into address: inout NativeAddress) -> Bool { neverAsked() }
    mutating func localAddress(of descriptor: Int32, into address: inout NativeAddress) -> Bool { neverAsked() }
    mutating func clearWake(_ descriptor: Int32) { neverAsked() }
    var messageDescriptor: Int32 { -1 }
    mutating func message(to ring: Int32, ifRefused: Token) { fatalError("pipes alone") }
    mutating func random() -> UInt64 { neverAsked() }
}
