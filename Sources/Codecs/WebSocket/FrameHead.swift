// The two to fourteen bytes before a frame's payload, judged as far as they have come.
// Knows RFC 6455 section 5.2. Knows nothing of what is passed on or held back.

struct FrameHead: Equatable {
    enum Outcome: Equatable {
        case whole(FrameHead)
        /// More bytes are needed, and these may yet begin a frame.
        case short
        case malformed(FrameFault)
    }

    static let close: UInt8 = 0x8
    static let ping: UInt8 = 0x9
    static let pong: UInt8 = 0xa
    /// Of the first byte: the last frame of a message.
    static let final: UInt8 = 0x80
    /// Of the first byte: a control frame, known or not.
    static let control: UInt8 = 0x08
    /// Of the second byte.
    static let mask: UInt8 = 0x80
    /// The longest payload whose length stands in the second byte, and the longest of a control frame.
    static let shortPayloadBytesMax: UInt8 = 125
    /// Two bytes, eight of length and four of mask.
    static let bytesMax = 14

    /// 0 to 15.
    var opcode: UInt8
    var isFinal: Bool
    /// With the mask.
    var byteCount: Int
    var payloadBytes: UInt64

    var isControl: Bool { opcode & Self.control != 0 }

    /// Reads the head at `start`. Its faults are found in one order, whatever has come of it: so the answer to
    /// more bytes is never another fault.
    ///
    /// - Parameters:
    ///   - maskBit: `mask` where the sender is a client, else 0.
    ///   - frameBytesMax: of the payload of a data frame.
    static func parse(_ bytes: Span<UInt8>, from start: Int, maskBit: UInt8, frameBytesMax: UInt64) -> Outcome {
        guard bytes.count - start >= 2 else { return .short }
        let (first, second) = (bytes[start], bytes[start + 1])
        let (opcode, isFinal) = (first & 0xf, first & final != 0)
        let shortLength = second & ~mask
        guard second & mask == maskBit else { return .malformed(maskBit == 0 ? .masked : .unmasked) }
        if opcode & control != 0 {
            guard isFinal else { return .malformed(.fragmentedControl) }
            guard shortLength <= shortPayloadBytesMax else { return .malformed(.controlTooLong) }
            if opcode == close, shortLength == 1 { return .malformed(.closeTooShort) }
        }
        let lengthBytes = shortLength <= shortPayloadBytesMax ? 0 : shortLength == 126 ? 2 : 8
        let byteCount = 2 + lengthBytes + Int(maskBit >> 5)
        guard bytes.count - start >= byteCount else { return .short }
        var payloadBytes = UInt64(shortLength)
        if lengthBytes > 0 {
            payloadBytes = 0
            for index in start + 2..<start + 2 + lengthBytes { payloadBytes = payloadBytes << 8 | UInt64(bytes[index]) }
            guard payloadBytes >> 63 == 0 else { return .malformed(.lengthTooLarge) }
            let longestBefore = lengthBytes == 2 ? UInt64(shortPayloadBytesMax) : UInt64(UInt16.max)
            guard payloadBytes > longestBefore else { return .malformed(.lengthNotMinimal) }
        }
        if opcode & control == 0, payloadBytes > frameBytesMax { return .malformed(.frameTooLarge) }
        return .whole(FrameHead(opcode: opcode, isFinal: isFinal, byteCount: byteCount, payloadBytes: payloadBytes))
    }

    /// How many bytes of the frame are held back until somebody has decided: a close with its code, and a pong
    /// of eight bytes, which may be the answer to a ping of ours. 0 for frames that pass.
    var heldBytes: Int {
        switch opcode {
        case Self.close: byteCount + (payloadBytes == 0 ? 0 : 2)
        case Self.pong where payloadBytes == 8: byteCount + 8
        default: 0
        }
    }
}
