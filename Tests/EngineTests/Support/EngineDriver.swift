// An engine without a shard: a test gives the orders and reads the completions, the same on every engine.

import CLinux
import Glibc

@testable import Engine

/// One completion with its bytes copied out, as they do not stay where they are.
struct Report {
    var token: Token
    var result: Int32
    var hasMore: Bool
    var bytes: [UInt8] = []
}

/// Any engine, behind one face.
protocol EngineDriver: AnyObject {
    var buffers: BufferPool { get }
    var now: UInt64 { get }
    var counts: EngineCounts { get }
    func submitAndWait(until deadline: UInt64)
    func nextReport(keepingBuffers: Bool) -> Report?
    func accept(on listener: Int32, isOnce: Bool, _ token: Token)
    func connect(_ descriptor: Int32, to address: NativeAddress, _ token: Token)
    func receive(from descriptor: Int32, _ extent: ReceiveExtent, _ token: Token)
    func send(_ queue: BufferQueue, to descriptor: Int32, isUrgent: Bool, _ token: Token) -> SendOutcome
    func poll(_ descriptor: Int32, for readiness: Readiness, _ token: Token)
    func cancel(_ token: Token, on descriptor: Int32)
    func close(_ descriptor: Int32, abruptly: Bool)
    func makeSocket(for address: NativeAddress, _ options: ServerSocketOptions) -> Int32
    func splice(from source: Int32, to target: Int32, count: Int) -> Int
}

private final class Driver<IO: ShardIO & ~Copyable>: EngineDriver {
    private var io: IO

    init(_ io: consuming IO) { self.io = io }

    var buffers: BufferPool { io.buffers }
    var now: UInt64 { io.now }
    var counts: EngineCounts { io.counts }
    func submitAndWait(until deadline: UInt64) { io.submitAndWait(until: deadline, maySpin: false) }

    func nextReport(keepingBuffers: Bool) -> Report? {
        guard let completion = io.nextCompletion() else { return nil }
        var report = Report(token: completion.token, result: completion.result, hasMore: completion.hasMore)
        if let scratch = completion.scratch {
            report.bytes = Array(UnsafeBufferPointer(start: scratch, count: Int(completion.result)))
        } else {
            report.bytes = io.buffers.bytes(of: completion.chain)
            var chain = completion.chain
            if !keepingBuffers { chain.discard(in: io.buffers) }
        }
        return report
    }

    func accept(on listener: Int32, isOnce: Bool, _ token: Token) { io.accept(on: listener, isOnce: isOnce, token) }
    func connect(_ descriptor: Int32, to address: NativeAddress, _ token: Token) { io.connect(descriptor, to: address, token) }
    func receive(from descriptor: Int32, _ extent: ReceiveExtent, _ token: Token) { io.receive(from: descriptor, extent, token) }
    func send(_ queue: BufferQueue, to descriptor: Int32, isUrgent: Bool, _ token: Token) -> SendOutcome {
        io.send(queue, to: descriptor, isUrgent: isUrgent, token)
    }
    func poll(_ descriptor: Int32, for readiness: Readiness, _ token: Token) { io.poll(descriptor, for: readiness, token) }
    func cancel(_ token: Token, on descriptor: Int32) { io.cancel(token, on: descriptor) }
    func close(_ descriptor: Int32, abruptly: Bool) { io.close(descriptor, abruptly: abruptly) }
    func makeSocket(for address: NativeAddress, _ options: ServerSocketOptions) -> Int32 { io.makeSocket(for: address, options) }
    func splice(from source: Int32, to target: Int32, count: Int) -> Int {
        io.splice(from: source, to: target, count: count, hasMore: false)
    }
}

enum Engines {
    /// The engine of a tier, with options that a test may change.
    static func make(_ tier: Tier, _ change: (inout EngineOptions) -> Void = { _ in }) throws -> any EngineDriver {
        var options = EngineOptions()
        options.spinNanoseconds = 0
        options.descriptorLimit = 1 << 16
        options.spillCount = 256
        change(&options)
        guard tier.isRing else { return Driver(try Epoll(options)) }
        options.features = try KernelFeatures.probe(mask: tier.mask)
        return Driver(try Ring(options))
    }
}

extension EngineDriver {
    /// Hands over what is queued and reads reports until `isEnough` of all of them.
    func reports(_ what: String, keepingBuffers: Bool = false, until isEnough: ([Report]) -> Bool) throws -> [Report] {
        var all: [Report] = []
        let deadline = swivel_monotonic_ns() + 60_000_000_000
        while !isEnough(all) {
            guard swivel_monotonic_ns() < deadline else { throw Stuck(description: "\(what): \(all.map { ($0.token.operation, $0.result) })") }
            submitAndWait(until: now + 10_000_000)
            while let report = nextReport(keepingBuffers: keepingBuffers) { all.append(report) }
        }
        return all
    }

    func makeSocket(for address: NativeAddress) -> Int32 { makeSocket(for: address, ServerSocketOptions()) }

    func receive(from descriptor: Int32, _ token: Token) { receive(from: descriptor, .continuous, token) }

    /// What comes within a few turns, where nothing should.
    func reportsSoon() -> [Report] {
        var all: [Report] = []
        for _ in 0..<3 {
            submitAndWait(until: now + 5_000_000)
            while let report = nextReport(keepingBuffers: false) { all.append(report) }
        }
        return all
    }

    /// A queue of spill chunks that holds `bytes`.
    func queue(_ bytes: [UInt8]) -> BufferQueue {
        var queue = BufferQueue()
        let isWhole = bytes.withUnsafeBytes { queue.appendCopy(of: $0, in: buffers) }
        precondition(isWhole, "the reserve is large enough for a test")
        return queue
    }
}
