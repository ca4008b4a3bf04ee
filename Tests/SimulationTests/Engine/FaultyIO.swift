// An engine with one fault of its own, for a look at the judges: each of these must be found.

import Glibc
@testable import Engine

/// What a faulty engine, or a shard that gave the wrong order, would do wrong.
enum Fault: CaseIterable {
    case losesBytes, doublesBytes, losesAnEnd, endsEarly, cutsOff
    case losesARoomReport, losesAConnect, leaksADescriptor, neverCancels
    case missesItsTarget
}

struct FaultyIO: WorldIO, ~Copyable {
    let engine: SimulatedEngine
    private let fault: Fault
    /// Each fault but the last happens once, and not before some work was done.
    private var workLeft = 3
    /// What orders the tokens in flight belong to.
    private var roomTokens: Set<UInt64> = []
    private var connectTokens: Set<UInt64> = []
    private var lastTarget: Int32 = -1

    init(_ engine: SimulatedEngine, _ fault: Fault) {
        self.engine = engine
        self.fault = fault
    }

    /// Whether this is the time for `fault`.
    private mutating func isTime(for fault: Fault) -> Bool {
        guard fault == self.fault, workLeft >= 0 else { return false }
        workLeft -= 1
        return workLeft < 0
    }

    mutating func nextCompletion() -> Completion? {
        while let completion = engine.nextCompletion() {
            if roomTokens.remove(completion.token.rawValue) != nil, isTime(for: .losesARoomReport) { continue }
            if connectTokens.remove(completion.token.rawValue) != nil, isTime(for: .losesAConnect) { continue }
            return completion
        }
        return nil
    }

    mutating func connect(_ descriptor: Int32, to address: NativeAddress, _ token: Token) {
        connectTokens.insert(token.rawValue)
        engine.connect(descriptor, to: address, token)
    }

    mutating func send(_ queue: BufferQueue, to descriptor: Int32, isUrgent: Bool, _ token: Token) -> SendOutcome {
        if isTime(for: .losesBytes) { return .finished(Int32(queue.count), asked: queue.count) }
        if isTime(for: .endsEarly) { _ = engine.shutdownSending(descriptor) }
        defer { lastTarget = descriptor }
        if lastTarget >= 0, lastTarget != descriptor, isTime(for: .missesItsTarget) {
            let outcome = engine.send(queue, to: lastTarget, isUrgent: isUrgent, token)
            // A full socket takes nothing: another time, then.
            if case .finished(let result, _) = outcome, result <= 0 { workLeft = 0 }
            return outcome
        }
        if !keepsReceivedBytes, isTime(for: .doublesBytes) { _ = engine.send(queue, to: descriptor, isUrgent: isUrgent, token) }
        return engine.send(queue, to: descriptor, isUrgent: isUrgent, token)
    }

    mutating func sendNow(_ bytes: UnsafeRawBufferPointer, to descriptor: Int32) -> Int32 {
        defer { lastTarget = descriptor }
        if lastTarget >= 0, lastTarget != descriptor, isTime(for: .missesItsTarget) {
            let result = engine.sendNow(bytes, to: lastTarget)
            if result <= 0 { workLeft = 0 }
            return result
        }
        if isTime(for: .losesBytes) { return Int32(bytes.count) }
        if isTime(for: .doublesBytes) { _ = engine.sendNow(bytes, to: descriptor) }
        if isTime(for: .endsEarly) { _ = engine.shutdownSending(descriptor) }
        return engine.sendNow(bytes, to: descriptor)
    }

    mutating func poll(_ descriptor: Int32, for readiness: Readiness, _ token: Token) {
        if readiness == .room { roomTokens.insert(token.rawValue) }
        engine.poll(descriptor, for: readiness, token)
    }

    mutating func cancel(_ token: Token, on descriptor: Int32) {
        if fault != .neverCancels { engine.cancel(token, on: descriptor) }
    }

    mutating func close(_ descriptor: Int32, abruptly: Bool) {
        if isTime(for: .leaksADescriptor) { return }
        engine.close(descriptor, abruptly: abruptly || isTime(for: .cutsOff))
    }

    mutating func shutdownSending(_ descriptor: Int32) -> Int32 {
        isTime(for: .losesAnEnd) ? 0 : engine.shutdownSending(descriptor)
    }
}
