// Values of the Forwarded field. Knows how nodes and hosts are spelled and quoted there. Knows nothing of
// whom to trust.

/// Writes parts of a Forwarded element.
///
/// - SeeAlso: RFC 7239 sections 4 and 6.
public enum ForwardedText {
    /// Room that every node fits in: `"[v6]:port"` at 1, 41, 6 and 1 bytes.
    public static let nodeBytesMax = 49

    /// Writes a node (`for=`, `by=`): `192.0.2.43`, `"192.0.2.43:47011"`, `"[2001:db8::17]"`,
    /// `"[2001:db8::17]:4711"`, and `unknown` for a Unix socket, which has no address.
    ///
    /// - Parameter port: left out where it is `nil`.
    public static func writeNode(_ host: HostAddress?, port: UInt16? = nil, into output: inout OutputSpan<UInt8>) {
        guard let host else { return output.put("unknown") }
        let isIPv6 = if case .ipv6 = host { true } else { false }
        let isQuoted = isIPv6 || port != nil
        if isQuoted { output.put(UInt8(ascii: "\"")) }
        if isIPv6 { output.put(UInt8(ascii: "[")) }
        host.write(into: &output)
        if isIPv6 { output.put(UInt8(ascii: "]")) }
        if let port {
            output.put(UInt8(ascii: ":"))
            DecimalText.write(UInt64(port), into: &output)
        }
        if isQuoted { output.put(UInt8(ascii: "\"")) }
    }

    /// Writes a node to the start of a buffer; `nodeBytesMax` bytes of room suffice for every one.
    public static func writeNode(
        _ host: HostAddress?, port: UInt16? = nil, into buffer: UnsafeMutableRawBufferPointer
    ) -> Int {
        unsafe buffer.filled { output in writeNode(host, port: port, into: &output) }
    }

    /// Writes a value (`host=`) as it stands where it is a token, else as a quoted string. At most twice the
    /// value's bytes and two quotes. Bytes that no quoted string may hold are written as `_`.
    public static func writeValue(_ value: Span<UInt8>, into output: inout OutputSpan<UInt8>) {
        if isToken(value) { return output.put(value) }
        output.put(UInt8(ascii: "\""))
        for index in value.indices {
            let byte = value[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                output.put(UInt8(ascii: "\\"))
                output.put(byte)
            case 0x20..<0x7f: output.put(byte)
            default: output.put(UInt8(ascii: "_"))
            }
        }
        output.put(UInt8(ascii: "\""))
    }

    /// Writes a value to the start of a buffer. One that does not fit is not written at all: half a quoted
    /// string would swallow what follows it.
    ///
    /// - Returns: the bytes written.
    public static func writeValue(_ value: UnsafeRawBufferPointer, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        guard buffer.count >= 2 * value.count + 2 else { return 0 }
        // The caller lends the value for the length of this call, and bytes have no alignment.
        let bytes = unsafe Span(_unsafeElements: value.bindMemory(to: UInt8.self))
        return unsafe buffer.filled { output in writeValue(bytes, into: &output) }
    }

    /// RFC 9110 section 5.6.2.
    private static func isToken(_ value: Span<UInt8>) -> Bool {
        guard value.count > 0 else { return false }
        for index in value.indices {
            switch value[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
                UInt8(ascii: "A")...UInt8(ascii: "Z"):
                continue
            case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
                UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: "."),
                UInt8(ascii: "^"), UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
                continue
            default: return false
            }
        }
        return true
    }
}
