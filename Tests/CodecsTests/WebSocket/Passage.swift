// A reader at work, as a tunnel has it: pieces come, what is released and passed goes on, what is held is decided.

import Codecs
import Testing

struct Passage {
    var output: [UInt8] = []
    var events: [Reading.Event] = []
    var reader: FrameReader
    /// After each look, what had gone on, and whether the reader took it for the end of a frame.
    var places: [(outputCount: Int, isBetweenFrames: Bool)] = []

    /// Each piece ends at an unreadable page.
    init(
        _ pieces: [[UInt8]], from sender: FrameReader.Sender, frameBytesMax: UInt64 = 0,
        passes: (Reading.Event) -> Bool = { _ in true }
    ) {
        reader = FrameReader(sender: sender, frameBytesMax: frameBytesMax)
        withGuardedBuffer(byteCount: pieces.map(\.count).max() ?? 0) { room in
            for piece in pieces where !piece.isEmpty && !Self.isMalformed(events.last) {
                let bytes = UnsafeMutableRawBufferPointer(rebasing: room.suffix(piece.count))
                bytes.copyBytes(from: piece)
                read(UnsafeRawBufferPointer(bytes), passes)
            }
        }
    }

    private static func isMalformed(_ event: Reading.Event?) -> Bool {
        if case .malformed = event { true } else { false }
    }

    private mutating func read(_ piece: UnsafeRawBufferPointer, _ passes: (Reading.Event) -> Bool) {
        var rest = piece
        while !rest.isEmpty {
            let reading = reader.read(rest)
            #expect(0 <= reading.passed && reading.passed <= reading.consumed && reading.consumed <= rest.count)
            guard reading.consumed > 0 || reading.releases else {
                Issue.record("a look that finds nothing to do would be taken for ever")
                return
            }
            let released = takeReleased(isPromised: reading.releases)
            #expect(reading.releases == !released.isEmpty)
            output += released + rest.prefix(reading.passed)
            rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(reading.consumed))
            places.append((output.count, reader.isBetweenFrames))
            if reading.event == .none { continue }
            events.append(reading.event)
            switch reading.event {
            case .close, .pong(payload: .some):
                #expect(reader.isBetweenFrames, "nothing of what is held has gone on")
                if passes(reading.event) { reader.passControl() } else { reader.dropControl() }
                output += takeReleased(isPromised: true)
                places.append((output.count, reader.isBetweenFrames))
            case .malformed: return
            case .none, .ping, .pong(payload: .none): break
            }
        }
    }

    /// At most 14 bytes, into room that an inaccessible page follows; into none where nothing was promised.
    private mutating func takeReleased(isPromised: Bool) -> [UInt8] {
        guard isPromised else {
            #expect(reader.takeReleased(into: UnsafeMutableRawBufferPointer(start: nil, count: 0)) == 0)
            return []
        }
        return withGuardedBuffer(byteCount: FrameReader.heldBytesMax) { room in
            Array(room.prefix(reader.takeReleased(into: room)))
        }
    }

    /// Says what differs from the plain way, if anything does.
    func differs(from plain: PlainFrames) -> String? {
        if output != plain.output { return "\(output.count) bytes went on instead of \(plain.output.count)" }
        if events != plain.events { return "\(events) instead of \(plain.events)" }
        if reader.messages != plain.messages { return "\(reader.messages) messages instead of \(plain.messages)" }
        let wrong = places.first { plain.boundaries.contains($0.outputCount) != $0.isBetweenFrames }
        return wrong.map { "at \($0.outputCount) it is \($0.isBetweenFrames ? "" : "not ")between frames" }
    }
}

/// The bytes in two pieces, one for every place; in single bytes; and whole.
func everySplit(_ bytes: [UInt8]) -> [[[UInt8]]] {
    (0...bytes.count).map { [Array(bytes[..<$0]), Array(bytes[$0...])] } + [bytes.map { [$0] }]
}

/// The same with the cuts near these places only, for bytes that are too many.
func splits(_ bytes: [UInt8], near places: [Int]) -> [[[UInt8]]] {
    let cuts = Set(places.flatMap { ($0 - 16)...($0 + 16) }).filter { 0...bytes.count ~= $0 }
    return cuts.map { [Array(bytes[..<$0]), Array(bytes[$0...])] }
}
