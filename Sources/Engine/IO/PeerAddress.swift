// A peer's address in 20 bytes, for as long as its connection lasts.

internal import Codecs

/// Who called us, kept for the log: the whole kernel structure would be 110 bytes a connection.
enum PeerAddress: BitwiseCopyable {
    case unnamed
    case ipv4(host: UInt32, port: UInt16)
    case ipv6(high: UInt64, low: UInt64, port: UInt16)

    init(_ address: SocketAddress?) {
        switch address {
        case .ipv4(let host, let port): self = .ipv4(host: host, port: port)
        case .ipv6(let high, let low, let port, _): self = .ipv6(high: high, low: low, port: port)
        case .unix, nil: self = .unnamed
        }
    }
}
