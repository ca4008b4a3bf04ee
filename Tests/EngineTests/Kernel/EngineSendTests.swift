// Sends, as every engine makes them: in order, never waiting, and honest about what did not go.

import CLinux
import Glibc
import Testing

@testable import Engine

extension KernelTests {
    @Suite("The sends of an engine")
    struct EngineSendTests {
        private let token = Token(.sendUp, Handle(slot: 3, generation: 9))

        /// Bytes asked for, and what came of it.
        private func outcome(_ engine: any EngineDriver, of sent: SendOutcome) throws -> (asked: Int, result: Int32) {
            switch sent {
            case .finished(let result, let asked): return (asked, result)
            case .queued(let asked):
                let reports = try engine.reports("the send") { !$0.isEmpty }
                #expect(reports.count == 1 && reports[0].token == token && !reports[0].hasMore)
                return (asked, reports[0].result)
            }
        }

        @Test("one buffer goes whole", arguments: Tier.available, [false, true])
        func one(tier: Tier, isUrgent: Bool) throws {
            let engine = try Engines.make(tier)
            let pair = SocketPair()
            var queue = engine.queue(numbered(0..<1_000))
            let sent = engine.send(queue, to: pair.ours, isUrgent: isUrgent, token)
            let (asked, result) = try outcome(engine, of: sent)
            #expect(asked == 1_000 && result == 1_000)
            #expect(pair.read(1_000) == numbered(0..<1_000))
            queue.discard(in: engine.buffers)
        }

        @Test("a chain goes in order, 64 pieces at a time", arguments: Tier.available, [2, 64, 65])
        func chain(tier: Tier, pieceCount: Int) throws {
            let engine = try Engines.make(tier)
            let pair = SocketPair()
            var queue = BufferQueue()
            for piece in 0..<pieceCount {
                queue.append(engine.queue(numbered(piece * 10..<(piece + 1) * 10)), in: engine.buffers)
            }
            let sent = engine.send(queue, to: pair.ours, isUrgent: false, token)
            let (asked, result) = try outcome(engine, of: sent)
            #expect(asked == 10 * min(pieceCount, 64) && Int(result) == asked)
            #expect(pair.read(asked) == numbered(0..<asked))
            queue.discard(in: engine.buffers)
        }

        @Test("a full socket takes what fits and says how much; after that none at once", arguments: Tier.available, [false, true])
        func full(tier: Tier, isUrgent: Bool) throws {
            let engine = try Engines.make(tier)
            let pair = SocketPair()
            _ = swivel_set_option(pair.ours, SOL_SOCKET, SO_SNDBUF, 8_192)
            // Left to itself it may grow to whatever is sent.
            _ = swivel_set_option(pair.theirs, SOL_SOCKET, SO_RCVBUF, 65_536)
            let count = 60 * BufferPool.spillBytes
            var queue = engine.queue(numbered(0..<count))
            var taken = 0
            var last: Int32 = 0
            for _ in 0..<200 {
                let sent = engine.send(queue, to: pair.ours, isUrgent: isUrgent, token)
                let (asked, result) = try outcome(engine, of: sent)
                last = result
                guard result > 0 else { break }
                #expect(Int(result) <= asked)
                queue.consume(Int(result), in: engine.buffers)
                taken += Int(result)
            }
            #expect(last == -EAGAIN)
            #expect(taken < count)
            #expect(pair.read(taken) == numbered(0..<taken))
            queue.discard(in: engine.buffers)
        }

        @Test("a send to a reader that is gone ends with the error", arguments: Tier.available, [false, true])
        func broken(tier: Tier, isUrgent: Bool) throws {
            let engine = try Engines.make(tier)
            let pair = SocketPair()
            pair.resetTheirs()
            try pair.awaitReset()
            var queue = engine.queue([1, 2, 3])
            let sent = engine.send(queue, to: pair.ours, isUrgent: isUrgent, token)
            let (_, result) = try outcome(engine, of: sent)
            #expect(result == -ECONNRESET || result == -EPIPE)
            queue.discard(in: engine.buffers)
        }

        @Test("hundreds of sends in one turn each have their answer", arguments: Tier.available, [false, true])
        func many(tier: Tier, isUrgent: Bool) throws {
            // Rings of 64 entries for submissions and 128 for completions.
            let engine = try Engines.make(tier) { ($0.ringEntries, $0.completionEntries) = (64, 128) }
            let pairs = (0..<400).map { _ in SocketPair() }
            var queue = engine.queue(numbered(0..<100))
            var answers = [Int](repeating: 0, count: pairs.count)
            var queuedCount = 0
            for (index, pair) in pairs.enumerated() {
                switch engine.send(queue, to: pair.ours, isUrgent: isUrgent, Token(.sendUp, Handle(slot: UInt32(index), generation: 0))) {
                case .finished(let result, _): answers[index] = Int(result)
                case .queued: queuedCount += 1
                }
            }
            let reports = try engine.reports("every answer") { $0.count == queuedCount }
            for report in reports { answers[Int(report.token.handle.slot)] += Int(report.result) }
            #expect(answers.allSatisfy { $0 == 100 })
            #expect(pairs.allSatisfy { $0.read(100) == numbered(0..<100) })
            queue.discard(in: engine.buffers)
        }
    }
}
