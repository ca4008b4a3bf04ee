// Whole numbers as decimal digits, written into room that the caller owns.
// Knows digits. Knows nothing of what is counted.

/// Writes numbers in decimal without allocating.
public enum DecimalText {
    /// Digits of the longest `UInt64`, 18,446,744,073,709,551,615.
    public static let digitsMax = 20

    /// Writes a number without leading zeros; digits that do not fit are dropped from its end.
    public static func write(_ value: UInt64, into output: inout OutputSpan<UInt8>) {
        write(value, digitsMin: 1, into: &output)
    }

    /// Writes a number with its sign where it is negative.
    public static func write(_ value: Int64, into output: inout OutputSpan<UInt8>) {
        if value < 0 { output.put(UInt8(ascii: "-")) }
        write(value.magnitude, digitsMin: 1, into: &output)
    }

    /// Writes a number with leading zeros up to `digitsMin` digits (at most `digitsMax` of them).
    public static func write(_ value: UInt64, digitsMin: Int, into output: inout OutputSpan<UInt8>) {
        var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
        var first = digits.count
        var rest = value
        repeat {
            first -= 1
            digits[first] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        } while rest > 0
        first = Swift.max(0, Swift.min(first, digits.count - digitsMin))
        for index in first..<digits.count {
            output.put(digits[index])
        }
    }

    /// Writes a number to the start of a buffer.
    ///
    /// - Returns: the bytes written; fewer than the number has digits where the buffer is shorter.
    public static func write(_ value: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        // The caller lends the whole buffer for the length of this call, and bytes have no alignment.
        let bytes = unsafe buffer.bindMemory(to: UInt8.self)
        var output = unsafe OutputSpan(buffer: bytes, initializedCount: 0)
        write(value, into: &output)
        return unsafe output.finalize(for: bytes)
    }
}
