// Whom a request is for: the value of Host, and the authority of a whole URI.
// Knows its spelling (RFC 3986 section 3.2 without user information). Knows nothing of resolving it.

enum HostText {
    /// A host that is not empty, and perhaps a port of up to five digits, at most 65535. The port may be left out
    /// behind its colon, as RFC 3986 allows. An address in brackets is IPv6 without a zone.
    @inline(__always)
    static func isValid(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        guard start < end else { return false }
        let plainEnd = bytes.plainHostEnd(from: start, to: end)
        if plainEnd == end { return true }
        if bytes[plainEnd] == Octet.colon { return plainEnd > start && isPort(bytes, plainEnd, end) }
        return isValidSlowly(bytes, start, plainEnd, end)
    }

    private static func isValidSlowly(_ bytes: Span<UInt8>, _ start: Int, _ plainEnd: Int, _ end: Int) -> Bool {
        var index = plainEnd
        if index == start, bytes[index] == UInt8(ascii: "[") {
            guard let close = addressEnd(bytes, start, end) else { return false }
            index = close + 1
            return index == end || isPort(bytes, index, end)
        }
        while index < end {
            switch bytes[index] {
            case Octet.colon: return index > start && isPort(bytes, index, end)
            case UInt8(ascii: "%"):
                guard index + 2 < end, isHexadecimal(bytes[index + 1]), isHexadecimal(bytes[index + 2]) else { return false }
                index += 3
            case let byte where isNamePart(byte): index += 1
            default: return false
            }
        }
        return true
    }

    /// The closing bracket of an IPv6 address that opens at `start`.
    private static func addressEnd(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Int? {
        // 45 bytes are the longest spelling of an address.
        for index in start + 1..<min(end, start + 47) where bytes[index] == UInt8(ascii: "]") {
            return IPv6Text.parse(bytes.extracting(start + 1..<index)) == nil ? nil : index
        }
        return nil
    }

    /// A colon and a port from `start` to `end`.
    @inline(__always)
    private static func isPort(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) -> Bool {
        let text = bytes.extracting(start..<end)
        guard text[0] == Octet.colon, text.count <= 6 else { return false }
        var port: UInt32 = 0
        var index = 1
        while index < text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return false }
            port = port &* 10 &+ UInt32(digit)
            index &+= 1
        }
        return port <= 65_535
    }

    /// `unreserved` and `sub-delims` of RFC 3986.
    private static func isNamePart(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."), UInt8(ascii: "_"): true
        case UInt8(ascii: "~"), UInt8(ascii: "!"), UInt8(ascii: "$"), UInt8(ascii: "&"), UInt8(ascii: "'"): true
        case UInt8(ascii: "("), UInt8(ascii: ")"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: ","): true
        case UInt8(ascii: ";"), UInt8(ascii: "="): true
        default: false
        }
    }

    private static func isHexadecimal(_ byte: UInt8) -> Bool { HexadecimalDigit.value(byte) != nil }
}
