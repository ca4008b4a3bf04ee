// Bodies on their way: whatever the splits and the bounds, what belongs to a body goes on, and not a byte more.

import Codecs
import Testing

@testable import Engine

@Suite("A body's progress")
struct BodyProgressTests {
    /// What a run of `forward` came to.
    private struct Run {
        var outcome = BodyProgress.Outcome.more
        var passed: [UInt8] = []
        var left: [UInt8] = []
        /// What is counted as the body's own bytes.
        var bodyBytes: UInt64 = 0
    }

    /// Feeds `input` in pieces to a body, taking the output away whenever it is full.
    private func run(
        _ framing: BodyFraming, _ input: [UInt8], pieces: Int, bound: Int, isUnwrapped: Bool = false, trailerBytesMax: Int = 1_000
    ) -> Run {
        let pool = BufferPool(receiveCount: 512, receiveBytes: 128, spillCount: 8, smallCount: 64)
        defer { pool.destroy() }
        var body = BodyProgress(framing, trailerBytesMax: trailerBytesMax, isUnwrapped: isUnwrapped)
        var (source, target, run) = (BufferQueue(), BufferQueue(), Run())
        var (start, buffer) = (0, UInt32(0))
        while start < input.count {
            let count = min(pieces, input.count - start)
            source.append(pool.chain([(buffer, Array(input[start..<start + count]))]), in: pool)
            (start, buffer) = (start + count, buffer + 1)
            repeat {
                run.outcome = body.forward(from: &source, to: &target, bound: bound, in: pool)
                let isFull = target.count >= bound
                run.passed += pool.bytes(of: target)
                target.discard(in: pool)
                if !isFull { break }
            } while run.outcome == .more
            if run.outcome != .more { break }
        }
        run.left = pool.bytes(of: source) + input[min(start, input.count)...]
        run.bodyBytes = body.passedBytes
        // What frames chunks is passed on, but is not the body's.
        if framing == .chunked, !isUnwrapped {
            #expect(run.bodyBytes <= UInt64(run.passed.count))
        } else {
            #expect(run.bodyBytes == UInt64(run.passed.count))
        }
        #expect(body.isEnded == (run.outcome == .ended))
        source.discard(in: pool)
        #expect(pool.receiveUsed == 0 && pool.spillUsed == 0 && pool.smallUsed == 0)
        return run
    }

    private static let next = Array("GET /next".utf8)
    private static let bounds = [1, 7, 1_000]

    @Test("a body with a length takes so many bytes and leaves the next message", arguments: [1, 5, 40, 64], bounds)
    func length(count: Int, bound: Int) {
        let input = numbered(0..<count) + Self.next
        for pieces in 1...input.count {
            let run = run(.length(UInt64(count)), input, pieces: pieces, bound: bound)
            #expect(run.outcome == .ended && run.passed == numbered(0..<count) && run.left == Self.next, "pieces of \(pieces)")
        }
    }

    @Test("a body that is short of its length has not ended")
    func shortOfLength() {
        #expect(run(.length(41), numbered(0..<40), pieces: 7, bound: 1_000).outcome == .more)
    }

    @Test("no body, and one of no bytes, have ended at once and take nothing", arguments: [BodyFraming.none, .length(0)])
    func none(framing: BodyFraming) {
        let run = run(framing, Self.next, pieces: 3, bound: 1_000)
        #expect(run.outcome == .ended && run.passed.isEmpty && run.left == Self.next)
        #expect(BodyProgress(framing, trailerBytesMax: 0).isEnded)
    }

    private static let chunked = Array("5\r\nhello\r\n7;a=b\r\n, world\r\n0\r\nX-Sum: 1\r\n\r\n".utf8)

    @Test("a chunked body goes on byte for byte, trailers and all, and leaves the next message", arguments: bounds)
    func chunked(bound: Int) {
        for pieces in 1...Self.chunked.count + Self.next.count where pieces <= 64 {
            let run = run(.chunked, Self.chunked + Self.next, pieces: pieces, bound: bound)
            #expect(run.outcome == .ended && run.passed == Self.chunked && run.left == Self.next, "pieces of \(pieces)")
            #expect(run.bodyBytes == UInt64("hello, world".utf8.count), "pieces of \(pieces)")
        }
    }

    @Test("for a receiver without chunks the data alone goes on", arguments: bounds)
    func unwrapped(bound: Int) {
        for pieces in 1...Self.chunked.count + Self.next.count where pieces <= 64 {
            let run = run(.chunked, Self.chunked + Self.next, pieces: pieces, bound: bound, isUnwrapped: true)
            #expect(run.outcome == .ended && run.passed == Array("hello, world".utf8) && run.left == Self.next, "pieces of \(pieces)")
        }
    }

