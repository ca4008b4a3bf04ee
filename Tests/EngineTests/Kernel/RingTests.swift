// What only io_uring has: queues that overflow, buffers that run out, messages from ring to ring.

import CLinux
import Glibc
import Testing

@testable import Engine

extension KernelTests {
    @Suite("The ring", .enabled(if: Machine.hasRing, Machine.ringComment))
    struct RingTests {
        private func options(_ mask: String = "") throws -> EngineOptions {
            var options = EngineOptions()
            options.features = try KernelFeatures.probe(mask: mask)
            options.spinNanoseconds = 0
            return options
        }

        @Test(
            "a message reaches another ring with its token and value", arguments: ["", "-defer-taskrun", "-registered-ring"])
        func message(mask: String) throws {
            let options = try options(mask)
            try #require(options.features.contains(.messageRing))
            var sender = try Ring(options)
            var receiver = try Ring(options)
            let token = Token(.message, Handle(slot: 77, generation: 5))
            sender.message(receiver.descriptor, token, value: 4_711)
            sender.submitAndWait(until: 0, maySpin: false)
            #expect(sender.nextCompletion()?.result == nil, "its own answer is nobody's news")
            let giveUp = swivel_monotonic_ns() + 60_000_000_000
            var count = 0
            while count == 0, swivel_monotonic_ns() < giveUp {
                receiver.submitAndWait(until: giveUp, maySpin: false)
                while let completion = receiver.nextCompletion() {
                    count += 1
                    #expect(completion.token == token)
                    #expect(completion.result == 4_711)
                    #expect(!completion.hasMore)
                }
            }
            #expect(count == 1)
        }

        @Test("a message wakes a ring that sleeps on another thread")
        func wake() throws {
            let options = try options()
            let ready = Signal()
            let target = Signal()
            let got = Signal()
            onThreads(2) { thread in
                guard var ring = try? Ring(options) else { return }
                if thread == 0 {
                    target.set(ring.descriptor)
                    ready.set(1)
                    let giveUp = swivel_monotonic_ns() + 60_000_000_000
                    while got.value == 0, swivel_monotonic_ns() < giveUp {
                        ring.submitAndWait(until: giveUp, maySpin: false)
                        while let completion = ring.nextCompletion() { got.set(completion.result) }
                    }
                } else {
                    let giveUp = swivel_monotonic_ns() + 60_000_000_000
                    while ready.value == 0, swivel_monotonic_ns() < giveUp {}
                    ring.message(target.value, Token(.message, index: 1), value: 99)
                    ring.submitAndWait(until: 0, maySpin: false)
                    // The ring stays until its message has arrived.
                    while got.value == 0, swivel_monotonic_ns() < giveUp {}
                }
            }
            #expect(got.value == 99)
        }

        @Test("completions beyond the queue are kept by the kernel and all come", arguments: Tier.rings)
        func overflow(tier: Tier) throws {
            let engine = try Engines.make(tier) { ($0.ringEntries, $0.completionEntries) = (64, 128) }
            let pairs = (0..<500).map { _ in SocketPair() }
            for (index, pair) in pairs.enumerated() {
                engine.poll(pair.ours, for: .room, Token(.roomUp, Handle(slot: UInt32(index), generation: 0)))
            }
            let reports = try engine.reports("every poll") { $0.count >= 500 }
            #expect(Set(reports.map(\.token.handle.slot)).count == 500)
            #expect(reports.count == 500)
            #expect(engine.counts.submissionQueueFull > 0)
            #expect(engine.counts.completionQueueOverflow > 0)
        }

        @Test("a receive without a free buffer ends, and goes on where it was once there are some", arguments: Tier.rings)
        func noBuffers(tier: Tier) throws {
            let engine = try Engines.make(tier) { ($0.bufferCount, $0.bufferBytes) = (16, 1_024) }
            let pair = SocketPair()
            let token = Token(.receiveUp, Handle(slot: 1, generation: 1))
            let sent = numbered(0..<40_000)
            pair.writeWhole(sent)
            try pair.awaitBytes(sent.count)
            var received: [UInt8] = []
            var isStarved = false
            while !isStarved {
                engine.receive(from: pair.ours, token)
                let reports = try engine.reports("the receive", keepingBuffers: true) { $0.contains { !$0.hasMore } }
                received += reports.flatMap(\.bytes)
                isStarved = reports.last!.result == -ENOBUFS
            }
            #expect(received == Array(sent[..<16_384]), "what sixteen buffers hold")
            #expect(engine.buffers.receiveUsed == 16)
            for index in 0..<16 as Range<UInt32> { engine.buffers.giveBack(index) }
            while received.count < sent.count {
                engine.receive(from: pair.ours, token)
                let reports = try engine.reports("the rest") { $0.contains { !$0.hasMore } || $0.reduce(received.count) { $0 + $1.bytes.count } == sent.count }
                received += reports.flatMap(\.bytes)
            }
            #expect(received == sent)
            engine.cancel(token, on: pair.ours)
            _ = engine.reportsSoon()
        }

        @Test("a ring leaves no descriptor behind")
        func descriptors() throws {
            let before = Descriptors.ofKernel()
            do {
                var ring = try Ring(try options())
                ring.submitAndWait(until: 0, maySpin: false)
                #expect(Descriptors.areGone { Descriptors.ofKernel() - before - 1 })
            }
            #expect(Descriptors.areGone { Descriptors.ofKernel() - before })
        }

        @Test("sizes beyond the kernel's are clamped rather than refused")
        func clamped() throws {
            var options = try options()
            (options.ringEntries, options.completionEntries) = (65_536, 262_144)
            var ring = try Ring(options)
            ring.submitAndWait(until: 0, maySpin: false)
            #expect(ring.nextCompletion()?.result == nil)
        }
    }
}
