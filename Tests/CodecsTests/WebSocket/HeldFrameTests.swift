// Closes and pongs between their coming and their going, and the calls in an order that no tunnel has.

import Codecs
import Testing

@Suite("What a direction of a WebSocket holds back")
struct HeldFrameTests {
    private static func read(_ reader: inout FrameReader, _ bytes: [UInt8]) -> Reading {
        withGuardedBytes(bytes) { span in span.withUnsafeBytes { reader.read($0) } }
    }

    private static func taken(_ reader: inout FrameReader) -> [UInt8] {
        withGuardedBuffer(byteCount: 14) { room in Array(room.prefix(reader.takeReleased(into: room))) }
    }

    @Test("a piece of whole frames, or of a payload, is one look", arguments: FrameReaderTests.senders)
    func oneLook(sender: FrameReader.Sender) {
        var reader = FrameReader(sender: sender, frameBytesMax: 0)
        let frames: [FrameBytes] = [
            .binary(128), .text(""), .binary(70_000), .text("a"), FrameBytes(opcode: 11, payload: [1]), .binary(125),
        ]
        let bytes = frames.bytes(from: sender)
        let reading = Self.read(&reader, bytes)
        #expect(!reading.releases && reading.passed == bytes.count && reading.consumed == bytes.count && reading.event == .none)
        #expect(reader.messages == 5 && reader.isBetweenFrames)
        let long = FrameBytes.binary(3000).bytes(from: sender)
        for piece in [long[..<1000], long[1000..<2000], long[2000...]] {
            #expect(Self.read(&reader, Array(piece)).passed == 1000 + (piece.endIndex == long.count ? long.count - 3000 : 0))
        }
        #expect(reader.isBetweenFrames && reader.messages == 6)
    }

    @Test("each of several control frames in one piece is told", arguments: FrameReaderTests.senders)
    func several(sender: FrameReader.Sender) {
        let frames: [FrameBytes] = [.ping(), .ping([1]), .text("a"), .pong([2]), .ping([3]), .pong(4), .pong(5), .close(1001)]
        let passage = Passage([frames.bytes(from: sender)], from: sender)
        let expected: [Reading.Event] = [
            .ping, .ping, .pong(payload: nil), .ping, .pong(payload: 4), .pong(payload: 5), .close(code: 1001),
        ]
        #expect(passage.events == expected)
    }

    @Test("until it is decided, the same is told and nothing is looked at", arguments: FrameReaderTests.senders)
    func undecided(sender: FrameReader.Sender) {
        for (frame, event) in [(.pong(77), .pong(payload: 77)), (.close(1012, "restart"), .close(code: 1012))]
            as [(FrameBytes, Reading.Event)]
        {
            var reader = FrameReader(sender: sender, frameBytesMax: 0)
            let bytes = frame.bytes(from: sender)
            let first = Self.read(&reader, bytes)
            #expect(first.event == event && first.passed == 0 && !first.releases && first.consumed <= 14)
            for _ in 0..<3 {
                let again = Self.read(&reader, bytes)
                #expect(again.event == event && again.passed == 0 && again.consumed == 0 && !again.releases)
            }
            #expect(Self.taken(&reader).isEmpty && reader.isBetweenFrames && !reader.hasClosed)
            reader.passControl()
            #expect(Self.taken(&reader) == Array(bytes[..<first.consumed]) && Self.taken(&reader).isEmpty)
        }
    }

    @Test("what was released and not taken goes before anything else", arguments: FrameReaderTests.senders)
    func notTaken(sender: FrameReader.Sender) {
        var reader = FrameReader(sender: sender, frameBytesMax: 0)
        let pong = FrameBytes.pong(77).bytes(from: sender)
        _ = Self.read(&reader, pong)
        reader.passControl()
        let text = FrameBytes.text("a").bytes(from: sender)
        // It would be held, and its place is taken.
        let blocked = Self.read(&reader, [text[0]])
        #expect(blocked.releases && blocked.passed == 0 && blocked.consumed == 0 && blocked.event == .none)
        let passing = Self.read(&reader, text + [text[0]])
        #expect(passing.releases && passing.passed == text.count && passing.consumed == text.count)
        #expect(Self.taken(&reader) == pong)
        let held = Self.read(&reader, [text[0]])
        #expect(!held.releases && held.passed == 0 && held.consumed == 1)
        let rest = Self.read(&reader, Array(text[1...]))
        #expect(rest.releases && rest.passed == text.count - 1 && Self.taken(&reader) == [text[0]])
    }

    @Test("a fault does not lose what was released before it", arguments: FrameReaderTests.senders)
    func releasedBeforeFault(sender: FrameReader.Sender) {
        var reader = FrameReader(sender: sender, frameBytesMax: 0)
        let text = FrameBytes.text("a").bytes(from: sender)
        _ = Self.read(&reader, [text[0]])
        let reading = Self.read(&reader, Array(text[1...]) + FrameBytes(opcode: 8, isFinal: false).bytes(from: sender))
        #expect(reading.releases && reading.passed == text.count - 1 && reading.event == .malformed(.fragmentedControl))
        #expect(Self.taken(&reader) == [text[0]])
        #expect(Self.read(&reader, text) == Self.read(&reader, text) && Self.taken(&reader).isEmpty)
    }

    @Test("the reason of a close passes or is swallowed with it, and nothing follows", arguments: FrameReaderTests.senders)
    func reason(sender: FrameReader.Sender) {
        let close = FrameBytes.close(1012, "restart").bytes(from: sender)
        let after = [FrameBytes.text("late"), .ping(), .close(1000)].bytes(from: sender)
        for isPassed in [true, false] {
            var reader = FrameReader(sender: sender, frameBytesMax: 0)
            let first = Self.read(&reader, Array(close.dropLast(3)))
            #expect(first.event == .close(code: 1012))
            if isPassed { reader.passControl() } else { reader.dropControl() }
            #expect(reader.hasClosed && reader.isBetweenFrames != isPassed)
            #expect(Self.taken(&reader).count == (isPassed ? first.consumed : 0))
            let rest = Array(close[first.consumed...])
            let second = Self.read(&reader, rest + after)
            #expect(second.passed == (isPassed ? rest.count : 0) && second.consumed == rest.count + after.count)
            #expect(second.event == .none && !second.releases && reader.isBetweenFrames)
            let third = Self.read(&reader, after)
            #expect(third.passed == 0 && third.consumed == after.count && third.event == .none && reader.messages == 0)
        }
    }

    @Test("a close in pieces is told when its code is there, and not before", arguments: FrameReaderTests.senders)
    func closeInPieces(sender: FrameReader.Sender) {
        let close = FrameBytes.close(4321, "x").bytes(from: sender)
        let headBytes = sender == .client ? 6 : 2
        var reader = FrameReader(sender: sender, frameBytesMax: 0)
        for index in 0..<headBytes + 1 {
            let reading = Self.read(&reader, [close[index]])
            #expect(reading.event == .none && reading.passed == 0 && reading.consumed == 1)
        }
        #expect(Self.read(&reader, Array(close[(headBytes + 1)...])).event == .close(code: 4321))
    }

    @Test("the values are small")
    func sizes() {
        #expect(MemoryLayout<FrameReader>.stride <= 48)
        #expect(MemoryLayout<Reading>.stride <= 40)
    }
}
