// Host names of servers become addresses, once, before the data plane is made.

internal import Codecs
public import Config
internal import Glibc

public enum NameResolution {
    /// The same configuration with every server's name resolved by the system (getaddrinfo(3)); the first
    /// address of a name is taken.
    ///
    /// - Throws: the names that do not resolve, all in one message.
    public static func resolve(_ configuration: Configuration) throws(ControlError) -> Configuration {
        var resolved = configuration
        var failures: [String] = []
        for backend in resolved.backends.indices {
            for server in resolved.backends[backend].servers.indices {
                guard case .name(let host, let port) = resolved.backends[backend].servers[server].address else { continue }
                switch lookUp(host, port) {
                case .success(let address): resolved.backends[backend].servers[server].address = .socket(address)
                case .failure(let failure): failures.append("\(host) (\(failure.reason))")
                }
            }
        }
        guard failures.isEmpty else {
            let names = failures.joined(separator: ", ")
            throw ControlError("server names that do not resolve: \(names); correct them or write addresses", exitCode: 71)
        }
        return resolved
    }

    private struct Failure: Error { let reason: String }

    private static func lookUp(_ host: String, _ port: UInt16) -> Result<SocketAddress, Failure> {
        var hints = unsafe addrinfo()
        unsafe hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let result = unsafe getaddrinfo(host, nil, &hints, &list)
        guard result == 0 else { return .failure(Failure(reason: unsafe String(cString: gai_strerror(result)))) }
        defer { unsafe freeaddrinfo(list) }
        var entry = unsafe list
        while let found = unsafe entry {
            // The list owns these until freeaddrinfo; each family has its own structure behind ai_addr.
            if let address = unsafe address(found.pointee) { return .success(address.with(port: port)) }
            unsafe entry = found.pointee.ai_next
        }
        return .failure(Failure(reason: "no address of a family we speak"))
    }

    @unsafe private static func address(_ entry: addrinfo) -> SocketAddress? {
        guard let raw = unsafe UnsafeRawPointer(entry.ai_addr) else { return nil }
        switch unsafe entry.ai_family {
        case AF_INET:
            let native = unsafe raw.loadUnaligned(as: sockaddr_in.self)
            return .ipv4(host: UInt32(bigEndian: native.sin_addr.s_addr), port: 0)
        case AF_INET6:
            // sockaddr_in6: family (2), port (2), flow (4), then the address in network order, then the scope.
            let high = unsafe UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
            let low = unsafe UInt64(bigEndian: raw.loadUnaligned(fromByteOffset: 16, as: UInt64.self))
            let scope = unsafe raw.loadUnaligned(fromByteOffset: 24, as: UInt32.self)
            return .ipv6(high: high, low: low, port: 0, scope: scope)
        default:
            return nil
        }
    }
}
