// Up to eight bytes as one number, so that a word is compared in one instruction.

/// The first byte is the lowest, and what lies behind the last is zero.
enum ByteWord {
    /// A literal of up to eight bytes. Written without a loop, so that the compiler sees a constant.
    @inline(__always)
    static func of(_ text: StaticString) -> UInt64 {
        let low = byte(text, 0) | byte(text, 1) | byte(text, 2) | byte(text, 3)
        let high = byte(text, 4) | byte(text, 5) | byte(text, 6) | byte(text, 7)
        return low | high
    }

    @inline(__always)
    private static func byte(_ text: StaticString, _ index: Int) -> UInt64 {
        // A literal lives as long as the program, and the index is within its length.
        index < text.utf8CodeUnitCount ? unsafe UInt64(text.utf8Start[index]) &<< UInt64(8 &* index) : 0
    }

    /// Bit 5 set in eight bytes: letters become small ones, and what is neither letter, digit nor sign of a
    /// token between `!` and `9` becomes no letter, digit or hyphen.
    static let lowerCase: UInt64 = 0x2020_2020_2020_2020

    /// The eight bytes from `index` on, which are within `bytes`.
    @inline(__always)
    static func eight(_ bytes: Span<UInt8>, at index: Int) -> UInt64 {
        precondition(0 <= index && index <= bytes.count &- 8, "a word is within its bytes")
        // Just checked.
        return unsafe eight(bytes, uncheckedAt: index)
    }

    /// The same for a caller that has checked.
    @unsafe @inline(__always)
    static func eight(_ bytes: Span<UInt8>, uncheckedAt index: Int) -> UInt64 {
        // An unaligned load may be anywhere.
        unsafe UInt64(littleEndian: bytes.bytes.unsafeLoadUnaligned(fromUncheckedByteOffset: index, as: UInt64.self))
    }

    /// One to eight bytes from `index` on, which are within `bytes`.
    @inline(__always)
    static func short(_ bytes: Span<UInt8>, at index: Int, count: Int) -> UInt64 {
        if index <= bytes.count &- 8 { return eight(bytes, at: index) & mask(count) }
        return atEnd(bytes, at: index, count: count)
    }

    @inline(never)
    private static func atEnd(_ bytes: Span<UInt8>, at index: Int, count: Int) -> UInt64 {
        var word: UInt64 = 0
        for place in 0..<count { word |= UInt64(bytes[index + place]) &<< UInt64(8 &* place) }
        return word
    }

    /// All ones in the first one to eight bytes.
    @inline(__always)
    static func mask(_ count: Int) -> UInt64 { UInt64.max &>> UInt64(truncatingIfNeeded: 64 &- 8 &* count) }
}
