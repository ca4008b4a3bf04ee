// Where a key lies in a table of fixed size, under a secret of this process.

internal import Codecs

/// Keeps anybody outside from choosing keys that meet in a cell.
enum KeyedHash {
    static func hash(_ key: UInt64, seed: UInt64) -> UInt64 {
        var random = ShardRandom(seed: key ^ seed)
        let mixed = random.next()
        random = ShardRandom(seed: mixed &+ seed)
        return random.next()
    }

    /// The key of a client. The addresses of an IPv6 network of 64 bits are one: that is what a single customer gets.
    static func key(of host: HostAddress) -> UInt64 {
        switch host.unmapped {
        case .ipv4(let bits): 1 << 32 | UInt64(bits)
        case .ipv6(let high, _): high
        }
    }

    /// - Parameter count: of cells, a power of two.
    static func cell(of key: UInt64, seed: UInt64, count: Int) -> Int {
        Int(truncatingIfNeeded: hash(key, seed: seed) >> 32) & (count &- 1)
    }
}
