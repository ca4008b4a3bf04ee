// Bytes that stand as `%XX` in a path.

enum PercentText {
    /// The byte that stands there, and how many bytes of the path it takes. `%00`, and a percent sign that no two
    /// hexadecimal digits follow, stand for themselves.
    @inline(__always)
    static func decoded(_ bytes: Span<UInt8>, _ index: Int) -> (byte: UInt8, read: Int) {
        let byte = bytes[index]
        guard byte == UInt8(ascii: "%"), index &+ 2 < bytes.count,
            let high = HexadecimalDigit.value(bytes[index &+ 1]), let low = HexadecimalDigit.value(bytes[index &+ 2]),
            high | low != 0
        else { return (byte, 1) }
        return (high << 4 | low, 3)
    }
}
