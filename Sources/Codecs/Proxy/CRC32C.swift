// The checksum that a PROXY header may bear. Knows bits alone.

/// CRC-32C (Castagnoli), as RFC 4960 appendix B has it.
///
/// Half a byte a step: a header has at most 4,096 bytes, and few bear a checksum.
struct CRC32C {
    private var state = UInt32.max

    var value: UInt32 { ~state }

    mutating func add(_ byte: UInt8) {
        state ^= UInt32(byte)
        state = state >> 4 ^ Self.remainders[Int(state & 0xf)]
        state = state >> 4 ^ Self.remainders[Int(state & 0xf)]
    }

    mutating func add(_ bytes: Span<UInt8>) {
        for index in bytes.indices { add(bytes[index]) }
    }

    /// What four bits leave behind, under the polynomial 0x1edc6f41 with its bits reversed.
    private static let remainders: InlineArray<16, UInt32> = [
        0x0000_0000, 0x105e_c76f, 0x20bd_8ede, 0x30e3_49b1, 0x417b_1dbc, 0x5125_dad3, 0x61c6_9362, 0x7198_540d,
        0x82f6_3b78, 0x92a8_fc17, 0xa24b_b5a6, 0xb215_72c9, 0xc38d_26c4, 0xd3d3_e1ab, 0xe330_a81a, 0xf36e_6f75,
    ]
}
