// Chunked bodies: what is data, where the body ends, what is refused, and that no split of the bytes matters.

import Codecs
import Testing

@Suite("A chunked body")
struct ChunkDecoderTests {
    /// What a decoder makes of bytes that come in pieces.
    struct Reading: Equatable {
        var data: [UInt8] = []
        /// Bytes that belong to the body, once it has ended.
        var endCount: Int?
        var rejection: Rejection?
        var framingCount = 0
    }

    private static func read(_ pieces: [[UInt8]], trailerBytesMax: Int = ChunkTables.trailerBytesMax) -> Reading {
        var decoder = ChunkDecoder(trailerBytesMax: trailerBytesMax)
        var reading = Reading()
        var count = 0
        for piece in pieces {
            var index = 0
            while index < piece.count, reading.endCount == nil, reading.rejection == nil {
                let step = withGuardedBytes(Array(piece[index...])) { span in span.withUnsafeBytes { decoder.next($0) } }
                switch step {
                case .framing(let bytes):
                    #expect(bytes > 0 && bytes <= piece.count - index)
                    reading.framingCount += bytes
                    index += bytes
                case .data(let bytes):
                    #expect(bytes > 0 && bytes <= piece.count - index)
                    reading.data += piece[index..<index + bytes]
                    index += bytes
                case .ended(let bytes):
                    #expect(bytes > 0 && bytes <= piece.count - index && decoder.hasEnded)
                    reading.framingCount += bytes
                    reading.endCount = count + index + bytes
                case .malformed(let rejection):
                    // A refusal says nothing of the bytes before it, which came with it or earlier.
                    reading.rejection = rejection
                    reading.framingCount = 0
                }
            }
            count += piece.count
        }
        return reading
    }

    /// The same with `take`, which does not say what is data.
    private static func take(_ pieces: [[UInt8]]) -> Reading {
        var decoder = ChunkDecoder(trailerBytesMax: ChunkTables.trailerBytesMax)
        var reading = Reading()
        var count = 0
        for piece in pieces where reading.endCount == nil && reading.rejection == nil {
            switch withGuardedBytes(piece, { span in span.withUnsafeBytes { decoder.take($0) } }) {
            case .more: count += piece.count
            case .ended(let bytes): reading.endCount = count + bytes
            case .malformed(let rejection): reading.rejection = rejection
            }
        }
        return reading
    }

    @Test("gives its data and knows its end", arguments: ChunkTables.accepted.indices)
    func accepted(index: Int) {
        let (text, data) = ChunkTables.accepted[index]
        let bytes = latin1(text)
        let expected = Reading(data: latin1(data), endCount: bytes.count, framingCount: bytes.count - data.unicodeScalars.count)
        #expect(Self.read([bytes]) == expected, "\(text)")
        #expect(Self.read([bytes + Array("GET / HTTP/1.1\r\n".utf8)]) == expected, "\(text)")
        #expect(Self.read(bytes.map { [$0] }) == expected, "\(text)")
        #expect(Self.take(bytes.map { [$0] }).endCount == bytes.count)
        #expect(Self.take([bytes + [0]]).endCount == bytes.count)
        for split in 0...bytes.count {
            let pieces = [Array(bytes[..<split]), Array(bytes[split...])]
            #expect(Self.read(pieces) == expected, "\(split) of \(text)")
            #expect(Self.take(pieces).endCount == bytes.count, "\(split) of \(text)")
        }
    }

    @Test("has not ended where it is cut", arguments: ChunkTables.accepted.indices)
    func cut(index: Int) {
        let bytes = latin1(ChunkTables.accepted[index].text)
        for count in 0..<bytes.count {
            let reading = Self.read([Array(bytes[..<count])])
            #expect(reading.endCount == nil && reading.rejection == nil, "\(count) of \(bytes)")
        }
    }

