// Frames followed: what passes, what is held, what is refused, and that no split of the bytes matters.

import Codecs
import Testing

@Suite("A direction of a WebSocket")
struct FrameReaderTests {
    static let senders: [FrameReader.Sender] = [.client, .server]

    private static func passesAll(_ event: Reading.Event) -> Bool { true }
    private static func passesNone(_ event: Reading.Event) -> Bool { false }
    private static func passesClose(_ event: Reading.Event) -> Bool { if case .close = event { true } else { false } }

    @Test("passes what is not dropped, however it comes", arguments: FrameTables.streams.indices, senders)
    func everySplitOfStreams(index: Int, sender: FrameReader.Sender) {
        let bytes = FrameTables.streams[index].bytes(from: sender)
        // Most of them have nothing to decide.
        let isHeld = FrameTables.streams[index].contains { $0.opcode == 8 || $0.opcode == 10 }
        for passes in isHeld ? [Self.passesAll, Self.passesNone, Self.passesClose] : [Self.passesAll] {
            let plain = PlainFrames(bytes, from: sender, passes: passes)
            for pieces in everySplit(bytes) {
                let difference = Passage(pieces, from: sender, passes: passes).differs(from: plain)
                #expect(difference == nil, "\(pieces.map(\.count)) of \(bytes)")
            }
        }
    }

    @Test("passes unchanged where nothing is dropped, up to its close", arguments: FrameTables.streams.indices, senders)
    func unchanged(index: Int, sender: FrameReader.Sender) {
        let frames = FrameTables.streams[index]
        let last = frames.firstIndex { $0.opcode == 8 } ?? frames.count - 1
        let passage = Passage([frames.bytes(from: sender)], from: sender)
        #expect(passage.output == Array(frames[...last]).bytes(from: sender))
        #expect(passage.reader.hasClosed == (frames[last].opcode == 8) && passage.reader.isBetweenFrames)
    }

    @Test("a cut stream has passed all but what is held", arguments: FrameTables.streams.indices, senders)
    func cut(index: Int, sender: FrameReader.Sender) {
        let bytes = FrameTables.streams[index].bytes(from: sender)
        for count in 0..<bytes.count {
            let part = Array(bytes[..<count])
            let passage = Passage([part], from: sender)
            #expect(passage.differs(from: PlainFrames(part, from: sender)) == nil, "\(count) of \(bytes)")
            #expect(passage.reader.hasClosed || count - passage.output.count <= FrameReader.heldBytesMax)
        }
    }

    @Test("long frames pass", arguments: [65_534, 65_535, 65_536, 65_537, 1 << 20], senders)
    func long(count: Int, sender: FrameReader.Sender) {
        let frames: [FrameBytes] = [.ping(), .binary(count), .pong(1), .binary(count), .close(1000)]
        let bytes = frames.bytes(from: sender)
        let plain = PlainFrames(bytes, from: sender)
        #expect(plain.output == bytes && plain.messages == 2)
        let places = frames.indices.map { Array(frames[...$0]).bytes(from: sender).count }
        // Of a mebibyte, one in eight: the cuts are the same as those of the shorter ones.
        for pieces in splits(bytes, near: [0] + places) where count < 1 << 20 || pieces[0].count % 8 == 0 {
            #expect(Passage(pieces, from: sender).differs(from: plain) == nil, "\(pieces.map(\.count))")
        }
        let pieceBytes = 4096
        let pieces = stride(from: 0, to: bytes.count, by: pieceBytes).map {
            Array(bytes[$0..<min($0 + pieceBytes, bytes.count)])
        }
        #expect(Passage(pieces, from: sender).differs(from: plain) == nil)
    }

    @Test("more than 4 GiB in one frame are counted to their end", arguments: senders)
    func huge(sender: FrameReader.Sender) {
        let length: UInt64 = 1 << 32 + 5
        var reader = FrameReader(sender: sender, frameBytesMax: 0)
        let head = FrameBytes(opcode: 2, length: length).bytes(from: sender)
        #expect(head.withUnsafeBytes { reader.read($0) }.passed == head.count)
        #expect(reader.messages == 1 && !reader.isBetweenFrames)
        // Payload is not looked at: these could be heads of anything.
        let payload = [UInt8](repeating: 0xff, count: 1 << 20)
        payload.withUnsafeBytes { bytes in
            for _ in 0..<length >> 20 {
                let reading = reader.read(bytes)
                guard reading.passed == bytes.count, reading.consumed == bytes.count, reading.event == .none else {
                    Issue.record("\(reading) of a payload")
                    return
                }
            }
        }
        let rest = [UInt8](repeating: 0xff, count: Int(length % (1 << 20)))
        let end = rest + FrameBytes.ping([1]).bytes(from: sender)
        let reading = end.withUnsafeBytes { reader.read($0) }
        #expect(reading.passed == end.count && reading.event == .ping && reader.isBetweenFrames)
    }

