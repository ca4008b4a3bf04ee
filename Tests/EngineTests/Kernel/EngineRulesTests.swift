// The rules that every engine keeps towards a shard: one last completion an operation, whatever ends it.

import CLinux
import Glibc
import Testing

@testable import Engine

extension KernelTests {
    @Suite("The rules of an engine")
    struct EngineRulesTests {
        private let token = Token(.receiveUp, Handle(slot: 3, generation: 9))

        /// The last completion of `token`, after those before it.
        private func last(_ engine: any EngineDriver, _ what: String, _ token: Token? = nil) throws -> Report {
            let token = token ?? self.token
            let all = try engine.reports(what) { $0.contains { $0.token == token && !$0.hasMore } }
            #expect(all.count { $0.token == token && !$0.hasMore } == 1)
            return all.last { $0.token == token }!
        }

        @Test("accepting goes on until it is cancelled, and says so", arguments: Tier.available)
        func accept(tier: Tier) throws {
            let engine = try Engines.make(tier)
            let listener = TestListener()
            let token = Token(.accept, index: 2)
            engine.accept(on: listener.descriptor, isOnce: false, token)
            var accepted: [Int32] = []
            for _ in 0..<3 {
                let client = listener.connect()
                let reports = try engine.reports("an accept") { !$0.isEmpty }
                for report in reports where report.result >= 0 { accepted.append(report.result) }
                // Without multishot accept each one ends the operation.
                if !reports.last!.hasMore { engine.accept(on: listener.descriptor, isOnce: false, token) }
                Glibc.close(client)
            }
            #expect(accepted.count == 3)
            engine.cancel(token, on: listener.descriptor)
            #expect(try last(engine, "the cancelled accept", token).result == -ECANCELED)
            for descriptor in accepted { Glibc.close(descriptor) }
        }

        @Test("accepting once takes one connection and ends", arguments: Tier.available)
        func acceptOnce(tier: Tier) throws {
            let engine = try Engines.make(tier)
            let listener = TestListener()
            let token = Token(.accept, index: 0)
            let clients = [listener.connect(), listener.connect()]
            engine.accept(on: listener.descriptor, isOnce: true, token)
            let report = try last(engine, "the accept", token)
            #expect(report.result >= 0)
            #expect(engine.reportsSoon().isEmpty, "the second one stays in the queue")
            for descriptor in clients + [report.result] { Glibc.close(descriptor) }
        }

        @Test("a connect ends with success, or with its error", arguments: Tier.available, [true, false])
        func connect(tier: Tier, isListening: Bool) throws {
            let engine = try Engines.make(tier)
            let listener = TestListener(backlog: isListening ? 8 : -1)
            let socket = engine.makeSocket(for: listener.address)
            let token = Token(.connect, Handle(slot: 1, generation: 1))
            engine.connect(socket, to: listener.address, token)
            #expect(try last(engine, "the connect", token).result == (isListening ? 0 : -ECONNREFUSED))
            engine.close(socket, abruptly: false)
            _ = engine.reportsSoon()
        }

        @Test("a connect that gets no answer can be cancelled", arguments: Tier.available)
        func cancelConnect(tier: Tier) throws {
            let engine = try Engines.make(tier)
            let listener = TestListener(backlog: 0)
            let filler = listener.connect()
            defer { Glibc.close(filler) }
            // The queue is full once the filler's last packet has come.
            try #require(awaitReadable(listener.descriptor))
            let socket = engine.makeSocket(for: listener.address)
            let token = Token(.connect, Handle(slot: 1, generation: 1))
            engine.connect(socket, to: listener.address, token)
            #expect(engine.reportsSoon().isEmpty)
            engine.cancel(token, on: socket)
            #expect(try last(engine, "the cancelled connect", token).result == -ECANCELED)
            engine.close(socket, abruptly: false)
            _ = engine.reportsSoon()
        }

