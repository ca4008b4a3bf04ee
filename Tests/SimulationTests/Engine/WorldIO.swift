// What `ShardIO` asks, told to a simulated engine.

@testable import Engine

/// A shard's kernel that is a `SimulatedEngine`: every order goes there as it was given, but for those that a type of
/// its own sees to first.
protocol WorldIO: ShardIO, ~Copyable {
    var engine: SimulatedEngine { get }
}

extension WorldIO where Self: ~Copyable {
    var now: UInt64 { engine.now }
    var buffers: BufferPool { engine.buffers }
    var keepsReceivedBytes: Bool { engine.habits.keepsReceivedBytes }
    var bulkReceiveBytes: Int { engine.habits.bulkReceiveBytes }
    var counts: EngineCounts { EngineCounts() }

    mutating func submitAndWait(until deadline: UInt64, maySpin: Bool) { engine.submitAndWait(until: deadline) }
    mutating func nextCompletion() -> Completion? { engine.nextCompletion() }

    mutating func accept(on listener: Int32, isOnce: Bool, _ token: Token) { engine.accept(on: listener, isOnce: isOnce, token) }
    mutating func acceptNow(on listener: Int32) -> Int32 { engine.acceptNow(on: listener) }
    mutating func connect(_ descriptor: Int32, to address: NativeAddress, _ token: Token) {
        engine.connect(descriptor, to: address, token)
    }
    mutating func receive(from descriptor: Int32, _ extent: ReceiveExtent, _ token: Token) {
        engine.receive(from: descriptor, extent, token)
    }
    mutating func send(_ queue: BufferQueue, to descriptor: Int32, isUrgent: Bool, _ token: Token) -> SendOutcome {
        engine.send(queue, to: descriptor, isUrgent: isUrgent, token)
    }
    mutating func sendNow(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 { engine.sendNow(bytes, to: descriptor) }
    mutating func poll(_ descriptor: Int32, for readiness: Readiness, _ token: Token) { engine.poll(descriptor, for: readiness, token) }
    mutating func cancel(_ token: Token, on descriptor: Int32) { engine.cancel(token, on: descriptor) }
    mutating func close(_ descriptor: Int32, abruptly: Bool) { engine.close(descriptor, abruptly: abruptly) }

    mutating func makeSocket(for address: NativeAddress, _ options: ServerSocketOptions) -> Int32 { engine.makeSocket() }
    mutating func hasNews(_ descriptor: Int32) -> Bool { engine.hasNews(descriptor) }
    mutating func shutdownSending(_ descriptor: Int32) -> Int32 { engine.shutdownSending(descriptor) }
    mutating func setNonBlocking(_ descriptor: Int32, _ isOn: Bool) { engine.setNonBlocking(descriptor, isOn) }
    mutating func makePipe(_ reading: inout Int32, _ writing: inout Int32) -> Int32 { engine.makePipe(&reading, &writing) }
    mutating func splice(from source: Int32, to target: Int32, count: Int, hasMore: Bool) -> Int {
        engine.splice(from: source, to: target, count: count)
    }
    mutating func unsent(on descriptor: Int32) -> Int32 { engine.unsent(on: descriptor) }
    mutating func peerAddress(of descriptor: Int32, into address: inout NativeAddress) -> Bool {
        engine.peerAddress(of: descriptor, into: &address)
    }
    mutating func localAddress(of descriptor: Int32, into address: inout NativeAddress) -> Bool {
        engine.localAddress(of: descriptor, into: &address)
    }
    mutating func clearWake(_ descriptor: Int32) {}
    var messageDescriptor: Int32 { Int32(engine.index) }
    mutating func message(to ring: Int32, ifRefused: Token) { engine.message(to: Int(ring), ifRefused) }
    mutating func random() -> UInt64 { engine.world.chance.next() }
}
