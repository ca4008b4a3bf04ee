// Hexadecimal digits and what they are worth. Knows ASCII alone.

/// Reads hexadecimal digits in any case.
enum HexadecimalDigit {
    /// The value of a digit, or `nil` where the byte is none.
    @inline(__always)
    static func value(_ byte: UInt8) -> UInt8? {
        let digit = byte &- UInt8(ascii: "0")
        if digit < 10 { return digit }
        let letter = (byte | 0x20) &- UInt8(ascii: "a")
        return letter < 6 ? letter + 10 : nil
    }
}
