// An engine that tampers with what a shard says in tunnels, as a shard with a fault would: each of these must be found.
// Only on engines whose sends end at once, where what is put in beside a send stands where it was put.

import Glibc

@testable import Engine

/// What a shard that looks after WebSockets would do wrong.
enum TunnelFault: CaseIterable {
    /// A ping in the middle of a frame, as if it were the end of one.
    case pingsWithinFrame
    /// One to a peer that has not answered the last.
    case pingsTwice
    /// One that nobody has asked for.
    case pingsUnasked
    /// A pong of its own.
    case inventsPong
    /// The answer to its own ping goes to the other end.
    case passesPong
    case speaksBehindClose, closesWithoutReason
    /// Frames to servers without a mask, to clients with one.
    case masksWrongly
    case changesPayload, losesPayload, repeatsPayload
    /// Closes a tunnel that goes on.
    case cutsOff
}

struct TamperingIO: ShardIO, ~Copyable {
    private var io: SimulatedIO
    private let fault: TunnelFault
    private var workLeft = 4
    private var isDone = false

    init(_ engine: SimulatedEngine, _ fault: TunnelFault) {
        io = SimulatedIO(engine: engine)
        self.fault = fault
    }

    // MARK: - Tampering

    /// The end behind a descriptor, where it stands in a tunnel.
    private func end(_ descriptor: Int32) -> TunnelEnd? {
        guard case .socket(let link)? = io.engine.world.descriptors[descriptor], let end = link.tunnelEnd,
            let meeting = end.meeting, meeting.isOpen
        else { return nil }
        return end
    }

    /// A ping of the balancer's own may be lost: then it was never sent.
    private func isWithinFrame(_ descriptor: Int32) -> Bool {
        guard let end = end(descriptor), let meeting = end.meeting else { return false }
        return meeting.passage(to: end).doneCount > 0
    }

    /// Whether this is the time, of those that fit.
    private mutating func isTime(_ isFit: Bool) -> Bool {
        guard isFit, !isDone else { return false }
        workLeft -= 1
        isDone = workLeft < 0
        return isDone
    }

    private mutating func put(_ bytes: [UInt8], to descriptor: Int32) {
        let sent = bytes.withUnsafeBytes { io.sendNow($0, to: descriptor) }
        // A full socket takes nothing: another time, then.
        if sent < bytes.count, sent <= 0 { (isDone, workLeft) = (false, 0) }
    }

    private func frame(_ opcode: UInt8, _ payload: [UInt8], isMasked: Bool) -> [UInt8] {
        var chance = Chance(seed: 1)
        return SaidFrame.control(opcode, payload, isMasked: isMasked, &chance).bytes
    }

    /// Something goes before the next bytes for an end.
    private mutating func tamper(_ descriptor: Int32) {
        guard let end = end(descriptor), let meeting = end.meeting else { return }
        let passage = meeting.passage(to: end)
        let isBetween = passage.isBetween && passage.closeTold == nil
        let isMasked = !end.isClient
        let ping = [UInt8](repeating: 7, count: 8)
        switch fault {
        case .pingsWithinFrame:
            if isTime(passage.doneCount > 14 && passage.closeTold == nil) {
                put(frame(SaidFrame.ping, ping, isMasked: isMasked), to: descriptor)
            }
        case .pingsTwice:
            if isTime(isBetween) {
                for _ in 0..<2 { put(frame(SaidFrame.ping, ping, isMasked: isMasked), to: descriptor) }
            }
        case .pingsUnasked: if isTime(isBetween) { put(frame(SaidFrame.ping, [], isMasked: isMasked), to: descriptor) }
        case .inventsPong: if isTime(isBetween) { put(frame(SaidFrame.pong, [1], isMasked: isMasked), to: descriptor) }
        case .passesPong:
            let answer = passage.said.first { $0.way == .swallowed }
            if let answer, isTime(isBetween) { put(answer.bytes, to: descriptor) }
        case .closesWithoutReason:
            if isTime(isBetween) { put(frame(SaidFrame.close, [0x03, 0xf4], isMasked: isMasked), to: descriptor) }
        case .masksWrongly:
            if isTime(isBetween) { put(frame(SaidFrame.ping, ping, isMasked: !isMasked), to: descriptor) }
        case .speaksBehindClose, .changesPayload, .losesPayload, .repeatsPayload, .cutsOff: break
        }
    }

