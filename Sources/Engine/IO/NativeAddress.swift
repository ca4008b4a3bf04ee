// An address as the kernel's calls take it.

internal import Codecs
internal import Glibc

/// A socket address in the kernel's own layout, long enough for every family we speak.
struct NativeAddress: BitwiseCopyable {
    var storage = sockaddr_un()
    var byteCount: UInt32 = 0

    init() {}

    init(_ address: SocketAddress) {
        self.init()
        switch address {
        case .ipv4(let host, let port):
            var native = sockaddr_in()
            native.sin_family = sa_family_t(AF_INET)
            native.sin_port = port.bigEndian
            native.sin_addr.s_addr = host.bigEndian
            fill(from: native)
        case .ipv6(let high, let low, let port, let scope):
            var native = sockaddr_in6()
            native.sin6_family = sa_family_t(AF_INET6)
            native.sin6_port = port.bigEndian
            native.sin6_scope_id = scope
            withUnsafeMutableBytes(of: &native.sin6_addr) {
                $0.storeBytes(of: high.bigEndian, toByteOffset: 0, as: UInt64.self)
                $0.storeBytes(of: low.bigEndian, toByteOffset: 8, as: UInt64.self)
            }
            fill(from: native)
        case .unix(let path):
            storage.sun_family = sa_family_t(AF_UNIX)
            let count = withUnsafeMutableBytes(of: &storage.sun_path) { target in
                let count = min(path.utf8.count, target.count - 1)
                target.copyBytes(from: path.utf8.prefix(count))
                return count
            }
            byteCount = UInt32(MemoryLayout<sa_family_t>.size + count + 1)
        }
    }

    private mutating func fill<Native>(from native: Native) {
        // C structures of the address family: nothing but bytes.
        withUnsafeMutableBytes(of: &storage) { target in withUnsafeBytes(of: native) { target.copyMemory(from: $0) } }
        byteCount = UInt32(MemoryLayout<Native>.size)
    }

    var family: Int32 { Int32(storage.sun_family) }
    var isInternet: Bool { family == AF_INET || family == AF_INET6 }

    /// The address as a value, or `nil` for a Unix socket.
    var value: SocketAddress? {
        switch family {
        case AF_INET:
            let (host, port) = ipv4
            return .ipv4(host: host, port: port)
        case AF_INET6:
            let (high, low, port, scope) = ipv6
            return .ipv6(high: high, low: low, port: port, scope: scope)
        default:
            return nil
        }
    }

    var ipv4: (host: UInt32, port: UInt16) {
        withUnsafeBytes(of: storage) {
            let native = $0.loadUnaligned(as: sockaddr_in.self)
            return (UInt32(bigEndian: native.sin_addr.s_addr), UInt16(bigEndian: native.sin_port))
        }
    }

    var ipv6: (high: UInt64, low: UInt64, port: UInt16, scope: UInt32) {
        withUnsafeBytes(of: storage) {
            let native = $0.loadUnaligned(as: sockaddr_in6.self)
            let (high, low) = withUnsafeBytes(of: native.sin6_addr) {
                (
                    UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 0, as: UInt64.self)),
                    UInt64(bigEndian: $0.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
                )
            }
            return (high, low, UInt16(bigEndian: native.sin6_port), native.sin6_scope_id)
        }
    }

    /// Calls `body` with the address as system calls take it.
    func withPointer<Answer>(_ body: (UnsafePointer<sockaddr>, socklen_t) -> Answer) -> Answer {
        withUnsafePointer(to: storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(byteCount)) }
        }
    }
}
