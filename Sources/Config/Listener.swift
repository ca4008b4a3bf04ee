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

    public static let backlogDefault = 4096

    public init(address: SocketAddress) {
        self.address = address
    }
}
