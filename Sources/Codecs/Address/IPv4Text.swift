// IPv4 addresses as people write them: four decimal numbers with dots.
// Knows the strict form alone. The octal, hexadecimal and shortened forms of inet_aton(3) are
// refused, because `010.0.0.1` means one host to some programs and another to the rest.

/// Reads and writes dotted quads.
public enum IPv4Text {
    /// Reads a whole dotted quad.
    ///
    /// - Returns: the address in host byte order, or `nil` where the bytes are not four numbers from
    ///   0 to 255 without leading zeros.
    public static func parse(_ bytes: Span<UInt8>) -> UInt32? {
        var address: UInt32 = 0
        var index = 0
        for part in 0..<4 {
            if part > 0 {
                guard index < bytes.count, bytes[index] == UInt8(ascii: ".") else { return nil }
                index += 1
            }
            guard let number = number(in: bytes, from: &index) else { return nil }
            address = address << 8 | number
        }
        return index == bytes.count ? address : nil
    }

    /// Writes an address; `host` is in host byte order. At most 15 bytes.
    public static func write(_ host: UInt32, into output: inout OutputSpan<UInt8>) {
        DecimalText.write(UInt64(host >> 24), into: &output)
        for part in 1..<4 {
            output.put(UInt8(ascii: "."))
            DecimalText.write(UInt64(host >> UInt32(24 - part * 8) & 0xff), into: &output)
        }
    }

    /// One to three digits from `index` on, which is left behind them.
    private static func number(in bytes: Span<UInt8>, from index: inout Int) -> UInt32? {
        let start = index
        var value: UInt32 = 0
        while index < bytes.count, index - start < 3, let digit = DecimalDigit.value(bytes[index]) {
            value = value * 10 + UInt32(digit)
            index += 1
        }
        let digitCount = index - start
        guard digitCount > 0, value <= 255 else { return nil }
        guard digitCount == 1 || bytes[start] != UInt8(ascii: "0") else { return nil }
        return value
    }
}
