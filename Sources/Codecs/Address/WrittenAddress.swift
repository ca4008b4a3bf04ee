// An address as an operator may write it: wider than what the kernel understands as it stands.

/// What an address text says.
public enum WrittenAddress: Equatable, Sendable {
    /// `10.0.0.1:80`, `[::1]:80`, `unix:/run/a.sock`.
    case socket(SocketAddress)
    /// `:80`, a port alone: on every address of the machine.
    case everyHost(port: UInt16)
    /// `db.example.com:5432`, a name that somebody has to resolve.
    case name(host: String, port: UInt16)
}
