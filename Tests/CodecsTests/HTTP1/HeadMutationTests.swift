// Heads with a few bytes changed: whatever is taken for complete also satisfies a second, plain reader, and no
// part of a head has a better answer than the whole.

import Codecs
import Testing

@Suite("Mutated heads")
struct HeadMutationTests {
    private static let letters =
        Array("GETPOSHhcontet-lgransfdkud: ,;=/?#*@[]%\"\\\t\r\n\r\n0159HTTP/1.1\0\u{b}".utf8) + [0x7f, 0x80, 0xff]

    @Test("requests", arguments: [UInt64](1...8))
    func requests(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bases = RequestTables.accepted.map { latin1($0.text) } + RefusedRequests.all.map { latin1($0.text) }
        var completeCount = 0
        for _ in 0..<1_500 {
            let bytes = generator.mutated(bases.randomElement(using: &generator) ?? [], letters: Self.letters)
            let read = ReadRequest(bytes)
            let cut = ReadRequest(Array(bytes[..<Int.random(in: 0...bytes.count, using: &generator)])).outcome
            #expect(cut == .partial || cut == read.outcome, "seed \(seed): \(bytes)")
            guard read.outcome == .complete else { continue }
            completeCount += 1
            let plain = PlainReader(Array(bytes[..<read.head.byteCount]))
            #expect(plain.judgesRequest(read), "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
        #expect(completeCount > 30)
    }

    @Test("responses", arguments: [UInt64](1...8))
    func responses(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        let bases = ResponseTables.accepted.map { latin1($0.text) } + ResponseTables.refused.map { latin1($0.text) }
        var completeCount = 0
        for _ in 0..<1_500 {
            let bytes = generator.mutated(bases.randomElement(using: &generator) ?? [], letters: Self.letters)
            let method: Method = Bool.random(using: &generator) ? .get : .head
            let read = ReadResponse(bytes, to: method)
            let cut = ReadResponse(Array(bytes[..<Int.random(in: 0...bytes.count, using: &generator)]), to: method).outcome
            #expect(cut == .partial || cut == read.outcome, "seed \(seed): \(bytes)")
            guard read.outcome == .complete else { continue }
            completeCount += 1
            let plain = PlainReader(Array(bytes[..<read.head.byteCount]))
            #expect(
                plain.judgesResponse(read, to: method),
                "seed \(seed): \(String(decoding: bytes, as: UTF8.self).debugDescription)")
        }
        #expect(completeCount > 30)
    }

    @Test("random bytes have an answer, behind the beginning of a head as well", arguments: [UInt64](1...4))
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for turn in 0..<3_000 {
            let start = ["", "GET / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: a\r\nA:", "HTTP/1.1 200 OK\r\n"][turn % 4]
            let bytes =
                Array(start.utf8)
                + (0..<Int.random(in: 0...200, using: &generator)).map { _ in UInt8.random(in: 0...255, using: &generator) }
            _ = (ReadRequest(bytes), ReadResponse(bytes))
        }
    }
}
