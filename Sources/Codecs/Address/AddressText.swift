// Addresses with their ports, read and written: `host:port`, `:port`, `[v6]:port`, `unix:/path`.
// Knows spelling. Knows nothing of what the address is for, and resolves no name.

/// Reads and writes addresses.
public enum AddressText {
    /// The longest path of a Unix socket: `sun_path` less its final NUL (unix(7)).
    public static let unixPathBytesMax = 107
    /// Room that every written address fits in: `unix:` with the longest path, or
    /// `[v6%zone]:port` at 39, 11 and 8 bytes.
    public static let bytesMax = 112

    /// Reads an address. Any input has an answer.
    public static func parse(_ text: String) throws(AddressFault) -> WrittenAddress {
        try parse(text.utf8.span)
    }

    /// Reads an address from bytes that need not be UTF-8.
    public static func parse(_ bytes: Span<UInt8>) throws(AddressFault) -> WrittenAddress {
        guard bytes.count > 0 else { throw .empty }
        if hasUnixPrefix(bytes) {
            return .socket(.unix(path: try unixPath(bytes.extracting(5..<bytes.count))))
        }
        if bytes[0] == UInt8(ascii: "[") { return .socket(try bracketed(bytes)) }
        return try hostAndPort(bytes)
    }

    /// Writes an address as `parse` reads it: IPv6 in brackets, a Unix socket as `unix:/path`. Never
    /// allocates; bytes that do not fit are dropped.
    public static func write(_ address: SocketAddress, into output: inout OutputSpan<UInt8>) {
        switch address {
        case .ipv4(let host, let port):
            IPv4Text.write(host, into: &output)
            writePort(port, into: &output)
        case .ipv6(let high, let low, let port, let scope):
            output.put(UInt8(ascii: "["))
            IPv6Text.write(high: high, low: low, into: &output)
            if scope != 0 {
                output.put(UInt8(ascii: "%"))
                DecimalText.write(UInt64(scope), into: &output)
            }
            output.put(UInt8(ascii: "]"))
            writePort(port, into: &output)
        case .unix(let path):
            output.put("unix:")
            output.put(path.utf8.span)
        }
    }

    /// Writes an address to the start of a buffer.
    ///
    /// - Returns: the bytes written; `bytesMax` bytes of room suffice for every address.
    public static func write(_ address: SocketAddress, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        // The caller lends the whole buffer for the length of this call, and bytes have no alignment.
        let bytes = unsafe buffer.bindMemory(to: UInt8.self)
        var output = unsafe OutputSpan(buffer: bytes, initializedCount: 0)
        write(address, into: &output)
        return unsafe output.finalize(for: bytes)
    }

    private static func writePort(_ port: UInt16, into output: inout OutputSpan<UInt8>) {
        output.put(UInt8(ascii: ":"))
        DecimalText.write(UInt64(port), into: &output)
    }

    private static func hasUnixPrefix(_ bytes: Span<UInt8>) -> Bool {
        let prefix = "unix:".utf8.span
        guard bytes.count >= prefix.count else { return false }
        for index in prefix.indices {
            guard bytes[index] == prefix[index] else { return false }
        }
        return true
    }

    private static func unixPath(_ bytes: Span<UInt8>) throws(AddressFault) -> String {
        guard bytes.count > 0, bytes[0] == UInt8(ascii: "/") else { throw .unixPathRelative }
        guard bytes.count <= unixPathBytesMax else { throw .unixPathTooLong }
        for index in bytes.indices {
            guard bytes[index] >= 0x20, bytes[index] != 0x7f else { throw .unixPathMalformed }
        }
        guard let text = try? UTF8Span(validating: bytes) else { throw .unixPathMalformed }
        return String(copying: text)
    }

