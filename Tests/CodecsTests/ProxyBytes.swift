// PROXY headers put together byte by byte, as other senders would: no code under test makes them.

/// Binary headers for tests.
enum ProxyBytes {
    static let signature: [UInt8] = [0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a]

    /// A header, its length that of `rest` where no other is given.
    static func block(_ command: UInt8, _ family: UInt8, _ rest: [UInt8] = [], length: Int? = nil) -> [UInt8] {
        let length = length ?? rest.count
        return signature + [command, family, UInt8(length >> 8), UInt8(length & 0xff)] + rest
    }

    /// From 192.0.2.1:40000 to 198.51.100.2:443.
    static let ipv4: [UInt8] = [192, 0, 2, 1, 198, 51, 100, 2, 0x9c, 0x40, 0x01, 0xbb]
    /// From [2001:db8::1]:40000 to [2001:db8::2]:443.
    static let ipv6: [UInt8] =
        [
            0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0x20, 0x01, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
            2,
        ]
        + [0x9c, 0x40, 0x01, 0xbb]
    static let unix = [UInt8]("/run/client.sock".utf8) + [UInt8](repeating: 0, count: 200)

    static func tlv(_ type: UInt8, _ value: [UInt8]) -> [UInt8] {
        [type, UInt8(value.count >> 8), UInt8(value.count & 0xff)] + value
    }

    /// A header whose first checksum of zeros is filled in, bit by bit as the definition has it.
    static func summed(_ header: [UInt8]) -> [UInt8] {
        guard let index = header.indices.dropLast(6).first(where: { header[$0..<($0 + 7)] == [3, 0, 4, 0, 0, 0, 0] })
        else { return header }
        var state = UInt32.max
        for byte in header {
            state ^= UInt32(byte)
            for _ in 0..<8 { state = state & 1 == 1 ? state >> 1 ^ 0x82f6_3b78 : state >> 1 }
        }
        var header = header
        for place in 0..<4 { header[index + 3 + place] = UInt8(truncatingIfNeeded: ~state >> UInt32(24 - place * 8)) }
        return header
    }
}
