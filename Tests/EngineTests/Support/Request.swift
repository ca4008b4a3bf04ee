// What a client asks of the server it happens to reach: the first sixteen bytes of its connection.

/// The server's part, told by the client.
struct Request {
    enum Mode: UInt8 {
        /// Every byte comes back.
        case echo
        /// The server checks what comes and sends `downBytes` of its own stream.
        case transfer
    }

    static let byteCount = 16

    /// Names the streams of this connection.
    var id: UInt32
    var mode: Mode
    /// The server ends its direction after its last byte, without waiting for the client's end.
    var serverEndsFirst = false
    var downBytes: Int

    var bytes: [UInt8] {
        var bytes = [UInt8](repeating: 0, count: Self.byteCount)
        bytes.withUnsafeMutableBytes {
            $0.storeBytes(of: id, as: UInt32.self)
            $0[4] = mode.rawValue
            $0[5] = serverEndsFirst ? 1 : 0
            $0.storeBytes(of: UInt64(downBytes), toByteOffset: 8, as: UInt64.self)
        }
        return bytes
    }

    init(id: UInt32, mode: Mode, serverEndsFirst: Bool = false, downBytes: Int = 0) {
        self.id = id
        self.mode = mode
        self.serverEndsFirst = serverEndsFirst
        self.downBytes = downBytes
    }

    /// `nil` where these are no request: somebody's bytes have gone astray.
    init?(_ bytes: [UInt8]) {
        guard bytes.count == Self.byteCount, let mode = Mode(rawValue: bytes[4]) else { return nil }
        let (id, count) = bytes.withUnsafeBytes { ($0.load(as: UInt32.self), $0.load(fromByteOffset: 8, as: UInt64.self)) }
        self.init(id: id, mode: mode, serverEndsFirst: bytes[5] == 1, downBytes: Int(count))
    }
}
