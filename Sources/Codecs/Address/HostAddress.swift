// The address of a host, without a port: what networks, limits and PROXY headers speak of.
// Knows the bits and their spelling. Knows nothing of sockets.

/// An IPv4 or IPv6 address, both in host byte order.
public enum HostAddress: Hashable, BitwiseCopyable, Sendable {
    case ipv4(UInt32)
    case ipv6(high: UInt64, low: UInt64)

    /// The host of a socket address, or `nil` for a Unix socket, which has none. A zone is left out.
    public init?(_ address: SocketAddress) {
        switch address {
        case .ipv4(let host, _): self = .ipv4(host)
        case .ipv6(let high, let low, _, _): self = .ipv6(high: high, low: low)
        case .unix: return nil
        }
    }

    /// Reads an address without brackets, port or zone; `nil` where the text is none.
    public static func parse(_ text: String) -> HostAddress? {
        parse(text.utf8.span)
    }

    /// Reads an address from bytes that need not be UTF-8.
    public static func parse(_ bytes: Span<UInt8>) -> HostAddress? {
        if let host = IPv4Text.parse(bytes) { return .ipv4(host) }
        return IPv6Text.parse(bytes).map { .ipv6(high: $0.high, low: $0.low) }
    }

    /// The same host in IPv6's spelling: 10.0.0.1 is ::ffff:10.0.0.1 there (RFC 4291 section 2.5.5.2).
    public var mapped: IPv6Text.Halves {
        switch self {
        case .ipv4(let host): IPv6Text.Halves(high: 0, low: 0xffff_0000_0000 | UInt64(host))
        case .ipv6(let high, let low): IPv6Text.Halves(high: high, low: low)
        }
    }

    /// The same host without that spelling: ::ffff:10.0.0.1 is 10.0.0.1.
    public var unmapped: HostAddress {
        guard case .ipv6(0, let low) = self, low >> 32 == 0xffff else { return self }
        return .ipv4(UInt32(truncatingIfNeeded: low))
    }

    /// Room that every address fits in: eight groups of four digits and seven colons.
    public static let bytesMax = 39

    /// Writes the address to the start of a buffer.
    ///
    /// - Returns: the bytes written; `bytesMax` bytes of room suffice for every address.
    public func write(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        unsafe buffer.filled { output in write(into: &output) }
    }

    /// Writes the address as `parse` reads it: at most 39 bytes; what does not fit is dropped.
    public func write(into output: inout OutputSpan<UInt8>) {
        switch self {
        case .ipv4(let host): IPv4Text.write(host, into: &output)
        case .ipv6(let high, let low): IPv6Text.write(high: high, low: low, into: &output)
        }
    }
}

extension HostAddress: CustomStringConvertible {
    /// The address as `parse` reads it.
    public var description: String {
        // `write` fills at most the capacity, and the output says how much of it it filled.
        unsafe String(unsafeUninitializedCapacity: AddressText.bytesMax) { buffer in
            var output = unsafe OutputSpan(buffer: buffer, initializedCount: 0)
            write(into: &output)
            return unsafe output.finalize(for: buffer)
        }
    }
}
