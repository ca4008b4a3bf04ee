// The policies by name, and what each needs. How they pick stands in a file each.

/// How a backend picks its servers.
///
/// | policy | picks | cost of a pick, n servers | fairness |
/// |---|---|---|---|
/// | `roundRobin` | in turn, by weight | one step | exact over a cycle on each shard |
/// | `leastConnections` | the fewest connections for its weight | n looks up to 64 servers, then 8 | within one connection up to 64 servers |
/// | `powerOfTwo` | the less loaded of two drawn by weight | two draws | close to the fewest, whatever n |
/// | `random` | drawn by weight | one draw | on average |
/// | `first` | the first that has room | as many looks as servers before it are full | none: fills servers up |
/// | `source` | by key, over the weighted cycle | one step | as even as the keys; nearly all keys move with a server |
/// | `maglev` | by key, over Maglev's table | one step | shares within 1 %; 1/n of the keys move, a little more |
/// | `ring` | by key, the next point of a circle | one step | shares within 10 %; exactly 1/n of the keys move |
///
/// Weights count in all of them but `first`. Hashing policies know a server by its identity, so every host
/// with the same servers picks alike, in whatever order they are written.
public enum Policy: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case roundRobin, leastConnections, powerOfTwo, random, first, source, maglev, ring

    /// Whether the key decides: such a policy may bound loads, and its picks do not hang on the order of servers.
    public var isHashing: Bool {
        switch self {
        case .source, .maglev, .ring: true
        case .roundRobin, .leastConnections, .powerOfTwo, .random, .first: false
        }
    }
}
