// Control frames of our own, as bytes. Knows RFC 6455 section 5.5. Knows nothing of where they are put.

public enum ControlFrame {
    public enum Opcode: UInt8, BitwiseCopyable, Sendable {
        case close = 0x8
        case ping = 0x9
        case pong = 0xa
    }

    public static let payloadBytesMax = 125
    /// Two bytes, a mask and the longest payload.
    public static let bytesMax = 2 + 4 + payloadBytesMax

    /// Writes a whole frame to the start of a buffer.
    ///
    /// - Parameters:
    ///   - payload: at most `payloadBytesMax`.
    ///   - mask: for a frame to a server; its highest byte goes first. `nil` for one to a client.
    /// - Returns: how many bytes it has, or 0 where there is no room for all of them: half a frame is none.
    public static func write(
        opcode: Opcode, payload: UnsafeRawBufferPointer, mask: UInt32?, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        assert(payload.count <= payloadBytesMax, "a control frame is short")
        let headBytes = mask == nil ? 2 : 6
        let count = headBytes + payload.count
        guard payload.count <= payloadBytesMax, buffer.count >= count else { return 0 }
        // All places are below `count`, for which there is room.
        unsafe buffer[0] = FrameHead.final | opcode.rawValue
        unsafe buffer[1] = UInt8(payload.count) | (mask == nil ? 0 : FrameHead.mask)
        let key = mask ?? 0
        if mask != nil { unsafe buffer.storeBytes(of: key.bigEndian, toByteOffset: 2, as: UInt32.self) }
        for index in 0..<payload.count {
            unsafe buffer[headBytes + index] = payload[index] ^ UInt8(truncatingIfNeeded: key >> UInt32(24 - index % 4 * 8))
        }
        return count
    }

    /// Writes a close with a code and no reason: 4 bytes, or 8 with a mask.
    public static func writeClose(code: UInt16, mask: UInt32?, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        // The bytes live for the call.
        unsafe withUnsafeBytes(of: closePayload(code)) { payload in
            unsafe write(opcode: .close, payload: payload, mask: mask, into: buffer)
        }
    }

    /// Writes a ping whose pong a `FrameReader` reports with the same number: 10 bytes, or 14 with a mask.
    public static func writePing(_ number: UInt64, mask: UInt32?, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        // The bytes live for the call.
        unsafe withUnsafeBytes(of: number.bigEndian) { payload in
            unsafe write(opcode: .ping, payload: payload, mask: mask, into: buffer)
        }
    }

    /// The two bytes of a close with this code, as they lie in memory: for `write`.
    public static func closePayload(_ code: UInt16) -> UInt16 { code.bigEndian }
}
