// Servers that take time, in a model with a clock of its own: requests come at random whether or not
// earlier ones are answered, wait for a worker, are answered.

@testable import Balancing

/// An open-loop load on servers with workers. The same seed gives the same run.
struct ServiceSimulation {
    struct Server {
        var meanMilliseconds: Double
        var weight = 1
        var workers = 4
        /// Requests that come from then on are never answered by it.
        var isSilent = false
    }

    struct Answer {
        let server: Int
        let beganAt: UInt64
        let nanoseconds: UInt64
    }

    /// An answer to come.
    private struct Event {
        let time: UInt64
        let server: Int
        let beganAt: UInt64
    }

    var servers: [Server]
    let table: ServerTable
    var selectors: [Selector]
    private(set) var picks: [(server: Int, time: UInt64)] = []
    private(set) var answers: [Answer] = []
    private var waiting: [[UInt64]]
    private var busy: [Int]
    private var bits: SeededBits
    private var events: [Event] = []
    private(set) var now: UInt64 = 0

    init(_ servers: [Server], table: ServerTable, shardCount: Int = 1, seed: UInt64) {
        self.servers = servers
        self.table = table
        selectors = (0..<shardCount).map { Selector(table: table, shard: $0, shardCount: shardCount) }
        waiting = servers.map { _ in [] }
        busy = servers.map { _ in 0 }
        bits = SeededBits(seed: seed)
    }

    /// Requests at `rate` a second for so long; those out at the end are answered in the next run.
    mutating func run(seconds: Double, rate: Double) {
        let end = now + UInt64(seconds * 1e9)
        var next = now + UInt64(exponential() / rate * 1e9)
        while true {
            if next <= end, events.last.map({ next <= $0.time }) ?? true {
                now = next
                arrive()
                next = now + UInt64(exponential() / rate * 1e9)
            } else if let event = events.last, event.time <= end {
                events.removeLast()
                now = event.time
                answer(event.server, event.beganAt)
            } else {
                now = end
                return
            }
        }
    }

    private mutating func arrive() {
        let shard = Int(bits.next() % UInt64(selectors.count))
        let server = selectors[shard].pick(
            from: table, tried: TriedServers(), random: bits.next(), key: bits.next(), now: now)!
        picks.append((server, now))
        if servers[server].isSilent { return }
        if busy[server] < servers[server].workers { begin(server, now) } else { waiting[server].append(now) }
    }

    private mutating func begin(_ server: Int, _ beganAt: UInt64) {
        busy[server] += servers[server].workers > busy[server] ? 1 : 0
        let time = now + UInt64(exponential() * servers[server].meanMilliseconds * 1e6)
        // Latest first: the next event is the last.
        var low = 0
        var high = events.count
        while low < high {
            let middle = (low + high) / 2
            if events[middle].time > time { low = middle + 1 } else { high = middle }
        }
        events.insert(Event(time: time, server: server, beganAt: beganAt), at: low)
    }

    private mutating func answer(_ server: Int, _ beganAt: UInt64) {
        table.release(server)
        table.observe(server, latencyNanoseconds: now - beganAt, at: now)
        answers.append(Answer(server: server, beganAt: beganAt, nanoseconds: now - beganAt))
        busy[server] -= 1
        if !waiting[server].isEmpty { begin(server, waiting[server].removeFirst()) }
    }

    /// With mean 1.
    private mutating func exponential() -> Double {
        // -ln of (0, 1], by halving: no module beside the standard library.
        var rest = Double((bits.next() >> 11) + 1) / Double(1 << 53)
        var sum = 0.0
        while rest < 0.5 {
            rest *= 2
            sum += 0.693_147_180_559_945_3
        }
        // ln(x) = 2 artanh((x - 1) / (x + 1)).
        let ratio = (rest - 1) / (rest + 1)
        let square = ratio * ratio
        var term = ratio
        var series = 0.0
        for odd in stride(from: 1.0, through: 21, by: 2) {
            series += term / odd
            term *= square
        }
        return sum - 2 * series
    }

    /// Milliseconds in which so many of the answered requests that began from `time` on were answered.
    func milliseconds(percentile: Double, from time: UInt64 = 0) -> Double {
        let sorted = answers.filter { $0.beganAt >= time }.map(\.nanoseconds).sorted()
        return Double(sorted[min(sorted.count - 1, Int(percentile / 100 * Double(sorted.count)))]) / 1e6
    }

    /// The share of the picks from `time` on that fell on each server.
    func shares(from time: UInt64 = 0) -> [Double] {
        let servers = picks.filter { $0.time >= time }.map(\.server)
        return BalancingTests.shares(of: servers, serverCount: self.servers.count).map { Double($0) / Double(servers.count) }
    }
}
