// A WebSocket frame as a test writes and reads it, by the plain rules.

/// RFC 6455 section 5.2.
struct Frame: Equatable, CustomStringConvertible {
    enum Kind: UInt8 { case continuation = 0, text, binary, close = 8, ping, pong }

    var kind: Kind
    var payload: [UInt8]
    var isFinal = true

    init(_ kind: Kind, _ payload: [UInt8], isFinal: Bool = true) { (self.kind, self.payload, self.isFinal) = (kind, payload, isFinal) }

    static func text(_ text: String) -> Frame { Frame(.text, Array(text.utf8)) }
    static func close(_ code: UInt16) -> Frame { Frame(.close, [UInt8(code >> 8), UInt8(code & 0xff)]) }

    var description: String { "\(kind) of \(payload.count) bytes, \(payload.prefix(8))" }
    /// Of a close.
    var code: Int { payload.count < 2 ? 1_005 : Int(payload[0]) << 8 | Int(payload[1]) }

    /// As servers send it.
    var down: [UInt8] { head(mask: 0) + payload }

    /// As clients send it.
    var up: [UInt8] { head(mask: 0x80) + Self.mask + payload.enumerated().map { $1 ^ Self.mask[$0 % 4] } }

    private static let mask: [UInt8] = [0x9d, 0x00, 0xff, 0x31]

    private func head(mask: UInt8) -> [UInt8] {
        let first = kind.rawValue | (isFinal ? 0x80 : 0)
        if payload.count < 126 { return [first, mask | UInt8(payload.count)] }
        let (marker, width): (UInt8, Int) = payload.count < 65_536 ? (126, 2) : (127, 8)
        return [first, mask | marker] + (0..<width).reversed().map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) }
    }

    /// The frame that begins at `start`, or `nil` where it is not whole, not masked as it has to be, or none of RFC 6455.
    static func read(_ bytes: [UInt8], from start: Int, isMasked: Bool) -> (frame: Frame, end: Int)? {
        guard bytes.count >= start + 2, let kind = Kind(rawValue: bytes[start] & 0x7f), (bytes[start + 1] >= 0x80) == isMasked else { return nil }
        var (place, count) = (start + 2, Int(bytes[start + 1] & 0x7f))
        if count > 125 {
            let width = count == 126 ? 2 : 8
            guard bytes.count >= place + width else { return nil }
            count = bytes[place..<place + width].reduce(0) { $0 << 8 | Int($1) }
            place += width
        }
        let mask = isMasked ? Array(bytes[place...].prefix(4)) : [0, 0, 0, 0]
        if isMasked { place += 4 }
        guard bytes.count >= place + count else { return nil }
        let payload = bytes[place..<place + count].enumerated().map { $1 ^ mask[$0 % 4] }
        return (Frame(kind, payload, isFinal: bytes[start] & 0x80 != 0), place + count)
    }
}
