// Decimal digits in text. Knows ASCII alone.

extension UInt8 {
    var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }
}

extension StringProtocol {
    /// Whether the text is one decimal digit or more, and nothing else.
    var isDigits: Bool { !isEmpty && utf8.allSatisfy(\.isDigit) }
}
