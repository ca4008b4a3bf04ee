// Frames as the tests write them, by the picture in RFC 6455 section 5.2.

import Codecs

/// A frame as it stands in the standard; what is wrong with it is said, not found out.
struct FrameBytes {
    var opcode: UInt8
    var isFinal = true
    var reserved: UInt8 = 0
    var payload: [UInt8] = []
    /// Instead of the payload's own.
    var length: UInt64?
    /// 1, 2 or 8; `nil` for as few as the length needs.
    var lengthBytes: Int?
    /// `nil` for as the sender has to.
    var isMasked: Bool?

    static let key: [UInt8] = [0x37, 0xfa, 0x21, 0x3d]

    static func text(_ payload: String) -> FrameBytes { FrameBytes(opcode: 1, payload: Array(payload.utf8)) }
    static func binary(_ count: Int) -> FrameBytes {
        FrameBytes(opcode: 2, payload: (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) })
    }
    static func ping(_ payload: [UInt8] = []) -> FrameBytes { FrameBytes(opcode: 9, payload: payload) }
    static func pong(_ payload: [UInt8] = []) -> FrameBytes { FrameBytes(opcode: 10, payload: payload) }
    static func pong(_ number: UInt64) -> FrameBytes {
        pong((0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) })
    }
    static func close(_ code: UInt16? = nil, _ reason: String = "") -> FrameBytes {
        FrameBytes(opcode: 8, payload: (code.map { [UInt8($0 >> 8), UInt8($0 & 255)] } ?? []) + Array(reason.utf8))
    }

    func bytes(from sender: FrameReader.Sender) -> [UInt8] {
        let isMasked = isMasked ?? (sender == .client)
        let length = length ?? UInt64(payload.count)
        let lengthBytes = lengthBytes ?? (length <= 125 ? 1 : length <= 65_535 ? 2 : 8)
        var bytes = [(isFinal ? 128 : 0) + reserved * 16 + opcode]
        let short = lengthBytes == 1 ? UInt8(length) : lengthBytes == 2 ? 126 : 127
        bytes.append((isMasked ? 128 : 0) + short)
        if lengthBytes > 1 {
            bytes += (0..<lengthBytes).reversed().map { UInt8(truncatingIfNeeded: length >> (8 * UInt64($0))) }
        }
        if isMasked { bytes += Self.key }
        return bytes + payload.enumerated().map { isMasked ? $1 ^ Self.key[$0 % 4] : $1 }
    }
}

extension [FrameBytes] {
    func bytes(from sender: FrameReader.Sender) -> [UInt8] { flatMap { $0.bytes(from: sender) } }
}
