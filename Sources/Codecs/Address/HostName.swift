// The spelling of host names. Knows nothing of resolving them.

/// Judges host names by their letters.
public enum HostName {
    /// The longest name, without its final dot (RFC 1035 section 2.3.4: 255 bytes on the wire).
    public static let bytesMax = 253
    /// The longest part between two dots (RFC 1035 section 2.3.4).
    public static let labelBytesMax = 63

    /// Whether the bytes are a host name: labels of letters, digits, hyphens and underscores (which
    /// container networks use) that neither begin nor end with a hyphen; a final dot is allowed.
    ///
    /// - SeeAlso: RFC 1123 section 2.1.
    public static func isValid(_ bytes: Span<UInt8>) -> Bool {
        let end = bytes.count > 0 && bytes[bytes.count - 1] == UInt8(ascii: ".") ? bytes.count - 1 : bytes.count
        guard end > 0, end <= bytesMax else { return false }
        var labelStart = 0
        for index in 0...end where index == end || bytes[index] == UInt8(ascii: ".") {
            guard isLabel(bytes.extracting(labelStart..<index)) else { return false }
            labelStart = index + 1
        }
        return true
    }

    /// Whether the last label is a number, so that the whole can only be an IPv4 address: some
    /// resolvers read `10.1` and `0x7f000001` as addresses, others as names.
    ///
    /// - SeeAlso: WHATWG URL, "ends in a number checker".
    public static func endsInNumber(_ bytes: Span<UInt8>) -> Bool {
        let end = bytes.count > 0 && bytes[bytes.count - 1] == UInt8(ascii: ".") ? bytes.count - 1 : bytes.count
        var start = end
        while start > 0, bytes[start - 1] != UInt8(ascii: ".") { start -= 1 }
        let last = bytes.extracting(start..<end)
        guard last.count > 0 else { return false }
        if last.count > 1, last[0] == UInt8(ascii: "0"), last[1] | 0x20 == UInt8(ascii: "x") { return true }
        for index in last.indices {
            guard DecimalDigit.value(last[index]) != nil else { return false }
        }
        return true
    }

    private static func isLabel(_ bytes: Span<UInt8>) -> Bool {
        guard (1...labelBytesMax).contains(bytes.count) else { return false }
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): continue
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"): continue
            case UInt8(ascii: "-") where index > 0 && index < bytes.count - 1: continue
            default: return false
            }
        }
        return true
    }
}
