// The policies by name, and what each needs. How they pick stands in a file each.

/// How a backend picks its servers.
///
/// | policy | picks | cost of a pick with its release (`swivel-pick`, ns at 1, 64 and 1,000 servers) | fairness |
/// |---|---|---|---|
/// | `roundRobin` | in turn, by weight | one step: 21, 21, 21 | exact over a cycle on each shard |
/// | `leastConnections` | the fewest connections for its weight | all up to 64, then 8 drawn: 19, 137, 39 | exact up to 64 servers, then within 10 % |
/// | `powerOfTwo` | the less loaded of two drawn by weight | two draws: 18, 19, 18 | fullest about two above the mean |
/// | `ewma` | the least latency of late, times requests out, for its weight | all up to 16, then 8 drawn: see `perf/pick` | by speed: even over equal servers |
/// | `random` | drawn by weight | one draw: 18, 18, 18 | on average: within 1 % over 10^6 |
/// | `first` | the first that has room | as many looks as servers before it are full: 17, 16, 17 | none: fills servers up |
/// | `source` | by any key (client, URI, header …), over the weighted cycle | one look: 17, 17, 17 | exact over keys; most keys move with a server |
/// | `maglev` | by key, over Maglev's table (131 KB) | one look: 17, 17, 17 | within 1 % over keys; 1/n of them move, and under 1 % more |
/// | `ring` | by key, the next point of a circle (2 MB) | one look: 17, 18, 18 | within 10 % over keys; just the 1/n of the server move |
///
/// Bounded loads add 14 ns: one more count that all shards share.
/// Weights count in all of them but `first`. Hashing policies know a server by its identity, so every host
/// with the same servers picks alike, in whatever order they are written.
public enum Policy: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case roundRobin, leastConnections, powerOfTwo, ewma, random, first, source, maglev, ring

    /// Whether the key decides: such a policy may bound loads, and its picks do not hang on the order of servers.
    public var isHashing: Bool {
        switch self {
        case .source, .maglev, .ring: true
        case .roundRobin, .leastConnections, .powerOfTwo, .ewma, .random, .first: false
        }
    }
}
