// One member of a backend: where it is, how much it may get.

public import Codecs

/// One member of a backend.
public struct Server: Equatable, Sendable {
    /// As given before `@`, else its address; unique within its backend.
    public var name: String
    public var address: Address
    /// 0 to 256, as it was given; `effectiveWeight` is what counts.
    public var weight: Int = 1
    /// Connections at once over all shards; 0: no limit. That of the backend where it has none of its own.
    public var connectionsMax: Int = 0
    /// Takes connections only while no other server of the backend can.
    public var isBackup = false
    /// How long its share grows once it is back, 0: it has its whole share at once. That of the backend
    /// where it has none of its own.
    public var slowStartMilliseconds: UInt64 = 0
    /// Takes no new connections until it is enabled.
    public var isDisabled = false
    /// The PROXY header that it is sent first; `nil`: none.
    public var proxyProtocol: ProxyHeader.Version?
    /// What stands before the URI of a request where its client is sent on to, instead of the request being
    /// forwarded (http mode).
    public var redirect: String?
    /// What the cookie of `.cookie` says of this server; filled in at start.
    public var cookieValue: String?

    public init(name: String, address: Address) {
        self.name = name
        self.address = address
    }

    /// 0 to 256; 0 takes no new connections.
    public var effectiveWeight: Int { isDisabled ? 0 : weight }

    public enum Address: Equatable, Sendable {
        case socket(SocketAddress)
        /// A host name, resolved once at start.
        case name(host: String, port: UInt16)
    }
}

extension Server.Address: CustomStringConvertible {
    /// The address as `--server` reads it.
    public var description: String {
        switch self {
        case .socket(let address): address.description
        case .name(let host, let port): "\(host):\(port)"
        }
    }
}
