// What the tests of this module share: tables that are freed again, and threads.

internal import Glibc

@testable import Balancing

/// Runs `body` with a table of servers and frees it afterwards.
///
/// - Parameter limits: connections at once a server; `nil`: none has a limit.
func withTable<Answer>(
    weights: [Int], limits: [Int]? = nil, policy: Policy = .roundRobin, _ body: (ServerTable) throws -> Answer
) rethrows -> Answer {
    let table = ServerTable(weights: weights, limits: limits ?? weights.map { _ in 0 }, policy: policy)
    defer { table.destroy() }
    return try body(table)
}

/// Runs `body` with a table of servers that have names, and frees it afterwards.
func withTable<Answer>(
    _ policy: Policy, _ servers: [ServerTable.Server], balanceFactor: Int = 0, _ body: (ServerTable) throws -> Answer
) rethrows -> Answer {
    let table = ServerTable(servers: servers, policy: policy, balanceFactor: balanceFactor)
    defer { table.destroy() }
    return try body(table)
}

/// The server that hosts know as "server-`number`".
func server(_ number: Int, weight: Int = 1, limit: Int = 0, isBackup: Bool = false) -> ServerTable.Server {
    ServerTable.Server(weight: weight, limit: limit, identity: StableHash.hash("server-\(number)"), isBackup: isBackup)
}

extension Selector {
    /// The one selector of a single shard.
    init(_ table: ServerTable) { self.init(table: table, shard: 0, shardCount: 1) }
}

extension RoundRobin {
    mutating func pick(from table: ServerTable, tried: TriedServers) -> Int? {
        pick(from: Candidates(table, tried: tried), random: 0)
    }
}

extension LeastConnections {
    mutating func pick(from table: ServerTable, tried: TriedServers, random: UInt64) -> Int? {
        pick(from: Candidates(table, tried: tried), random: random)
    }
}

extension ServerTable {
    /// Frees a place for which nobody waits.
    func release(_ server: Int) { precondition(release(server, shard: 0) == nil) }
}

/// How often each of `serverCount` servers occurs in `picks`.
func shares(of picks: [Int], serverCount: Int) -> [Int] {
    var counts = [Int](repeating: 0, count: serverCount)
    for server in picks { counts[server] += 1 }
    return counts
}

/// Random bits that are the same in every run (SplitMix64).
struct SeededBits {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }
}

private final class ThreadBody: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Runs `body` on `count` threads at once, each with its number, and waits for all of them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    var threads: [pthread_t] = []
    for number in 0..<count {
        var thread = pthread_t()
        let argument = Unmanaged.passRetained(ThreadBody { body(number) })
        let result = pthread_create(
            &thread, nil,
            { argument in
                Unmanaged<ThreadBody>.fromOpaque(argument!).takeRetainedValue().run()
                return nil
            }, argument.toOpaque())
        precondition(result == 0, "a thread starts")
        threads.append(thread)
    }
    for thread in threads { pthread_join(thread, nil) }
}
