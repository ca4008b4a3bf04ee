// The bytes that have a meaning of their own in a message.

internal import CScan

enum Octet {
    static let tab = UInt8(ascii: "\t")
    static let lineFeed = UInt8(ascii: "\n")
    static let carriageReturn = UInt8(ascii: "\r")
    static let blank = UInt8(ascii: " ")
    static let comma = UInt8(ascii: ",")
    static let colon = UInt8(ascii: ":")
    static let semicolon = UInt8(ascii: ";")
    static let equals = UInt8(ascii: "=")
    static let quote = UInt8(ascii: "\"")
    static let backslash = UInt8(ascii: "\\")
    static let slash = UInt8(ascii: "/")
    static let question = UInt8(ascii: "?")

    /// White space within a line: a blank or a tab.
    @inline(__always)
    static func isBlank(_ byte: UInt8) -> Bool { byte == blank || byte == tab }

    /// HTAB, SP, visible ASCII and beyond: what values, quoted strings and reason phrases consist of.
    static func isText(_ byte: UInt8) -> Bool { byte >= 0x20 && byte != 0x7f || byte == tab }

    /// A letter, a digit or one of fifteen signs (RFC 9110 section 5.6.2).
    static func isToken(_ byte: UInt8) -> Bool { swivel_is_token_byte(byte) != 0 }

    /// What a byte is where a line's text has stopped before its carriage return.
    static func rejection(_ byte: UInt8, otherwise: Rejection) -> Rejection {
        byte == lineFeed ? .bareLineFeed : otherwise
    }
}