        @Test("a receive brings every byte in order, and at the end 0", arguments: Tier.available)
        func receive(tier: Tier) throws {
            let engine = try Engines.make(tier)
            let pair = SocketPair()
            let sent = numbered(0..<50_000)
            pair.writeWhole(sent)
            pair.shutTheirs()
            var received: [UInt8] = []
            var ended = false
            while !ended {
                engine.receive(from: pair.ours, token)
                let reports = try engine.reports("the receive") { $0.contains { !$0.hasMore } }
                received += reports.flatMap(\.bytes)
                ended = reports.last!.result == 0
                if !ended { #expect(reports.last!.result > 0 || reports.last!.result == -ENOBUFS) }
            }
            #expect(received == sent)
            #expect(engine.buffers.receiveUsed == 0)
        }

        @Test("a receive once brings one buffer's worth at most and ends", .enabled(if: Machine.hasRing, Machine.ringComment), arguments: Tier.rings)
        func receiveOnce(tier: Tier) throws {
            let engine = try Engines.make(tier) { $0.bufferBytes = 1_024 }
            let pair = SocketPair()
            let sent = numbered(0..<5_000)
            pair.writeWhole(sent)
            try pair.awaitBytes(sent.count)
            var received: [UInt8] = []
            while received.count < sent.count {
                engine.receive(from: pair.ours, .once, token)
                let report = try last(engine, "one buffer's worth")
                #expect(report.bytes.count == min(1_024, sent.count - received.count))
                received += report.bytes
            }
            #expect(received == sent)
        }

        @Test("a receive on a connection that was reset ends with the error", arguments: Tier.available)
        func receiveReset(tier: Tier) throws {
            let engine = try Engines.make(tier)
            let pair = SocketPair()
            engine.receive(from: pair.ours, token)
            #expect(engine.reportsSoon().isEmpty)
            pair.resetTheirs()
            #expect(try last(engine, "the receive").result == -ECONNRESET)
        }

        @Test("a cancelled receive says so, and takes no byte afterwards", arguments: Tier.available)
        func cancelReceive(tier: Tier) throws {
            let engine = try Engines.make(tier)
            let pair = SocketPair()
            engine.receive(from: pair.ours, token)
            #expect(engine.reportsSoon().isEmpty)
            engine.cancel(token, on: pair.ours)
            #expect(try last(engine, "the cancelled receive").result == -ECANCELED)
            pair.write([1, 2, 3])
            #expect(engine.reportsSoon().isEmpty)
            engine.receive(from: pair.ours, token)
            #expect(try engine.reports("the bytes") { !$0.isEmpty }.first?.bytes == [1, 2, 3])
            engine.cancel(token, on: pair.ours)
            _ = engine.reportsSoon()
        }

        @Test("cancelling what has ended already changes nothing", arguments: Tier.available)
        func cancelEnded(tier: Tier) throws {
            let engine = try Engines.make(tier)
            let pair = SocketPair()
            pair.shutTheirs()
            engine.receive(from: pair.ours, token)
            #expect(try last(engine, "the end").result == 0)
            engine.cancel(token, on: pair.ours)
            #expect(engine.reportsSoon().isEmpty)
        }

        @Test("a poll reports readiness once", arguments: Tier.available)
        func poll(tier: Tier) throws {
            let engine = try Engines.make(tier)
            let pair = SocketPair()
            engine.poll(pair.ours, for: .bytes, Token(.bytesUp, Handle(slot: 1, generation: 0)))
            #expect(engine.reportsSoon().isEmpty)
            engine.poll(pair.ours, for: .room, Token(.roomDown, Handle(slot: 1, generation: 0)))
            let room = try engine.reports("room") { !$0.isEmpty }
            #expect(room.map(\.token.operation) == [.roomDown])
            #expect(room[0].result > 0 && !room[0].hasMore)
            pair.write([1])
            let bytes = try engine.reports("bytes") { !$0.isEmpty }
            #expect(bytes.map(\.token.operation) == [.bytesUp])
            #expect(engine.reportsSoon().isEmpty)
        }

        @Test("a cancelled poll says so", arguments: Tier.available)
        func cancelPoll(tier: Tier) throws {
            let engine = try Engines.make(tier)
            let pair = SocketPair()
            let token = Token(.bytesUp, Handle(slot: 1, generation: 0))
            engine.poll(pair.ours, for: .bytes, token)
            #expect(engine.reportsSoon().isEmpty)
            engine.cancel(token, on: pair.ours)
            #expect(try last(engine, "the cancelled poll", token).result == -ECANCELED)
        }

        @Test("a poll is told of a broken connection", arguments: Tier.available, [Readiness.bytes, .room])
        func pollBroken(tier: Tier, readiness: Readiness) throws {
            let engine = try Engines.make(tier)
            let pair = SocketPair()
            let token = Token(.bytesUp, Handle(slot: 1, generation: 0))
            pair.resetTheirs()
            engine.poll(pair.ours, for: readiness, token)
            #expect(try last(engine, "the poll", token).result > 0)
        }

        @Test("a closed connection ends in order, or with a reset", arguments: Tier.available, [false, true])
        func close(tier: Tier, abruptly: Bool) throws {
            let engine = try Engines.make(tier)
            let pair = SocketPair()
            engine.close(pair.release(), abruptly: abruptly)
            _ = engine.reportsSoon()
            try pair.awaitTheirs()
            var byte: UInt8 = 0
            #expect(swivel_receive(pair.theirs, &byte, 1) == (abruptly ? -Int(ECONNRESET) : 0))
        }

        @Test("without work a turn ends at its deadline", arguments: Tier.available)
        func deadline(tier: Tier) throws {
            let engine = try Engines.make(tier)
            engine.submitAndWait(until: 0)
            let start = swivel_monotonic_ns()
            engine.submitAndWait(until: start + 20_000_000)
            // The kernel may break in where it takes down rings that this thread had: a few times, not every time.
            for _ in 0..<8 where engine.now < start + 20_000_000 { engine.submitAndWait(until: start + 20_000_000) }
            #expect(engine.now >= start + 20_000_000)
            #expect(engine.now >= start && engine.now <= swivel_monotonic_ns())
            #expect(engine.nextReport(keepingBuffers: false) == nil)
        }

        @Test("a deadline that has passed is no wait", arguments: Tier.available, [0, 1] as [UInt64])
        func pastDeadline(tier: Tier, deadline: UInt64) throws {
            let engine = try Engines.make(tier)
            let pair = SocketPair()
            engine.receive(from: pair.ours, token)
            // The shortest of ten: this thread may be held up in any of them.
            let shortest = (0..<10).map { _ in
                let start = swivel_monotonic_ns()
                engine.submitAndWait(until: deadline)
                return swivel_monotonic_ns() - start
            }.min()!
            #expect(shortest < 1_000_000_000)
            engine.cancel(token, on: pair.ours)
            _ = engine.reportsSoon()
        }
    }
}
