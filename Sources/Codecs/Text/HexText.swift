// Numbers as hexadecimal digits of a fixed number. Knows digits alone.

/// Writes 128 bits as 32 lower-case digits: a request's own identity.
public enum HexText {
    /// Digits of 128 bits.
    public static let byteCount = 32

    /// Writes both halves, the higher one first, to the start of a buffer.
    ///
    /// - Returns: `byteCount`, or 0 where there is no room for all of it: half an identity is none.
    public static func write(high: UInt64, low: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard buffer.count >= byteCount else { return 0 }
        // Four stores of eight bytes, all of them within the 32 that there are.
        unsafe buffer.storeBytes(of: digits(of: high >> 32).bigEndian, toByteOffset: 0, as: UInt64.self)
        unsafe buffer.storeBytes(of: digits(of: high).bigEndian, toByteOffset: 8, as: UInt64.self)
        unsafe buffer.storeBytes(of: digits(of: low >> 32).bigEndian, toByteOffset: 16, as: UInt64.self)
        unsafe buffer.storeBytes(of: digits(of: low).bigEndian, toByteOffset: 24, as: UInt64.self)
        return byteCount
    }

    /// The digits of the lower 32 bits, the first of them highest: all eight at once.
    private static func digits(of bits: UInt64) -> UInt64 {
        // Spreads the halves, their bytes, and their halves to a byte each.
        var spread = (bits & 0xffff_0000) << 16 | bits & 0xffff
        spread = (spread & 0x0000_ff00_0000_ff00) << 8 | spread & 0x0000_00ff_0000_00ff
        spread = (spread & 0x00f0_00f0_00f0_00f0) << 4 | spread & 0x000f_000f_000f_000f
        // 1 in each byte that is a letter: 6 more than 9 carries into the next four bits.
        let letters = (spread &+ 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
        // From "0" on, and 39 more lead from ":" to "a".
        return spread &+ 0x3030_3030_3030_3030 &+ letters &* 39
    }
}
