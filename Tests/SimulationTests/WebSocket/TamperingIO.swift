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
    /// The end of one side is told to both.
    case endsBothSides
    /// Where the oldest is to be moved to another server, the youngest is, or three others are at the same time.
    case movesTheYoungest, movesSeveralAtOnce
    /// A client is told the code of moves, whose server has its share.
    case movesWithoutReason
    /// By a clock like this, WebSockets go on too fast, or too slowly.
    case clockRunsFast, clockRunsSlowly

    /// Those of a tunnel by itself.
    static let plain = allCases.prefix { $0 != .endsBothSides }
}

struct TamperingIO: WorldIO, ~Copyable {
    let engine: SimulatedEngine
    private let fault: TunnelFault
    private var workLeft = 4
    private var isDone = false
    private var moveCount = 0
    private let start: UInt64

    init(_ engine: SimulatedEngine, _ fault: TunnelFault) {
        self.engine = engine
        start = engine.now
        self.fault = fault
    }

    /// The end behind a descriptor, where it stands in a tunnel.
    private func end(_ descriptor: Int32) -> TunnelEnd? {
        guard case .socket(let link)? = engine.world.descriptors[descriptor], let end = link.tunnelEnd,
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
        let sent = bytes.withUnsafeBytes { engine.sendNow($0, to: descriptor) }
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
        case .movesWithoutReason:
            if isTime(isBetween && end.isClient) { put(frame(SaidFrame.close, [0x03, 0xf4], isMasked: false), to: descriptor) }
        case .masksWrongly:
            if isTime(isBetween) { put(frame(SaidFrame.ping, ping, isMasked: !isMasked), to: descriptor) }
        case .speaksBehindClose, .changesPayload, .losesPayload, .repeatsPayload, .cutsOff, .endsBothSides, .movesTheYoungest,
            .movesSeveralAtOnce, .clockRunsFast, .clockRunsSlowly:
            break
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

    /// A close of the balancer's to a client whose tunnel is moved. Answers whether it went elsewhere.
    private mutating func divert(_ bytes: UnsafeRawBufferPointer, from descriptor: Int32) -> Bool {
        guard fault == .movesTheYoungest || fault == .movesSeveralAtOnce, bytes.elementsEqual([0x88, 2, 0x03, 0xf4]),
            let end = end(descriptor), end.isClient, !end.ledger.isDraining
        else { return false }
        let others = end.ledger.meetings.filter { meeting in
            meeting.client !== end && meeting.isOpen && !meeting.isOver && meeting.down.isBetween && meeting.down.closeTold == nil
                && meeting.server?.link.server == end.meeting?.server?.link.server
        }
        moveCount += 1
        // The first ones are each alone in their period.
        let several = moveCount == 4 ? others.prefix(3) : []
        let chosen = fault == .movesSeveralAtOnce ? several : others.suffix(1)
        for meeting in chosen { _ = engine.sendNow(bytes, to: meeting.client.link.descriptor) }
        return fault == .movesTheYoungest && !chosen.isEmpty
    }

    mutating func send(_ queue: BufferQueue, to descriptor: Int32, isUrgent: Bool, _ token: Token) -> SendOutcome {
        tamper(descriptor)
        if divert(queue.firstPiece(in: buffers), from: descriptor) { return .finished(Int32(queue.count), asked: queue.count) }
        if fault == .losesPayload, isTime(isWithinFrame(descriptor)) { return .finished(Int32(queue.count), asked: queue.count) }
        if end(descriptor) != nil, fault == .repeatsPayload, isTime(true) {
            _ = engine.send(queue, to: descriptor, isUrgent: isUrgent, token)
        }
        let outcome = engine.send(queue, to: descriptor, isUrgent: isUrgent, token)
        follow(descriptor)
        return outcome
    }

    mutating func sendNow(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        tamper(descriptor)
        if divert(bytes, from: descriptor) { return Int32(bytes.count) }
        let isInTunnel = end(descriptor) != nil
        if fault == .losesPayload, isTime(isWithinFrame(descriptor)) { return Int32(bytes.count) }
        if isInTunnel, fault == .repeatsPayload, isTime(true) { _ = engine.sendNow(bytes, to: descriptor) }
        if isInTunnel, fault == .changesPayload, isTime(true) {
            var copy = Array(bytes)
            copy[copy.count - 1] ^= 1
            return copy.withUnsafeBytes { engine.sendNow($0, to: descriptor) }
        }
        let sent = engine.sendNow(bytes, to: descriptor)
        follow(descriptor)
        return sent
    }

    mutating func close(_ descriptor: Int32, abruptly: Bool) {
        let isTampered = fault == .cutsOff && end(descriptor) != nil && isTime(true)
        engine.close(descriptor, abruptly: abruptly || isTampered)
    }

    mutating func shutdownSending(_ descriptor: Int32) -> Int32 {
        if fault == .endsBothSides, let end = end(descriptor), let meeting = end.meeting, let server = meeting.server {
            _ = engine.shutdownSending((end.isClient ? server : meeting.client).link.descriptor)
        }
        return engine.shutdownSending(descriptor)
    }

    var now: UInt64 {
        switch fault {
        case .clockRunsFast: start + (engine.now - start) * 3 / 2
        case .clockRunsSlowly: start + (engine.now - start) / 2
        default: engine.now
        }
    }

    mutating func submitAndWait(until deadline: UInt64, maySpin: Bool) {
        var deadline = deadline
        if deadline > start, deadline < .max / 2 {
            if fault == .clockRunsFast { deadline = start + (deadline - start) * 2 / 3 + 1 }
            if fault == .clockRunsSlowly { deadline = start + (deadline - start) * 2 }
        }
        engine.submitAndWait(until: deadline)
    }
}
