// One member of the demo's chat: frames of a browser become lines, lines become frames.
// Knows RFC 6455 as far as a chat needs it. Knows nothing of sockets, or of the other members.

internal import Codecs

/// Fed with what a client sends after its handshake. Whatever that is, little of it is held.
struct DemoChatter {
    /// What the client has brought about.
    struct News {
        /// Of one line each, and short.
        var lines: [String] = []
        /// Frames for this client alone.
        var replies: [UInt8] = []
        /// A close is among the replies: nothing follows it.
        var isClosed = false
    }

    /// Of a message, and so of a line.
    static let lineBytesMax = 512
    private static let goingAway: UInt16 = 1001
    private static let protocolError: UInt16 = 1002
    private static let unsupportedData: UInt16 = 1003
    private static let invalidText: UInt16 = 1007
    private static let tooBig: UInt16 = 1009

    /// Judges heads, and says what it holds back: closes, and pongs, which nobody here waits for.
    private var reader = FrameReader(sender: .client, frameBytesMax: UInt64(lineBytesMax))
    /// Frames with a good head, from the first that has not come whole on: at most one and what was received at once.
    private var frames: [UInt8] = []
    /// The fragments so far of a message.
    private var message: [UInt8]?

    mutating func received(_ bytes: ArraySlice<UInt8>) -> News {
        var news = News()
        var rest = bytes
        while !rest.isEmpty, !news.isClosed {
            let reading = rest.withUnsafeBytes { reader.read($0) }
            if reading.releases { takeReleased() }
            frames += rest.prefix(reading.passed)
            rest = rest.dropFirst(reading.consumed)
            while !news.isClosed, let frame = takeFrame() { take(frame, &news) }
            guard !news.isClosed else { break }
            switch reading.event {
            case .none, .ping, .pong(payload: nil): break
            case .pong: reader.dropControl()
            case .close(let code):
                reader.dropControl()
                // 1005 stands for no code, and is never sent (RFC 6455 section 7.4.1).
                close(code == 1005 ? 1000 : code, &news)
            case .malformed(let fault): close(fault.closeCode, &news)
            }
        }
        return news
    }

    /// One line as a frame: short enough for a length of two bytes.
    static func frame(_ line: String) -> [UInt8] {
        let text = Array(line.utf8)
        let length = text.count <= 125 ? [UInt8(text.count)] : [126, UInt8(text.count >> 8 & 0xff), UInt8(text.count & 0xff)]
        return [0x81] + length + text
    }

    /// What a client is told whose server stops.
    static var farewell: [UInt8] { closeFrame(goingAway) }

    private static func closeFrame(_ code: UInt16) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: ControlFrame.bytesMax) { room, count in
            count = ControlFrame.writeClose(code: code, mask: nil, into: UnsafeMutableRawBufferPointer(room))
        }
    }

    private func close(_ code: UInt16, _ news: inout News) {
        news.replies += Self.closeFrame(code)
        news.isClosed = true
    }

    private mutating func takeReleased() {
        frames += [UInt8](unsafeUninitializedCapacity: FrameReader.heldBytesMax) { room, count in
            count = reader.takeReleased(into: UnsafeMutableRawBufferPointer(room))
        }
    }

    private struct Frame {
        let isFinal: Bool
        /// With the reserved bits, which no extension was agreed on for: so none is known that has one.
        let opcode: UInt8
        let payload: [UInt8]
    }

    /// The reader has found every length here minimal, masked and within `lineBytesMax`, or it is a short control frame.
    private mutating func takeFrame() -> Frame? {
        guard frames.count >= 2 else { return nil }
        let isLong = frames[1] & 0x7f == 126
        let headBytes = isLong ? 8 : 6
        guard frames.count >= headBytes else { return nil }
        let length = isLong ? Int(frames[2]) << 8 | Int(frames[3]) : Int(frames[1] & 0x7f)
        guard frames.count >= headBytes + length else { return nil }
        let mask = frames[(headBytes - 4)..<headBytes]
        let payload = (0..<length).map { frames[headBytes + $0] ^ mask[mask.startIndex + $0 % 4] }
        defer { frames.removeFirst(headBytes + length) }
        return Frame(isFinal: frames[0] & 0x80 != 0, opcode: frames[0] & 0x7f, payload: payload)
    }

    private mutating func take(_ frame: Frame, _ news: inout News) {
        switch (frame.opcode, message) {
        case (0x1, nil), (0x0, .some):
            let bytes = (message ?? []) + frame.payload
            guard bytes.count <= Self.lineBytesMax else { return close(Self.tooBig, &news) }
            message = frame.isFinal ? nil : bytes
            if frame.isFinal { take(bytes, &news) }
        case (0x2, nil): close(Self.unsupportedData, &news)
        case (0x9, _):
            news.replies += [UInt8](unsafeUninitializedCapacity: ControlFrame.bytesMax) { room, count in
                count = frame.payload.withUnsafeBytes { payload in
                    ControlFrame.write(opcode: .pong, payload: payload, mask: nil, into: UnsafeMutableRawBufferPointer(room))
                }
            }
        case (0xa, _): break
        case (_, _): close(Self.protocolError, &news)
        }
    }

    private func take(_ bytes: [UInt8], _ news: inout News) {
        guard let text = String(validating: bytes, as: UTF8.self) else { return close(Self.invalidText, &news) }
        // Of control characters no line is made.
        let line = String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7f }))
        if !line.isEmpty { news.lines.append(line) }
    }
}
