// The hash that a WebSocket's handshake is proved with. Knows RFC 3174. Protects nothing: whoever needs a secret
// kept uses another.

struct SHA1 {
    typealias Digest = InlineArray<20, UInt8>

    private var state: InlineArray<5, UInt32> = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
    private var block = InlineArray<64, UInt8>(repeating: 0)
    private var byteCount: UInt64 = 0

    mutating func add(_ byte: UInt8) {
        block[Int(byteCount % 64)] = byte
        byteCount += 1
        if byteCount % 64 == 0 { addBlock() }
    }

    /// The digest of all that was added. Nothing is added after it.
    ///
    /// - SeeAlso: RFC 3174 section 4, for the bits behind the message.
    mutating func finish() -> Digest {
        let bitCount = byteCount &* 8
        add(0x80)
        while byteCount % 64 != 56 { add(0) }
        for shift in stride(from: 56, through: 0, by: -8) { add(UInt8(truncatingIfNeeded: bitCount >> UInt64(shift))) }
        var digest = Digest(repeating: 0)
        for index in 0..<20 { digest[index] = UInt8(truncatingIfNeeded: state[index / 4] >> UInt32(24 - index % 4 * 8)) }
        return digest
    }

    /// - SeeAlso: RFC 3174 section 6.2, whose second method this is: sixteen words of a ring.
    private mutating func addBlock() {
        var words = InlineArray<16, UInt32>(repeating: 0)
        for index in 0..<64 { words[index / 4] = words[index / 4] << 8 | UInt32(block[index]) }
        var (a, b, c, d, e) = (state[0], state[1], state[2], state[3], state[4])
        for round in 0..<80 {
            let place = round & 15
            if round >= 16 {
                let mixed = words[(place + 13) & 15] ^ words[(place + 8) & 15] ^ words[(place + 2) & 15] ^ words[place]
                words[place] = Self.rotated(mixed, 1)
            }
            let next = Self.rotated(a, 5) &+ Self.mixed(round, b, c, d) &+ e &+ words[place]
            (e, d, c, b, a) = (d, c, Self.rotated(b, 30), a, next)
        }
        state[0] &+= a
        state[1] &+= b
        state[2] &+= c
        state[3] &+= d
        state[4] &+= e
    }

    private static func rotated(_ word: UInt32, _ count: UInt32) -> UInt32 { word << count | word >> (32 - count) }

    /// The function and the constant of a round (RFC 3174 section 5).
    private static func mixed(_ round: Int, _ b: UInt32, _ c: UInt32, _ d: UInt32) -> UInt32 {
        switch round {
        case ..<20: (b & c | ~b & d) &+ 0x5a82_7999
        case ..<40: (b ^ c ^ d) &+ 0x6ed9_eba1
        case ..<60: (b & c | b & d | c & d) &+ 0x8f1b_bcdc
        default: (b ^ c ^ d) &+ 0xca62_c1d6
        }
    }
}
