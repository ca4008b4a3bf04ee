// One member of a backend: where it is, how much it may get.

public import Codecs

/// One member of a backend.
public struct Server: Equatable, Sendable {
    /// As given before `@`, else its address; unique within its backend.
    public var name: String
    public var address: Address
    /// 0 to 256; 0 takes no new connections.
    public var weight: Int = 1
    /// Connections at once over all shards; 0: no limit.
    public var connectionsMax: Int = 0

    public init(name: String, address: Address) {
        self.name = name
        self.address = address
    }

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