    /// `[v6]:port` and `[v6%zone]:port`.
    private static func bracketed(_ bytes: Span<UInt8>) throws(AddressFault) -> SocketAddress {
        guard let close = firstIndex(of: UInt8(ascii: "]"), in: bytes) else { throw .bracketUnclosed }
        let inside = bytes.extracting(1..<close)
        let zoneMark = firstIndex(of: UInt8(ascii: "%"), in: inside)
        guard let halves = IPv6Text.parse(inside.extracting(0..<(zoneMark ?? inside.count))) else {
            throw .ipv6Malformed
        }
        var scope: UInt32 = 0
        if let zoneMark {
            scope = try zone(inside.extracting((zoneMark + 1)..<inside.count))
            guard isLinkLocal(high: halves.high) else { throw .zoneMisplaced }
        }
        guard close + 1 < bytes.count else { throw .portMissing }
        guard bytes[close + 1] == UInt8(ascii: ":") else { throw .portMalformed }
        let port = try port(bytes.extracting((close + 2)..<bytes.count))
        return .ipv6(high: halves.high, low: halves.low, port: port, scope: scope)
    }

    /// Whether an address is only unique on one link, so that it needs a zone to be connected to
    /// (fe80::/10, RFC 4291 section 2.5.6).
    public static func isLinkLocal(high: UInt64) -> Bool {
        high >> 54 == 0xfe80 >> 6
    }

    /// `host:port`, `:port`, and what was meant to be one of them.
    private static func hostAndPort(_ bytes: Span<UInt8>) throws(AddressFault) -> WrittenAddress {
        guard let colon = firstIndex(of: UInt8(ascii: ":"), in: bytes) else {
            _ = try host(bytes, port: 0)
            throw .portMissing
        }
        let rest = bytes.extracting((colon + 1)..<bytes.count)
        if firstIndex(of: UInt8(ascii: ":"), in: rest) != nil {
            throw isMadeOfIPv6Letters(bytes) ? .ipv6Unbracketed : .hostMalformed
        }
        let port = try port(rest)
        return colon == 0 ? .everyHost(port: port) : try host(bytes.extracting(0..<colon), port: port)
    }

    private static func host(_ bytes: Span<UInt8>, port: UInt16) throws(AddressFault) -> WrittenAddress {
        if let host = IPv4Text.parse(bytes) { return .socket(.ipv4(host: host, port: port)) }
        guard HostName.isValid(bytes) else { throw .hostMalformed }
        guard !HostName.endsInNumber(bytes) else { throw .ipv4Malformed }
        guard let name = try? UTF8Span(validating: bytes) else { throw .hostMalformed }
        return .name(host: String(copying: name), port: port)
    }

    private static func port(_ bytes: Span<UInt8>) throws(AddressFault) -> UInt16 {
        guard let port = number(bytes), port <= UInt64(UInt16.max) else { throw .portMalformed }
        return UInt16(port)
    }

    /// The interface's number; a name would have to be looked up.
    private static func zone(_ bytes: Span<UInt8>) throws(AddressFault) -> UInt32 {
        guard let zone = number(bytes), zone > 0, zone <= UInt64(UInt32.max) else { throw .zoneMalformed }
        return UInt32(zone)
    }

    /// One to ten digits without leading zeros.
    private static func number(_ bytes: Span<UInt8>) -> UInt64? {
        guard (1...10).contains(bytes.count) else { return nil }
        guard bytes.count == 1 || bytes[0] != UInt8(ascii: "0") else { return nil }
        var value: UInt64 = 0
        for index in bytes.indices {
            guard let digit = DecimalDigit.value(bytes[index]) else { return nil }
            value = value * 10 + UInt64(digit)
        }
        return value
    }

    private static func isMadeOfIPv6Letters(_ bytes: Span<UInt8>) -> Bool {
        for index in bytes.indices {
            switch bytes[index] {
            case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "f"): continue
            case UInt8(ascii: "A")...UInt8(ascii: "F"), UInt8(ascii: ":"), UInt8(ascii: "."): continue
            default: return false
            }
        }
        return true
    }

    private static func firstIndex(of byte: UInt8, in bytes: Span<UInt8>) -> Int? {
        for index in bytes.indices where bytes[index] == byte { return index }
        return nil
    }
}
