// An engine with one fault of its own, for a look at the judges: each of these must be found.

import Glibc
@testable import Engine

/// What a faulty engine, or a shard that gave the wrong order, would do wrong.
enum Fault: CaseIterable {
    case losesBytes, doublesBytes, losesAnEnd, endsEarly, cutsOff
    case losesARoomReport, losesAConnect, leaksADescriptor, neverCancels
    case missesItsTarget
}

struct FaultyIO: ShardIO, ~Copyable {
    private var io: SimulatedIO
    private let fault: Fault
    /// Each fault but the last happens once, and not before some work was done.
    private var workLeft = 3
    /// What orders the tokens in flight belong to.
    private var roomTokens: Set<UInt64> = []
    private var connectTokens: Set<UInt64> = []
    private var lastTarget: Int32 = -1

    init(_ engine: SimulatedEngine, _ fault: Fault) {
        io = SimulatedIO(engine: engine)
        self.fault = fault
    }

    /// Whether this is the time for `fault`.
    private mutating func isTime(for fault: Fault) -> Bool {
        guard fault == self.fault, workLeft >= 0 else { return false }
        workLeft -= 1
        return workLeft < 0
    }

    var now: UInt64 { io.now }
    var buffers: BufferPool { io.buffers }
    var keepsReceivedBytes: Bool { io.keepsReceivedBytes }
    var bulkReceiveBytes: Int { io.bulkReceiveBytes }
    var counts: EngineCounts { io.counts }

    mutating func submitAndWait(until deadline: UInt64, maySpin: Bool) { io.submitAndWait(until: deadline, maySpin: maySpin) }

    mutating func nextCompletion() -> Completion? {
        while let completion = io.nextCompletion() {
            if roomTokens.remove(completion.token.rawValue) != nil, isTime(for: .losesARoomReport) { continue }
            if connectTokens.remove(completion.token.rawValue) != nil, isTime(for: .losesAConnect) { continue }
            return completion
        }
        return nil
    }

    mutating func accept(on listener: Int32, isOnce: Bool, _ token: Token) { io.accept(on: listener, isOnce: isOnce, token) }
    mutating func acceptNow(on listener: Int32) -> Int32 { io.acceptNow(on: listener) }
    mutating func connect(_ descriptor: Int32, to address: NativeAddress, _ token: Token) {
        connectTokens.insert(token.rawValue)
        io.connect(descriptor, to: address, token)
    }
    mutating func receive(from descriptor: Int32, _ extent: ReceiveExtent, _ token: Token) { io.receive(from: descriptor, extent, token) }

    mutating func send(_ queue: BufferQueue, to descriptor: Int32, isUrgent: Bool, _ token: Token) -> SendOutcome {
        if isTime(for: .losesBytes) { return .finished(Int32(queue.count), asked: queue.count) }
        if isTime(for: .endsEarly) { _ = io.shutdownSending(descriptor) }
        defer { lastTarget = descriptor }
        if lastTarget >= 0, lastTarget != descriptor, isTime(for: .missesItsTarget) {
            let outcome = io.send(queue, to: lastTarget, isUrgent: isUrgent, token)
            // A full socket takes nothing: another time, then.
            if case .finished(let result, _) = outcome, result <= 0 { workLeft = 0 }
            return outcome
        }
        if !keepsReceivedBytes, isTime(for: .doublesBytes) { _ = io.send(queue, to: descriptor, isUrgent: isUrgent, token) }
        return io.send(queue, to: descriptor, isUrgent: isUrgent, token)
    }

    mutating func sendNow(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        defer { lastTarget = descriptor }
        if lastTarget >= 0, lastTarget != descriptor, isTime(for: .missesItsTarget) {
            let result = io.sendNow(bytes, to: lastTarget)
            if result <= 0 { workLeft = 0 }
            return result
        }
        if isTime(for: .losesBytes) { return Int32(bytes.count) }
        if isTime(for: .doublesBytes) { _ = io.sendNow(bytes, to: descriptor) }
        if isTime(for: .endsEarly) { _ = io.shutdownSending(descriptor) }
        return io.sendNow(bytes, to: descriptor)
    }

    mutating func poll(_ descriptor: Int32, for readiness: Readiness, _ token: Token) {
        if readiness == .room { roomTokens.insert(token.rawValue) }
        io.poll(descriptor, for: readiness, token)
    }

    mutating func cancel(_ token: Token, on descriptor: Int32) {
        if fault != .neverCancels { io.cancel(token, on: descriptor) }
    }

    mutating func close(_ descriptor: Int32, abruptly: Bool) {
        if isTime(for: .leaksADescriptor) { return }
        io.close(descriptor, abruptly: abruptly || isTime(for: .cutsOff))
    }

    mutating func makeSocket(for address: NativeAddress, _ options: ServerSocketOptions) -> Int32 {
        io.makeSocket(for: address, options)
    }

    mutating func hasNews(_ descriptor: Int32) -> Bool { io.hasNews(descriptor) }

    mutating func shutdownSending(_ descriptor: Int32) -> Int32 {
        isTime(for: .losesAnEnd) ? 0 : io.shutdownSending(descriptor)
    }

    mutating func setNonBlocking(_ descriptor: Int32, _ isOn: Bool) { io.setNonBlocking(descriptor, isOn) }
    mutating func makePipe(_ reading: inout Int32, _ writing: inout Int32) -> Int32 { io.makePipe(&reading, &writing) }
    mutating func splice(from source: Int32, to target: Int32, count: Int, hasMore: Bool) -> Int {
        io.splice(from: source, to: target, count: count, hasMore: hasMore)
    }
    mutating func unsent(on descriptor: Int32) -> Int32 { io.unsent(on: descriptor) }
    mutating func peerAddress(of descriptor: Int32, into address: inout NativeAddress) -> Bool {
        io.peerAddress(of: descriptor, into: &address)
    }
    mutating func localAddress(of descriptor: Int32, into address: inout NativeAddress) -> Bool {
        io.localAddress(of: descriptor, into: &address)
    }
    mutating func clearWake(_ descriptor: Int32) { io.clearWake(descriptor) }
    var messageDescriptor: Int32 { io.messageDescriptor }
    mutating func message(to ring: Int32, ifRefused: Token) { io.message(to: ring, ifRefused: ifRefused) }
    mutating func random() -> UInt64 { io.random() }
}
