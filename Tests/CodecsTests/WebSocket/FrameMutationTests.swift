// Random frames, some of them damaged, in random pieces with random decisions: the plain way comes to the same.

import Codecs
import Testing

@Suite("Random frames")
struct FrameMutationTests {
    private static func frame(_ generator: inout SeededGenerator) -> FrameBytes {
        let count = [0, 1, 5, 8, 60, 125, 126, 200, 1000].randomElement(using: &generator) ?? 0
        let payload = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
        let isFinal = Bool.random(using: &generator)
        let short = Array(payload.prefix(125))
        switch Int.random(in: 0..<20, using: &generator) {
        case 0..<8: return FrameBytes(opcode: UInt8.random(in: 0...7, using: &generator), isFinal: isFinal, payload: payload)
        case 8..<11: return .ping(short)
        case 11..<15: return .pong(UInt64.random(in: 0...3, using: &generator))
        case 15: return .pong(short)
        case 16: return FrameBytes(opcode: UInt8.random(in: 11...15, using: &generator), reserved: 3, payload: short)
        case 17: return FrameBytes(opcode: 2, isFinal: isFinal, length: UInt64(count) << 20)
        case 18: return Bool.random(using: &generator) ? .close(1012, "restart") : .close()
        default: return .text("plain")
        }
    }

    /// Cut anywhere, most pieces short ones.
    private static func pieces(_ bytes: [UInt8], _ generator: inout SeededGenerator) -> [[UInt8]] {
        var pieces: [[UInt8]] = []
        var index = 0
        while index < bytes.count {
            let most = [1, 3, 20, 300, 5000].randomElement(using: &generator) ?? 1
            let end = min(bytes.count, index + Int.random(in: 1...most, using: &generator))
            pieces.append(Array(bytes[index..<end]))
            index = end
        }
        return pieces
    }

    @Test("have one answer in all pieces", arguments: [UInt64](1...12))
    func random(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        var seen: Set<String> = []
        for turn in 0..<250 {
            let sender: FrameReader.Sender = Bool.random(using: &generator) ? .client : .server
            var bytes: [UInt8] = []
            for _ in 0..<Int.random(in: 1...12, using: &generator) { bytes += Self.frame(&generator).bytes(from: sender) }
            if turn % 3 == 0 {
                bytes = generator.mutated(bytes, letters: [0x00, 0x08, 0x7e, 0x7f, 0x81, 0x88, 0x8a, 0xfe, 0xff])
            }
            let frameBytesMax: UInt64 = [0, 0, 125, 500].randomElement(using: &generator) ?? 0
            // What is dropped is said by the frame, so that no order of calls changes it.
            let passesClose = Bool.random(using: &generator)
            let passes = { (event: Reading.Event) in
                switch event {
                case .close: passesClose
                case .pong(let payload): (payload ?? 0) % 2 == 0
                case .none, .ping, .malformed: true
                }
            }
            let plain = PlainFrames(bytes, from: sender, frameBytesMax: frameBytesMax, passes: passes)
            for event in plain.events { seen.insert("\(event)") }
            for _ in 0..<4 {
                let pieces = Self.pieces(bytes, &generator)
                let passage = Passage(pieces, from: sender, frameBytesMax: frameBytesMax, passes: passes)
                let difference = passage.differs(from: plain)
                #expect(difference == nil, "seed \(seed), turn \(turn): \(pieces.map(\.count)) of \(bytes)")
            }
        }
        // Damage is seldom enough that the good is seen, and often enough that the bad is.
        #expect(seen.contains("ping") && seen.contains("\(Reading.Event.close(code: 1012))") && seen.count > 10, "\(seen)")
    }

    @Test("bytes that are nothing have an answer", arguments: [UInt64](1...4))
    func noise(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<1000 {
            let count = Int.random(in: 1...60, using: &generator)
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &generator) }
            for sender in FrameReaderTests.senders {
                let plain = PlainFrames(bytes, from: sender)
                #expect(Passage([bytes], from: sender).differs(from: plain) == nil, "seed \(seed): \(bytes)")
                #expect(Passage(bytes.map { [$0] }, from: sender).differs(from: plain) == nil, "seed \(seed): \(bytes)")
            }
        }
    }
}
