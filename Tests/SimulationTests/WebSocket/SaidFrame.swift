// One frame that an end of a simulated WebSocket says, byte for byte. Written from RFC 6455, and not by the codecs:
// these are what is judged.

struct SaidFrame {
    enum Way {
        case passes
        /// Answers a ping of the balancer.
        case swallowed
        /// Answers it once more.
        case eitherWay
    }

    static let text: UInt8 = 1
    static let binary: UInt8 = 2
    static let close: UInt8 = 8
    static let ping: UInt8 = 9
    static let pong: UInt8 = 10

    let opcode: UInt8
    let isFinal: Bool
    let bytes: [UInt8]
    /// Of a control frame, without its mask.
    var payload: [UInt8] = []
    var way = Way.passes
    /// It shows that its sender has heard the balancer's ping.
    var answersUs = false
    var flaw: FrameFlaw?
    /// Where it begins in what its sender says.
    var start = 0
    /// When the shard read the first of it, in the order of such moments; 0: not yet.
    var readPlace = 0

    var end: Int { start + bytes.count }
    var isControl: Bool { opcode >= 8 }
    /// The code of a close; 1005: none (RFC 6455 section 7.4.1).
    var closeCode: UInt16 { payload.count < 2 ? 1_005 : UInt16(payload[0]) << 8 | UInt16(payload[1]) }

    /// A data frame whose bytes on the wire are those of a stream, whatever its mask makes of them.
    static func data(
        _ opcode: UInt8, isFinal: Bool, reserved: UInt8, stream: Int, count: Int, isMasked: Bool, _ chance: inout Chance
    ) -> SaidFrame {
        var bytes = head(opcode | (isFinal ? 0x80 : 0) | reserved << 4, count: count, isMasked: isMasked)
        if isMasked { bytes += mask(&chance) }
        bytes += BodyText.bytes(stream, offset: 0, count: count)
        return SaidFrame(opcode: opcode, isFinal: isFinal, bytes: bytes)
    }

    static func control(_ opcode: UInt8, _ payload: [UInt8], isMasked: Bool, _ chance: inout Chance) -> SaidFrame {
        var frame = SaidFrame(opcode: opcode, isFinal: true, bytes: whole(0x80 | opcode, payload, isMasked: isMasked, &chance))
        frame.payload = payload
        return frame
    }

    static func close(_ code: UInt16?, reason: [UInt8], isMasked: Bool, _ chance: inout Chance) -> SaidFrame {
        control(close, code.map { [UInt8($0 >> 8), UInt8($0 & 0xff)] + reason } ?? [], isMasked: isMasked, &chance)
    }

    /// - Parameter frameBytesMax: what the operator allows.
    static func flawed(_ flaw: FrameFlaw, isMasked: Bool, frameBytesMax: Int, _ chance: inout Chance) -> SaidFrame {
        func bytes(_ count: Int) -> [UInt8] { [UInt8](repeating: 0x55, count: count) }
        let wire: [UInt8]
        switch flaw {
        case .wrongMask: wire = whole(0x82, bytes(30), isMasked: !isMasked, &chance)
        case .fragmentedControl: wire = whole(0x09, bytes(4), isMasked: isMasked, &chance)
        case .controlTooLong: wire = whole(0x89, bytes(126), isMasked: isMasked, &chance)
        case .lengthNotMinimal: wire = [0x82, isMasked ? 0xfe : 0x7e, 0, 100] + bytes(isMasked ? 104 : 100)
        case .lengthTooLarge: wire = [0x82, isMasked ? 0xff : 0x7f, 0x80, 0, 0, 0, 0, 0, 0, 9] + bytes(isMasked ? 13 : 9)
        case .closeTooShort: wire = whole(0x88, bytes(1), isMasked: isMasked, &chance)
        case .tooLarge: wire = whole(0x82, bytes(frameBytesMax + 1), isMasked: isMasked, &chance)
        }
        // Whatever follows is not looked at.
        let rubbish = BodyText.bytes(1, offset: 0, count: chance.below(200))
        var frame = SaidFrame(opcode: wire[0] & 0xf, isFinal: true, bytes: wire + rubbish)
        frame.flaw = flaw
        return frame
    }

    private static func whole(_ first: UInt8, _ payload: [UInt8], isMasked: Bool, _ chance: inout Chance) -> [UInt8] {
        let bytes = head(first, count: payload.count, isMasked: isMasked)
        guard isMasked else { return bytes + payload }
        let mask = mask(&chance)
        return bytes + mask + payload.enumerated().map { $1 ^ mask[$0 % 4] }
    }

    /// RFC 6455 section 5.2: a length in as few bytes as it needs.
    private static func head(_ first: UInt8, count: Int, isMasked: Bool) -> [UInt8] {
        let bit: UInt8 = isMasked ? 0x80 : 0
        if count < 126 { return [first, bit | UInt8(count)] }
        if count < 65_536 { return [first, bit | 126, UInt8(count >> 8), UInt8(count & 0xff)] }
        return [first, bit | 127] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
    }

    private static func mask(_ chance: inout Chance) -> [UInt8] {
        let bits = chance.next()
        return (0..<4).map { UInt8(truncatingIfNeeded: bits >> (8 * $0)) }
    }
}
