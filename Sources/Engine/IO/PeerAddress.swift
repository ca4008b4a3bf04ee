// A peer's address in 20 bytes, for as long as its connection lasts.

internal import Codecs
internal import Glibc

/// Who called us, or whom they called: the whole kernel structure would be 110 bytes a connection.
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
    init(_ endpoint: Endpoint) {
        switch endpoint.host {
        case .ipv4(let host): self = .ipv4(host: host, port: endpoint.port)
        case .ipv6(let high, let low): self = .ipv6(high: high, low: low, port: endpoint.port)
        }
    }

    /// `nil` where it has no name.
    var endpoint: Endpoint? {
        switch self {
        case .unnamed: nil
        case .ipv4(let host, let port): Endpoint(host: .ipv4(host), port: port)
        case .ipv6(let high, let low, let port): Endpoint(host: .ipv6(high: high, low: low), port: port)
        }
    }
}