    @Test("any part of a chunked body is no whole one", arguments: [false, true])
    func cutChunks(isUnwrapped: Bool) {
        for count in 1..<Self.chunked.count {
            let run = run(.chunked, Array(Self.chunked[..<count]), pieces: 9, bound: 1_000, isUnwrapped: isUnwrapped)
            #expect(run.outcome == .more, "\(count) bytes")
        }
    }

    @Test("a malformed chunk is told, wherever it is cut", arguments: [false, true])
    func malformed(isUnwrapped: Bool) {
        for text in ["5\r\nhello\r\nx\r\n", "5\r\nhelloo\r\n", "0x5\r\nhello\r\n", "5\nhello\r\n", "0\r\nHost: a\r\n\r\n"] {
            for pieces in 1...text.utf8.count {
                let run = run(.chunked, Array(text.utf8), pieces: pieces, bound: 1_000, isUnwrapped: isUnwrapped)
                guard case .malformed = run.outcome else {
                    Issue.record("\(text.debugDescription) in pieces of \(pieces): \(run.outcome)")
                    continue
                }
            }
        }
    }

    @Test("trailers are bounded")
    func trailers() {
        let text = Array("0\r\nX-Sum: 12345\r\n\r\n".utf8)
        #expect(run(.chunked, text, pieces: 64, bound: 1_000, trailerBytesMax: 14).outcome == .ended)
        #expect(run(.chunked, text, pieces: 64, bound: 1_000, trailerBytesMax: 13).outcome == .malformed(.trailerTooLong))
    }

    @Test("without a length everything belongs to it, until the connection ends", arguments: bounds)
    func untilClose(bound: Int) {
        let run = run(.untilClose, numbered(0..<200), pieces: 13, bound: bound)
        #expect(run.outcome == .more && run.passed == numbered(0..<200) && run.left.isEmpty)
        var body = BodyProgress(.untilClose, trailerBytesMax: 0)
        #expect(!body.isEnded && body.isUntilClose && body.endsWithConnection)
        body.connectionEnded()
        #expect(body.isEnded)
    }

    @Test("the connection's end ends no other body", arguments: [BodyFraming.length(3), .chunked])
    func otherEnds(framing: BodyFraming) {
        var body = BodyProgress(framing, trailerBytesMax: 0)
        body.connectionEnded()
        #expect(!body.isEnded && !body.endsWithConnection)
        #expect(BodyProgress(.chunked, trailerBytesMax: 0, isUnwrapped: true).endsWithConnection)
    }

    @Test("what was spliced counts as passed, and the last of it ends the body")
    func spliced() {
        var body = BodyProgress(.length(300), trailerBytesMax: 0)
        body.spliced(299)
        #expect(body.remainingBytes == 1 && body.passedBytes == 299 && !body.isEnded)
        body.spliced(1)
        #expect(body.isEnded && body.passedBytes == 300)
    }

    @Test("a full output takes no more, and nothing is lost by it", arguments: [BodyFraming.length(50), .chunked, .untilClose])
    func bound(framing: BodyFraming) {
        let pool = BufferPool(receiveCount: 4, receiveBytes: 64, spillCount: 2, smallCount: 2)
        defer { pool.destroy() }
        var body = BodyProgress(framing, trailerBytesMax: 0)
        var source = pool.chain([(0, Array("5\r\nhello\r\n".utf8))])
        var target = pool.chain([(1, numbered(0..<10))])
        #expect(body.forward(from: &source, to: &target, bound: 10, in: pool) == .more)
        #expect(source.count == 10 && target.count == 10 && body.passedBytes == 0)
    }

    @Test("bytes that find no memory are told of", arguments: [false, true])
    func short(isUnwrapped: Bool) {
        let pool = BufferPool(receiveCount: 1, receiveBytes: 64, spillCount: 0, smallCount: 0)
        defer { pool.destroy() }
        var body = BodyProgress(.chunked, trailerBytesMax: 100, isUnwrapped: isUnwrapped)
        var (source, target) = (pool.chain([(0, Self.chunked + Self.next)]), BufferQueue())
        #expect(body.forward(from: &source, to: &target, bound: 1_000, in: pool) == .short)
        var fixed = BodyProgress(.length(3), trailerBytesMax: 0)
        #expect(fixed.forward(from: &source, to: &target, bound: 1_000, in: pool) == .short)
        source.discard(in: pool)
    }
}
