// The hash by which servers and clients are known: the same on every host, of every byte order, in
// every version. Knows bytes, not what they mean.

/// xxHash64 under one fixed seed.
///
/// The hosts of a group pick alike without talking because they hash alike: a server's identity is the
/// hash of its name's UTF-8, a client's key that of its address (4 bytes of IPv4 or 16 of IPv6, in
/// network order). So this is a contract between hosts and versions: **neither the algorithm, the seed
/// nor what is hashed may change**, and a test pins its answers. The seed is no secret: whoever chooses
/// their own keys can aim at a server, and bounded loads are what holds that in check.
///
/// - SeeAlso: <https://github.com/Cyan4973/xxHash/blob/dev/doc/xxhash_spec.md>
public enum StableHash {
    static let seed: UInt64 = 0x5377_6976_656c_3031  // "Swivel01"

    public static func hash(_ bytes: RawSpan) -> UInt64 { xxHash64(bytes, seed: seed) }

    /// The hash of the text's UTF-8: a server's identity is that of its name.
    public static func hash(_ text: String) -> UInt64 { hash(text.utf8.span.bytes) }

    /// Spreads the bits of a hash anew: the finalizer of SplitMix64. What follows from a hash (the
    /// points of a ring, the next place to look) is part of the contract too.
    static func mixed(_ bits: UInt64) -> UInt64 {
        var bits = bits
        bits = (bits ^ (bits >> 30)) &* 0xbf58_476d_1ce4_e5b9
        bits = (bits ^ (bits >> 27)) &* 0x94d0_49bb_1331_11eb
        return bits ^ (bits >> 31)
    }

    /// The number at `place` of the stream that `seed` begins: SplitMix64.
    static func stream(_ seed: UInt64, _ place: UInt64) -> UInt64 {
        mixed(seed &+ (place &+ 1) &* 0x9e37_79b9_7f4a_7c15)
    }

    private static let prime1: UInt64 = 0x9e37_79b1_85eb_ca87
    private static let prime2: UInt64 = 0xc2b2_ae3d_27d4_eb4f
    private static let prime3: UInt64 = 0x1656_67b1_9e37_79f9
    private static let prime4: UInt64 = 0x85eb_ca77_c2b2_ae63
    private static let prime5: UInt64 = 0x27d4_eb2f_1656_67c5

    static func xxHash64(_ bytes: RawSpan, seed: UInt64) -> UInt64 {
        var place = 0
        var hash = bytes.byteCount < 32 ? seed &+ prime5 : stripes(bytes, seed: seed, &place)
        hash &+= UInt64(bytes.byteCount)
        while place + 8 <= bytes.byteCount {
            hash = rotated(hash ^ round(0, word(bytes, place)), 27) &* prime1 &+ prime4
            place += 8
        }
        if place + 4 <= bytes.byteCount {
            let half = UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt32.self))
            hash = rotated(hash ^ UInt64(half) &* prime1, 23) &* prime2 &+ prime3
            place += 4
        }
        while place < bytes.byteCount {
            hash = rotated(hash ^ UInt64(bytes.unsafeLoad(fromByteOffset: place, as: UInt8.self)) &* prime5, 11) &* prime1
            place += 1
        }
        hash = (hash ^ (hash >> 33)) &* prime2
        hash = (hash ^ (hash >> 29)) &* prime3
        return hash ^ (hash >> 32)
    }

    /// Whole stripes of 32 bytes, four words side by side.
    private static func stripes(_ bytes: RawSpan, seed: UInt64, _ place: inout Int) -> UInt64 {
        var first = seed &+ prime1 &+ prime2
        var second = seed &+ prime2
        var third = seed
        var fourth = seed &- prime1
        while place + 32 <= bytes.byteCount {
            first = round(first, word(bytes, place))
            second = round(second, word(bytes, place + 8))
            third = round(third, word(bytes, place + 16))
            fourth = round(fourth, word(bytes, place + 24))
            place += 32
        }
        var hash = rotated(first, 1) &+ rotated(second, 7) &+ rotated(third, 12) &+ rotated(fourth, 18)
        hash = (hash ^ round(0, first)) &* prime1 &+ prime4
        hash = (hash ^ round(0, second)) &* prime1 &+ prime4
        hash = (hash ^ round(0, third)) &* prime1 &+ prime4
        hash = (hash ^ round(0, fourth)) &* prime1 &+ prime4
        return hash
    }

    private static func round(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        rotated(lane &+ word &* prime2, 31) &* prime1
    }

    private static func rotated(_ bits: UInt64, _ count: UInt64) -> UInt64 { bits << count | bits >> (64 - count) }

    private static func word(_ bytes: RawSpan, _ place: Int) -> UInt64 {
        UInt64(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: place, as: UInt64.self))
    }
}
