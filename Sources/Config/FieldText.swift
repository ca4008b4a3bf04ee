// Names and tokens of HTTP fields, as far as options have them.
// Knows their letters. Knows nothing of messages.

/// Judges texts that will stand in a field.
enum FieldText {
    /// RFC 9110 section 5.6.2.
    static func isToken(_ text: String) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isOfToken)
    }

    static func isOfToken(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"): true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }

    /// Fields that frame or route a message, or are one connection's: no option may write them.
    static func isOfHTTPItself(_ name: String) -> Bool {
        [
            "connection", "content-length", "expect", "host", "http2-settings", "keep-alive", "proxy-connection", "te",
            "trailer", "transfer-encoding", "upgrade",
        ].contains(name.lowercased())
    }
}
