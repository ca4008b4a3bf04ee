// One row of the table: a policy, how its servers weigh, how many connections stand.

import Balancing
import Glibc

struct Row {
    let name: String
    let policy: Policy
    var balanceFactor = 0
    /// Weights 1 to 7 rather than all 1.
    var isWeighted = false
    /// Nine of ten servers are at their limit.
    var isCrowded = false

    static let usual: [Row] =
        Policy.allCases.map { Row(name: "\($0)", policy: $0) }
        + [Policy.roundRobin, .leastConnections, .powerOfTwo, .ewma, .maglev, .ring].map {
            Row(name: "\($0), weights 1 to 7", policy: $0, isWeighted: true)
        }
        + [Policy.source, .maglev, .ring].map { Row(name: "\($0), bounded at 125 %", policy: $0, balanceFactor: 125) }

    static let crowded: [Row] = Policy.allCases.map { Row(name: "\($0), nine of ten full", policy: $0, isCrowded: true) }

    struct Figure {
        let median: Double
        let least: Double
        let most: Double
    }

    /// Keeps ten connections a server standing on average, the oldest of which makes room for each new one, so that
    /// counts differ as they do in service.
    func measure(serverCount: Int, _ checksum: inout UInt64) -> Figure {
        let table = ServerTable(
            servers: (0..<serverCount).map { number in
                ServerTable.Server(
                    weight: isWeighted ? 1 + number % 7 : 1, limit: isFull(number) && serverCount > 1 ? 1 : 0,
                    identity: StableHash.hash("10.0.\(number / 256).\(number % 256):8000"))
            }, policy: policy, balanceFactor: balanceFactor)
        defer { table.destroy() }
        for number in 0..<serverCount {
            if table.limit(number) > 0 { _ = table.reserve(number) }
            table.observe(number, latencyNanoseconds: UInt64(9_000_000 + number % 7 * 300_000), at: 0)
        }
        var selector = Selector(table: table, shard: 0, shardCount: 1)
        var bits = Bits(state: UInt64(serverCount))
        let standingCount = 10 * serverCount
        let standing = UnsafeMutablePointer<UInt16>.allocate(capacity: standingCount)
        defer { standing.deallocate() }
        for place in 0..<standingCount {
            standing[place] = UInt16(selector.pick(from: table, tried: TriedServers(), random: bits.next(), key: bits.next())!)
        }
        var oldest = 0
        var time: UInt64 = 0
        var nanoseconds: [Double] = []
        for _ in 0...Main.runCount {
            let begin = Row.now
            for _ in 0..<Main.picksPerRun {
                _ = table.release(Int(standing[oldest]), shard: 0)
                // A request each 20 us, answered after 9 to 11 ms: what `ewma` remembers is part of its cost.
                time &+= 20_000
                table.observe(Int(standing[oldest]), latencyNanoseconds: 9_000_000 &+ time % 2_000_000, at: time)
                let server = selector.pick(
                    from: table, tried: TriedServers(), random: bits.next(), key: bits.next(), now: time)!
                standing[oldest] = UInt16(truncatingIfNeeded: server)
                oldest += 1
                if oldest == standingCount { oldest = 0 }
                // The next key hangs on this answer, so that picks stand one after another as they do in service.
                bits.state &+= UInt64(truncatingIfNeeded: server)
                checksum = checksum &* 31 &+ UInt64(truncatingIfNeeded: server)
            }
            nanoseconds.append(Double(Row.now - begin) / Double(Main.picksPerRun))
        }
        // The first run warms up.
        let sorted = nanoseconds.dropFirst().sorted()
        return Figure(median: sorted[sorted.count / 2], least: sorted[0], most: sorted[sorted.count - 1])
    }

    /// The last of each ten is not.
    private func isFull(_ number: Int) -> Bool { isCrowded && number % 10 < 9 }

    private struct Bits {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var mixed = state
            mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
            return mixed ^ (mixed >> 31)
        }
    }

    static var now: UInt64 {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return UInt64(time.tv_sec) * 1_000_000_000 + UInt64(time.tv_nsec)
    }
}