    @Test("the longest length of all is followed", arguments: senders)
    func longest(sender: FrameReader.Sender) {
        var reader = FrameReader(sender: sender, frameBytesMax: 0)
        let bytes = FrameBytes(opcode: 2, length: UInt64(Int64.max)).bytes(from: sender) + [UInt8](repeating: 0x88, count: 99)
        for _ in 0..<3 {
            let reading = bytes.withUnsafeBytes { reader.read($0) }
            #expect(reading.passed == bytes.count && reading.event == .none && !reading.releases && !reader.isBetweenFrames)
        }
    }

    @Test("is refused by a head, before anything of its frame has passed", arguments: FrameTables.refused.indices, senders)
    func refused(index: Int, sender: FrameReader.Sender) {
        let (frame, fault) = FrameTables.refused[index]
        for before in [[], [.text("a")], [.binary(200), .ping([1, 2]), .pong(5)]] as [[FrameBytes]] {
            let good = before.bytes(from: sender)
            let bytes = good + frame.bytes(from: sender) + [FrameBytes.text("after")].bytes(from: sender)
            let plain = PlainFrames(bytes, from: sender, frameBytesMax: FrameTables.frameBytesMax)
            #expect(plain.output == good && plain.events.last == .malformed(fault))
            for pieces in everySplit(bytes) {
                let passage = Passage(pieces, from: sender, frameBytesMax: FrameTables.frameBytesMax)
                #expect(passage.differs(from: plain) == nil, "\(pieces.map(\.count)) of \(bytes)")
                #expect(passage.reader.isBetweenFrames && !passage.reader.hasClosed)
            }
        }
    }

    @Test("is refused where the mask is not as its sender has to have it", arguments: FrameTables.streams.indices, senders)
    func masks(index: Int, sender: FrameReader.Sender) {
        let other: FrameReader.Sender = sender == .client ? .server : .client
        let bytes = FrameTables.streams[index].bytes(from: other)
        // The first head alone is looked at.
        for pieces in splits(bytes, near: [0]) {
            let passage = Passage(pieces, from: sender)
            #expect(passage.output.isEmpty && passage.events == [.malformed(sender == .client ? .unmasked : .masked)])
        }
    }

    @Test("two bytes are enough for a fault that they show")
    func early() {
        for (bytes, sender, fault) in [
            ([0x81, 0x05], .client, .unmasked), ([0x81, 0x85], .server, .masked), ([0x09, 0x80], .client, .fragmentedControl),
            ([0x88, 0xfe], .client, .controlTooLong), ([0x88, 0x01], .server, .closeTooShort),
        ] as [([UInt8], FrameReader.Sender, FrameFault)] {
            #expect(Passage([bytes], from: sender).events == [.malformed(fault)])
            #expect(Passage(bytes.map { [$0] }, from: sender).events == [.malformed(fault)])
        }
    }

    @Test("once refused stays refused, and nothing passes", arguments: senders)
    func staysRefused(sender: FrameReader.Sender) {
        var reader = FrameReader(sender: sender, frameBytesMax: 10)
        let bytes = [FrameBytes.text("good"), .binary(11), .text("good")].bytes(from: sender)
        let good = FrameBytes.text("good").bytes(from: sender)
        #expect(bytes.withUnsafeBytes { reader.read($0) } == (good.count, bytes.count, .malformed(.frameTooLarge)))
        for _ in 0..<3 {
            #expect(good.withUnsafeBytes { reader.read($0) } == (0, good.count, .malformed(.frameTooLarge)))
        }
        #expect(reader.messages == 1)
    }

    @Test(
        "the bound of a frame is that of its payload, for data alone", arguments: [1, 124, 125, 126, 127, 65_535, 65_536],
        senders)
    func bound(count: Int, sender: FrameReader.Sender) {
        let others: [FrameBytes] = [.ping(Array(repeating: 1, count: 125)), .close(1000, String(repeating: "r", count: 123))]
        let bytes = ([.binary(count)] + others).bytes(from: sender)
        for (max, isRefused) in [
            (UInt64(count), false), (UInt64(count) - 1, count > 1), (UInt64(count) + 1, false), (0, false),
        ] {
            let passage = Passage([bytes], from: sender, frameBytesMax: max)
            #expect(passage.differs(from: PlainFrames(bytes, from: sender, frameBytesMax: max)) == nil)
            #expect((passage.events.first == .malformed(.frameTooLarge)) == isRefused, "\(count) of \(max)")
            #expect(passage.output == (isRefused ? [] : bytes))
        }
        // A message of many frames is as long as it likes.
        let fragments = Array(
            repeating: FrameBytes(opcode: 2, isFinal: false, payload: Array(repeating: 1, count: count)), count: 3)
        #expect(Passage([fragments.bytes(from: sender)], from: sender, frameBytesMax: UInt64(count)).events.isEmpty)
    }
}

/// A reading without anything released.
private func == (reading: Reading, expected: (passed: Int, consumed: Int, event: Reading.Event)) -> Bool {
    !reading.releases && reading.passed == expected.passed && reading.consumed == expected.consumed
        && reading.event == expected.event
}
