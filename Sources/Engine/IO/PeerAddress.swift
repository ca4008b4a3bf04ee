// A peer's address in 20 bytes, for as long as its connection lasts.

internal import Glibc

/// Who called us, kept for the log: the whole kernel structure would be 110 bytes a connection.
enum PeerAddress: BitwiseCopyable {
    case unnamed
    case ipv4(host: UInt32, port: UInt16)
    case ipv6(high: UInt64, low: UInt64, port: UInt16)

    init(_ native: NativeAddress) {
        switch native.family {
        case AF_INET:
            let (host, port) = native.ipv4
            self = .ipv4(host: host, port: port)
        case AF_INET6:
            let (high, low, port, _) = native.ipv6
            self = .ipv6(high: high, low: low, port: port)
        default:
            self = .unnamed
        }
    }
}
