// Where connections to servers come from (`--source`).

public import Codecs

/// At most one address of each family, its port 0 so that the kernel takes a free one.
public struct SourceAddresses: Equatable, Sendable {
    public var ipv4: SocketAddress?
    public var ipv6: SocketAddress?

    public init(ipv4: SocketAddress? = nil, ipv6: SocketAddress? = nil) {
        self.ipv4 = ipv4
        self.ipv6 = ipv6
    }

    /// What to bind to before connecting to a server; `nil`: nothing, the kernel chooses.
    public func address(for server: SocketAddress) -> SocketAddress? {
        switch server {
        case .ipv4: ipv4
        case .ipv6: ipv6
        case .unix: nil
        }
    }
}
