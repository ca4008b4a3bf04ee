// `HTTP/1.1`, at the end of a request line and at the start of a status line.

enum VersionText {
    static let bytes = 8

    /// The minor version: 0 or 1. A higher one is the highest that we know (RFC 9110 section 2.5), so 1.2 to 1.9
    /// are 1.
    @inline(__always)
    static func read(_ bytes: Span<UInt8>, at index: Int, bounds: HeadBounds) throws(HeadStop) -> UInt8 {
        if bounds.end &- index >= Self.bytes {
            let word = ByteWord.eight(bytes, at: index)
            if word == ByteWord.of("HTTP/1.1") { return 1 }
            if word == ByteWord.of("HTTP/1.0") { return 0 }
        }
        return try readSlowly(bytes, at: index, bounds: bounds)
    }

    private static func readSlowly(_ bytes: Span<UInt8>, at start: Int, bounds: HeadBounds) throws(HeadStop) -> UInt8 {
        let form: StaticString = "HTTP/1.1"
        for place in 0..<Self.bytes {
            guard start + place < bounds.end else { throw bounds.shortage }
            let byte = bytes[start + place]
            let isDigitPlace = place == 5 || place == 7
            // A literal lives as long as the program, and the place is within its length.
            let isRight = unsafe isDigitPlace ? DecimalDigit.value(byte) != nil : byte == form.utf8Start[place]
            guard isRight else { throw .rejected(.versionMalformed) }
        }
        guard bytes[start + 5] == UInt8(ascii: "1") else { throw .rejected(.versionUnsupported) }
        return bytes[start + 7] == UInt8(ascii: "0") ? 0 : 1
    }
}
