// A configuration's conditions as Balancing takes them.

internal import Balancing
internal import Codecs
internal import Config

extension RouteRule {
    /// - Parameter target: a redirect to https is for clients that did not come by it.
    init(_ conditions: RouteConditions, target: Route.Target) {
        self.init(
            hosts: conditions.hosts.map { host in
                switch host {
                case .exact(let name): .exact(name)
                case .below(let name): .below(name)
                }
            },
            paths: conditions.paths.map { path in
                switch path {
                case .exact(let text): .exact(text)
                case .prefix(let text): .prefix(text)
                case .expression(let text): .expression(text)
                }
            },
            methods: conditions.methods, headers: conditions.headers.map { Named($0) },
            queries: conditions.queries.map { Named($0) }, networks: conditions.sources.flatMap { Self.networks($0) },
            upgrade: conditions.upgrade, sparesSecure: target == .redirectToHTTPS)
    }

    /// The network in IPv6's spelling. One of IPv6 that IPv4 addresses in that spelling would be in, `::/0` for one,
    /// is taken apart into networks without them.
    private static func networks(_ network: Codecs.Network) -> [RouteRule.Network] {
        let (bits, isIPv4) = if case .ipv4 = network.host { (network.prefixBits + 96, true) } else { (network.prefixBits, false) }
        let host = network.host.mapped
        let ipv4 = HostAddress.ipv4(0)
        guard !isIPv4, bits <= 96, network.coversMapped else {
            return [RouteRule.Network(high: host.high, low: host.low, bits: bits)]
        }
        // Beside the way to ::ffff:0:0/96, one network for each bit of it.
        return (bits..<96).map { bit in
            let (high, low) = (ipv4.mapped.high, ipv4.mapped.low)
            let flipped: (high: UInt64, low: UInt64) =
                bit < 64 ? (high ^ 1 << UInt64(63 - bit), 0) : (high, (low ^ 1 << UInt64(127 - bit)) & ~0 << UInt64(127 - bit))
            return RouteRule.Network(high: flipped.high, low: flipped.low, bits: bit + 1)
        }
    }
}

extension Codecs.Network {
    /// Whether it is one of IPv6 around all IPv4 addresses in IPv6's spelling.
    fileprivate var coversMapped: Bool {
        guard case .ipv6(0, let low) = host else { return false }
        return prefixBits <= 64 || (0xffff_0000_0000 as UInt64) >> UInt64(128 - prefixBits) == low >> UInt64(128 - prefixBits)
    }
}

extension RouteRule.Named {
    fileprivate init(_ pattern: NamedPattern) {
        self.init(
            pattern.name,
            pattern.values.map { value in
                switch value {
                case .exact(let text): .exact(text)
                case .prefix(let text): .prefix(text)
                }
            })
    }
}