    /// After bytes have gone to an end.
    private mutating func follow(_ descriptor: Int32) {
        guard fault == .speaksBehindClose, let end = end(descriptor), let meeting = end.meeting,
            meeting.passage(to: end).closeTold != nil
        else { return }
        workLeft = 0
        if isTime(true) { put(frame(SaidFrame.ping, [], isMasked: !end.isClient), to: descriptor) }
    }

    mutating func send(_ queue: BufferQueue, to descriptor: Int32, isUrgent: Bool, _ token: Token) -> SendOutcome {
        tamper(descriptor)
        if fault == .losesPayload, isTime(isWithinFrame(descriptor)) { return .finished(Int32(queue.count), asked: queue.count) }
        if end(descriptor) != nil, fault == .repeatsPayload, isTime(true) {
            _ = io.send(queue, to: descriptor, isUrgent: isUrgent, token)
        }
        let outcome = io.send(queue, to: descriptor, isUrgent: isUrgent, token)
        follow(descriptor)
        return outcome
    }

    mutating func sendNow(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        tamper(descriptor)
        let isInTunnel = end(descriptor) != nil
        if fault == .losesPayload, isTime(isWithinFrame(descriptor)) { return Int32(bytes.count) }
        if isInTunnel, fault == .repeatsPayload, isTime(true) { _ = io.sendNow(bytes, to: descriptor) }
        if isInTunnel, fault == .changesPayload, isTime(true) {
            var copy = Array(bytes)
            copy[copy.count - 1] ^= 1
            return copy.withUnsafeBytes { io.sendNow($0, to: descriptor) }
        }
        let sent = io.sendNow(bytes, to: descriptor)
        follow(descriptor)
        return sent
    }

    mutating func close(_ descriptor: Int32, abruptly: Bool) {
        let isTampered = fault == .cutsOff && end(descriptor) != nil && isTime(true)
        io.close(descriptor, abruptly: abruptly || isTampered)
    }

    // MARK: - The rest is as it was

    var now: UInt64 { io.now }
    var buffers: BufferPool { io.buffers }
    var keepsReceivedBytes: Bool { io.keepsReceivedBytes }
    var bulkReceiveBytes: Int { io.bulkReceiveBytes }
    var counts: EngineCounts { io.counts }
    var messageDescriptor: Int32 { io.messageDescriptor }

    mutating func submitAndWait(until deadline: UInt64, maySpin: Bool) { io.submitAndWait(until: deadline, maySpin: maySpin) }
    mutating func nextCompletion() -> Completion? { io.nextCompletion() }
    mutating func accept(on listener: Int32, isOnce: Bool, _ token: Token) { io.accept(on: listener, isOnce: isOnce, token) }
    mutating func acceptNow(on listener: Int32) -> Int32 { io.acceptNow(on: listener) }
    mutating func connect(_ descriptor: Int32, to address: NativeAddress, _ token: Token) {
        io.connect(descriptor, to: address, token)
    }
    mutating func receive(from descriptor: Int32, _ extent: ReceiveExtent, _ token: Token) {
        io.receive(from: descriptor, extent, token)
    }
    mutating func poll(_ descriptor: Int32, for readiness: Readiness, _ token: Token) {
        io.poll(descriptor, for: readiness, token)
    }
    mutating func cancel(_ token: Token, on descriptor: Int32) { io.cancel(token, on: descriptor) }
    mutating func makeSocket(for address: NativeAddress, _ options: ServerSocketOptions) -> Int32 {
        io.makeSocket(for: address, options)
    }
    mutating func hasNews(_ descriptor: Int32) -> Bool { io.hasNews(descriptor) }
    mutating func shutdownSending(_ descriptor: Int32) -> Int32 { io.shutdownSending(descriptor) }
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
    mutating func message(to ring: Int32, ifRefused: Token) { io.message(to: ring, ifRefused: ifRefused) }
    mutating func random() -> UInt64 { io.random() }
}
