// One address we accept on (`--bind`), with what belongs to the socket itself.

public import Codecs

/// One address we accept on (`--bind`).
public struct Listener: Equatable, Sendable {
    public var address: SocketAddress
    /// Accept queue length asked of listen(2); the kernel caps it at net.core.somaxconn.
    public var backlog: Int = Listener.backlogDefault
    /// Client connections at once on this listener; `nil`: only the wider limits hold.
    public var connectionsMax: Int?
    /// Interface to bind to (SO_BINDTODEVICE).
    public var interface: String?
    /// The PROXY header that each connection has to begin with; `nil`: none is looked for.
    public var proxyProtocol: ProxyHeader.Accepted?
    /// Peers that may send one; any other peer is refused. Empty on a Unix socket, whose permissions say who
    /// may connect.
    public var proxyTrusted: [Network] = []
    /// Whether data may come with a client's first packet (TCP_FASTOPEN).
    public var hasFastOpen = false
    /// Whether a connection is accepted only once it has brought data (TCP_DEFER_ACCEPT).
    public var hasDeferredAccept = false
    /// Permissions of a Unix socket's file; `nil`: what the umask leaves.
    public var unixMode: UInt32?
    /// Who owns a Unix socket's file; `nil`: who runs the process.
    public var unixUser: Account?
    public var unixGroup: Account?

    public static let backlogDefault = 4096

    public init(address: SocketAddress) {
        self.address = address
    }
}
