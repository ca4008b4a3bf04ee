// Digits and what they are worth. Knows ASCII alone.

/// Reads decimal digits.
public enum DecimalDigit {
    /// The value of a digit, or `nil` where the byte is none.
    public static func value(_ byte: UInt8) -> UInt8? {
        let value = byte &- UInt8(ascii: "0")
        return value < 10 ? value : nil
    }
}
