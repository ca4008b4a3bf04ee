// A block of addresses, as in 10.0.0.0/8. Knows bits and their spelling.

/// All addresses that agree in their first bits.
///
/// An IPv4 address is the same host in IPv6's spelling, ::ffff:10.0.0.1: it is in IPv4 networks, however it
/// is written, and in no IPv6 network. So ::/0 is every IPv6 host, and no IPv4 one. A network that is
/// written in that spelling (::ffff:10.0.0.0/104) is the IPv4 one.
public struct Network: Hashable, BitwiseCopyable, Sendable {
    /// Its first address.
    public let host: HostAddress
    /// How many bits agree: 0 to 32 for IPv4, 0 to 128 for IPv6.
    public let prefixBits: Int

    /// The network of that many bits that an address is in; the bits behind them do not matter.
    public init(containing host: HostAddress, prefixBits: Int) {
        var (host, prefixBits) = (host, prefixBits)
        if case .ipv6 = host, case .ipv4 = host.unmapped, prefixBits >= 96 {
            (host, prefixBits) = (host.unmapped, prefixBits - 96)
        }
        precondition((0...Self.bitsMax(of: host)).contains(prefixBits), "a prefix is no longer than its address")
        self.prefixBits = prefixBits
        switch host {
        case .ipv4(let bits):
            self.host = .ipv4(bits & Self.mask32(prefixBits))
        case .ipv6(let high, let low):
            let mask = Self.mask128(prefixBits)
            self.host = .ipv6(high: high & mask.high, low: low & mask.low)
        }
    }

    public func contains(_ host: HostAddress) -> Bool {
        switch (self.host, host.unmapped) {
        case (.ipv4(let own), .ipv4(let bits)):
            return (own ^ bits) & Self.mask32(prefixBits) == 0
        case (.ipv6(let ownHigh, let ownLow), .ipv6(let high, let low)):
            let mask = Self.mask128(prefixBits)
            return (ownHigh ^ high) & mask.high == 0 && (ownLow ^ low) & mask.low == 0
        case (.ipv4, .ipv6), (.ipv6, .ipv4):
            return false
        }
    }

    /// Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone, which is a network of one host.
    public static func parse(_ text: String) throws(NetworkFault) -> Network {
        try parse(text.utf8.span)
    }

    /// Reads a network from bytes that need not be UTF-8.
    public static func parse(_ bytes: Span<UInt8>) throws(NetworkFault) -> Network {
        guard bytes.count > 0 else { throw .empty }
        var slash = 0
        while slash < bytes.count, bytes[slash] != UInt8(ascii: "/") { slash += 1 }
        guard let host = HostAddress.parse(bytes.extracting(0..<slash)) else { throw .addressMalformed }
        let bitsMax = bitsMax(of: host)
        guard slash < bytes.count else { return Network(containing: host, prefixBits: bitsMax) }
        guard let prefixBits = number(bytes.extracting((slash + 1)..<bytes.count)), prefixBits <= bitsMax else {
            throw .prefixMalformed(bitsMax: bitsMax)
        }
        let network = Network(containing: host, prefixBits: prefixBits)
        guard network.host.mapped == host.mapped else { throw .hostBitsSet(network: network) }
        return network
    }

    /// The bits of an address of a host's family.
    public static func bitsMax(of host: HostAddress) -> Int {
        switch host {
        case .ipv4: 32
        case .ipv6: 128
        }
    }

    /// One to three digits without leading zeros.
    private static func number(_ bytes: Span<UInt8>) -> Int? {
        guard (1...3).contains(bytes.count) else { return nil }
        guard bytes.count == 1 || bytes[0] != UInt8(ascii: "0") else { return nil }
        var value = 0
        for index in bytes.indices {
            guard let digit = DecimalDigit.value(bytes[index]) else { return nil }
            value = value * 10 + Int(digit)
        }
        return value
    }

    // A shift by as many bits as there are leaves zero.
    private static func mask32(_ bits: Int) -> UInt32 { ~(UInt32.max >> bits) }

    private static func mask128(_ bits: Int) -> IPv6Text.Halves {
        IPv6Text.Halves(high: ~(UInt64.max >> bits), low: bits <= 64 ? 0 : ~(UInt64.max >> (bits - 64)))
    }
}

extension Network: CustomStringConvertible {
    /// The network as `parse` reads it, its prefix included.
    public var description: String { "\(host)/\(prefixBits)" }
}