    @Test("is refused, however it comes", arguments: ChunkTables.refused.indices)
    func refused(index: Int) {
        let (text, rejection) = ChunkTables.refused[index]
        let bytes = latin1(text)
        #expect(Self.read([bytes]).rejection == rejection, "\(text)")
        #expect(Self.read(bytes.map { [$0] }).rejection == rejection, "\(text)")
        #expect(Self.take([bytes]).rejection == rejection, "\(text)")
        for split in 0...bytes.count {
            let reading = Self.read([Array(bytes[..<split]), Array(bytes[split...])])
            #expect(reading.rejection == rejection && reading.endCount == nil, "\(split) of \(text)")
        }
    }

    @Test("once refused stays refused")
    func staysRefused() {
        var decoder = ChunkDecoder(trailerBytesMax: 0)
        let bytes = Array("g0\r\n\r\n".utf8)
        for index in bytes.indices {
            #expect(bytes[index...].withUnsafeBytes { decoder.next($0) } == .malformed(.chunkSizeMalformed))
        }
    }

    @Test("steps say what is framing and what is data")
    func steps() {
        var decoder = ChunkDecoder(trailerBytesMax: 64)
        let bytes = Array("3;a\r\nabc\r\n1\r\nd\r\n0\r\nA: b\r\n\r\nGET".utf8)
        let expected: [ChunkDecoder.Step] = [.framing(5), .data(3), .framing(5), .data(1), .ended(13)]
        var index = 0
        for step in expected {
            #expect(bytes[index...].withUnsafeBytes { decoder.next($0) } == step)
            switch step {
            case .framing(let count), .data(let count), .ended(let count): index += count
            case .malformed: break
            }
        }
        #expect(decoder.hasEnded && bytes.count - index == 3)
    }

    @Test("the largest size is followed to its end")
    func largest() {
        var decoder = ChunkDecoder(trailerBytesMax: 0)
        let size = Array("fffffffffffffff\r\n".utf8)
        #expect(size.withUnsafeBytes { decoder.next($0) } == .framing(17))
        let data = [UInt8](repeating: 0, count: 100_000)
        for _ in 0..<100 { #expect(data.withUnsafeBytes { decoder.next($0) } == .data(100_000)) }
    }

    @Test("a trailer has its bound, which may be none")
    func trailerBound() {
        let body = Array("0\r\nA: b\r\n\r\n".utf8)
        #expect(Self.read([body], trailerBytesMax: 6).endCount == body.count)
        #expect(Self.read([body], trailerBytesMax: 5).rejection == .trailerTooLong)
        #expect(Self.read([body], trailerBytesMax: 0).rejection == .trailerTooLong)
        #expect(Self.read([Array("0\r\n\r\n".utf8)], trailerBytesMax: 0).endCount == 5)
    }

    @Test("a body that has ended takes no byte more")
    func afterTheEnd() {
        var decoder = ChunkDecoder(trailerBytesMax: 0)
        let bytes = Array("0\r\n\r\n".utf8)
        for expected in [5, 0, 0] { #expect(bytes.withUnsafeBytes { decoder.take($0) } == .ended(expected)) }
    }

    @Test("the decoder is small")
    func size() {
        #expect(MemoryLayout<ChunkDecoder>.size <= 40)
        #expect(ChunkTables.accepted.count >= 20 && ChunkTables.refused.count >= 20)
    }

    @Test("mutated bodies have one answer for every split", arguments: [UInt64](1...6))
    func mutated(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bases = ChunkTables.accepted.map { latin1($0.text) }.filter { $0.count < 100 }
        let letters = Array("0159afAF;=\"\\ \t\r\n:Ax\0".utf8) + [0x80, 0x7f]
        for _ in 0..<600 {
            let bytes = generator.mutated(bases.randomElement(using: &generator) ?? [], letters: letters)
            let whole = Self.read([bytes])
            #expect(Self.read(bytes.map { [$0] }) == whole, "seed \(seed): \(bytes)")
            let split = Int.random(in: 0...bytes.count, using: &generator)
            #expect(Self.read([Array(bytes[..<split]), Array(bytes[split...])]) == whole, "seed \(seed): \(split) of \(bytes)")
            #expect(Self.take([bytes]).endCount == whole.endCount, "seed \(seed): \(bytes)")
            if let end = whole.endCount {
                #expect(bytes[..<end].suffix(2) == [13, 10] && whole.framingCount + whole.data.count == end)
            }
        }
    }
}
