// Where a socket is bound or connected to, as a value: no name to resolve, no C structure.
// Knows the spelling of addresses. Knows nothing of sockets or of what listens there.

/// An address that the kernel understands as it stands.
public enum SocketAddress: Hashable, Sendable {
    /// IPv4; `host` in host byte order, so that 127.0.0.1 is `0x7f00_0001`.
    case ipv4(host: UInt32, port: UInt16)
    /// IPv6; `high` and `low` are the two halves of the address in host byte order, `scope` the
    /// zone index of a link-local address (0 elsewhere).
    case ipv6(high: UInt64, low: UInt64, port: UInt16, scope: UInt32)
    /// A Unix socket; at most 107 bytes (`sun_path` less its final NUL, unix(7)).
    case unix(path: String)

    /// The same address with another port; a Unix socket has none and stays itself.
    public func with(port: UInt16) -> SocketAddress {
        switch self {
        case .ipv4(let host, _): .ipv4(host: host, port: port)
        case .ipv6(let high, let low, _, let scope): .ipv6(high: high, low: low, port: port, scope: scope)
        case .unix: self
        }
    }

    /// The port, or `nil` for a Unix socket.
    public var port: UInt16? {
        switch self {
        case .ipv4(_, let port), .ipv6(_, _, let port, _): port
        case .unix: nil
        }
    }
}

extension SocketAddress: CustomStringConvertible {
    /// The address as `AddressText.parse` reads it.
    public var description: String {
        // `write` fills at most the capacity, and says how much of it it filled.
        unsafe String(unsafeUninitializedCapacity: AddressText.bytesMax) { buffer in
            unsafe AddressText.write(self, into: UnsafeMutableRawBufferPointer(buffer))
        }
    }
}
