// Waiting for places over shards: who is next, every order of steps of a small model, and real threads.

internal import Glibc
import Synchronization
import Testing

@testable import Balancing

@Suite("Waiting shards")
struct WaitingTests {
    @Test(
        "the next shard is the next bit in a circle that ends with one's own",
        arguments: [
            (0b0, 0, nil), (0b1, 0, 0), (0b10, 0, 1), (0b11, 0, 1), (0b11, 1, 0), (0b1001, 0, 3), (0b1001, 3, 0),
            (1 << 63, 63, 63), (1 << 63, 0, 63), (1 << 63 | 1, 63, 0), (1 << 62, 63, 62), (.max, 17, 18),
        ] as [(UInt64, Int, Int?)])
    func next(bits: UInt64, shard: Int, next: Int?) {
        #expect(WaitingShards.next(in: bits, after: shard) == next)
    }

    @Test("a place that nobody waits for is free, one that somebody waits for is handed on and stays taken")
    func handOver() {
        withTable(weights: [1], limits: [1], policy: .leastConnections) { table in
            #expect(table.reserve(0))
            table.wait(shard: 5, for: .primaries)
            #expect(table.release(0, shard: 2) == 5)
            #expect(table.current(0) == 1 && !table.reserve(0))
            table.stopWaiting(shard: 5, for: .primaries)
            #expect(table.release(0, shard: 5) == nil)
            #expect(table.current(0) == 0)
        }
    }

    @Test("places go round the shards that wait, the one that frees last")
    func rotation() {
        withTable(weights: [1], limits: [1]) { table in
            #expect(table.reserve(0))
            for shard in [0, 1, 3] { table.wait(shard: shard, for: .primaries) }
            var holder = 0
            let holders = (0..<6).compactMap { _ in
                holder = table.release(0, shard: holder) ?? -1
                return holder
            }
            #expect(holders == [1, 3, 0, 1, 3, 0])
        }
    }

    @Test("who waits for one server gets that one's places; who waits for backups gets no primary's")
    func targets() {
        withTable(.roundRobin, [server(0, limit: 1), server(1, limit: 1), server(2, limit: 1, isBackup: true)]) { table in
            for number in 0..<3 { #expect(table.reserve(number)) }
            table.load(1).pointee.waiting.wait(shard: 7)
            table.wait(shard: 9, for: .backups)
            #expect(table.release(0, shard: 0) == nil)
            #expect(table.release(1, shard: 0) == 7)
            #expect(table.release(2, shard: 0) == 9)
        }
    }

    @Test("a server of weight 0 hands its places to nobody but who waits for it alone")
    func weightZero() {
        withTable(.roundRobin, [server(0, weight: 0, limit: 1), server(1, limit: 1)]) { table in
            #expect(table.reserve(0))
            table.wait(shard: 1, for: .primaries)
            #expect(table.release(0, shard: 0) == nil)
            #expect(table.reserve(0))
            table.load(0).pointee.waiting.wait(shard: 2)
            #expect(table.release(0, shard: 0) == 2)
        }
    }

    @Test("a place handed on still counts among bounded loads, one given back does not")
    func boundedTotal() {
        withTable(.maglev, [server(0, limit: 2)], balanceFactor: 150) { table in
            let total = { table.group(.primaries).pointee.load.pointee.total.load(ordering: .relaxed) }
            #expect(table.reserve(0) && table.reserve(0))
            table.wait(shard: 1, for: .primaries)
            #expect(table.release(0, shard: 0) == 1 && total() == 2)
            table.stopWaiting(shard: 1, for: .primaries)
            #expect(table.release(0, shard: 1) == nil && total() == 1)
        }
    }

    /// What every order of steps leads to.
    private struct Outcome {
        var states = 0
        var isOverLimit = false
        var losesPlaces = false
        /// Somewhere no shard can do anything, and not all is done.
        var isStuck = false
        /// Somewhere shards could go on for ever.
        var goesRound = false
    }

    private func explore(_ model: WaitingModel) -> Outcome {
        var outcome = Outcome()
        // Whether all that follows is known.
        var seen: [WaitingModel: Bool] = [:]
        var path: [(state: WaitingModel, successors: [WaitingModel])] = []
        func enter(_ state: WaitingModel) {
            if let isFinished = seen[state] {
                if !isFinished { outcome.goesRound = true }
                return
            }
            seen[state] = false
            outcome.states += 1
            if state.placesHeld > state.limit { outcome.isOverLimit = true }
            if state.flaw != .addsAndTakesBack, state.placesHeld != state.count { outcome.losesPlaces = true }
            let successors = state.successors
            if successors.isEmpty, !state.isDone { outcome.isStuck = true }
            path.append((state, successors))
        }
        enter(model)
        while let last = path.last {
            if let next = path[path.count - 1].successors.popLast() {
                enter(next)
            } else {
                seen[last.state] = true
                path.removeLast()
            }
        }
        return outcome
    }

    @Test(
        "in every order of steps all are served, no place is lost and no limit passed",
        arguments: [(1, [1, 1]), (1, [2, 2]), (2, [2, 3]), (1, [1, 1, 1]), (2, [2, 1, 1])])
    func everyOrder(limit: Int, connections: [Int]) {
        let outcome = explore(WaitingModel(limit: limit, connections: connections))
        #expect(outcome.states > 50)
        #expect(!outcome.isOverLimit && !outcome.losesPlaces && !outcome.isStuck && !outcome.goesRound, "\(outcome)")
    }

    @Test(
        "whatever part of the protocol is left out, some order leaves a connection waiting beside a free place",
        arguments: [(.doesNotAskAgain, [1, 1]), (.doesNotLookAgain, [1, 1]), (.addsAndTakesBack, [1, 1, 1])]
            as [(WaitingModel.Flaw, [Int])])
    func flaws(flaw: WaitingModel.Flaw, connections: [Int]) {
        #expect(explore(WaitingModel(limit: 1, connections: connections, flaw: flaw)).isStuck)
    }

    /// What the threads of the storm share besides the table.
    private final class Storm: Sendable {
        final class Cell: Sendable { let value = Atomic<Int>(0) }

        /// Places sent, by shard and server: what ring messages do in the engine.
        let sent: [[Cell]]
        let held: [Cell]
        let passedLimit = Atomic<Int>(0)
        let served = Atomic<Int>(0)
        let handedOver = Atomic<Int>(0)
        let longestWait = Atomic<Int>(0)
        let started = Atomic<Int>(0)
        let opened = Atomic<Int>(0)
        let finished = Atomic<Int>(0)
        let lastRound = Atomic<Int>(.max)
        let gaveUp = Atomic<Int>(0)

        init(shards: Int, servers: Int) {
            sent = (0..<shards).map { _ in (0..<servers).map { _ in Cell() } }
            held = (0..<servers).map { _ in Cell() }
        }
    }

    /// One shard of the storm: opens connections, ends them in any order, lets those wait that find no place.
    private struct StormShard {
        let number: Int
        let table: ServerTable
        let limits: [Int]
        let storm: Storm
        var selector: Selector
        var bits: SeededBits
        var held: [Int] = []
        var waiting = 0
        var waitsSince = 0
        var finishedRound = 0
        /// Longer than anything takes that goes on at all.
        static let patienceSeconds = 120

        mutating func run(connections: Int, shardCount: Int) {
            var toCome = connections
            let deadline = time(nil) + Self.patienceSeconds
            storm.started.wrappingAdd(1, ordering: .relaxed)
            while storm.started.load(ordering: .relaxed) < shardCount { sched_yield() }
            // Before anything is freed each wants all the places there are: some have to change shards then, however
            // the threads take turns.
            for _ in 0..<limits.reduce(0, +) {
                toCome -= 1
                open()
            }
            storm.opened.wrappingAdd(1, ordering: .relaxed)
            while storm.opened.load(ordering: .relaxed) < shardCount { sched_yield() }
            while storm.finished.load(ordering: .relaxed) < shardCount
                || storm.sent[number].contains(where: { $0.value.load(ordering: .relaxed) > 0 })
            {
                takeWhatWasSent()
                if toCome > 0 {
                    toCome -= 1
                    open()
                }
                let wasBusy = toCome > 0 || waiting > 0 || !held.isEmpty
                if !held.isEmpty, bits.next() % 2 == 0 || toCome == 0 {
                    free(held.remove(at: Int(bits.next() % UInt64(held.count))))
                }
                if wasBusy, toCome == 0, waiting == 0, held.isEmpty { storm.finished.wrappingAdd(1, ordering: .relaxed) }
                if waiting > 0 || toCome == 0 { sched_yield() }
                if time(nil) > deadline {
                    storm.gaveUp.wrappingAdd(1, ordering: .relaxed)
                    return
                }
            }
        }

        /// One connection a round, and the next round only once every shard's is served: nobody else comes by later
        /// to wake one that was forgotten.
        ///
        /// - Parameter seconds: where the machine is busy a round may take as long as a turn of everybody on it, so
        ///   that no more are begun after this.
        mutating func runRounds(_ count: Int, seconds: Int, shardCount: Int) {
            let end = time(nil) + seconds
            for round in 1...count {
                // Said before this round is finished, so that the others know before they would begin another.
                if number == 0, time(nil) > end { storm.lastRound.store(round, ordering: .relaxed) }
                let deadline = time(nil) + Self.patienceSeconds
                open()
                if let server = held.popLast() { free(server) }
                var turns = 0
                while waiting > 0 || storm.finished.load(ordering: .relaxed) < round * shardCount {
                    turns += 1
                    // Threads that run side by side meet within this; one that waits for a core needs ours.
                    if turns > 2_000 { sched_yield() }
                    takeWhatWasSent()
                    if let server = held.popLast() { free(server) }
                    if waiting == 0, finishedRound < round {
                        finishedRound = round
                        storm.finished.wrappingAdd(1, ordering: .sequentiallyConsistent)
                    }
                    if time(nil) > deadline {
                        storm.gaveUp.wrappingAdd(1, ordering: .relaxed)
                        return
                    }
                }
                if storm.lastRound.load(ordering: .relaxed) == round { return }
            }
        }

        private mutating func open() {
            if waiting == 0, let server = pick() { return serve(server) }
            waiting += 1
            guard waiting == 1 else { return }
            table.wait(shard: number, for: .primaries)
            waitsSince = storm.served.load(ordering: .relaxed)
            if let server = pick() { received(server) }
        }

        private mutating func pick() -> Int? {
            selector.pick(from: table, tried: TriedServers(), random: bits.next(), key: bits.next())
        }

        private mutating func serve(_ server: Int) {
            storm.served.wrappingAdd(1, ordering: .relaxed)
            if storm.held[server].value.wrappingAdd(1, ordering: .relaxed).newValue > limits[server] {
                storm.passedLimit.wrappingAdd(1, ordering: .relaxed)
            }
            held.append(server)
        }

        private mutating func received(_ server: Int) {
            guard waiting > 0 else { return hand(server) }
            let now = storm.served.load(ordering: .relaxed)
            storm.longestWait.max(now - waitsSince, ordering: .relaxed)
            waitsSince = now + 1
            waiting -= 1
            if waiting == 0 { table.stopWaiting(shard: number, for: .primaries) }
            serve(server)
        }

        private mutating func free(_ server: Int) {
            storm.held[server].value.wrappingSubtract(1, ordering: .relaxed)
            hand(server)
        }

        private mutating func hand(_ server: Int) {
            guard let next = table.release(server, shard: number) else { return }
            guard next != number else { return received(server) }
            storm.handedOver.wrappingAdd(1, ordering: .relaxed)
            storm.sent[next][server].value.wrappingAdd(1, ordering: .releasing)
        }

        private mutating func takeWhatWasSent() {
            for server in limits.indices where storm.sent[number][server].value.load(ordering: .acquiring) > 0 {
                storm.sent[number][server].value.wrappingSubtract(1, ordering: .relaxed)
                received(server)
            }
        }
    }

    @Test(
        "in a storm over four threads no limit is passed, no place lost, nobody starved",
        arguments: [
            (.leastConnections, [4], 0), (.roundRobin, [1], 0), (.powerOfTwo, [1, 2], 0), (.ring, [2, 1, 1], 0),
            (.maglev, [1, 1, 2], 125),
        ] as [(Policy, [Int], Int)])
    func storm(policy: Policy, limits: [Int], balanceFactor: Int) {
        let shardCount = 4
        let connections = 3_000
        withTable(policy, limits.enumerated().map { server($0, limit: $1) }, balanceFactor: balanceFactor) { table in
            let storm = Storm(shards: shardCount, servers: limits.count)
            onThreads(shardCount) { number in
                var shard = StormShard(
                    number: number, table: table, limits: limits, storm: storm,
                    selector: Selector(table: table, shard: number, shardCount: shardCount),
                    bits: SeededBits(seed: UInt64(number)))
                shard.run(connections: connections, shardCount: shardCount)
            }
            #expect(storm.gaveUp.load(ordering: .relaxed) == 0, "nobody waits for ever")
            #expect(storm.passedLimit.load(ordering: .relaxed) == 0)
            #expect(storm.served.load(ordering: .relaxed) == shardCount * connections)
            #expect(storm.handedOver.load(ordering: .relaxed) > 0, "places did change shards")
            #expect(table.currentTotal == 0, "every place was given back")
            #expect(table.group(.primaries).pointee.load.pointee.total.load(ordering: .relaxed) == 0)
            if limits == [1] {
                // One place goes round: three others at most are served before one's turn, and one that was counted late.
                #expect(storm.longestWait.load(ordering: .relaxed) <= shardCount)
            }
        }
    }

    @Test("two threads that meet at one place again and again never leave one waiting beside it")
    func meetings() {
        withTable(weights: [1], limits: [1], policy: .first) { table in
            let storm = Storm(shards: 2, servers: 1)
            onThreads(2) { number in
                var shard = StormShard(
                    number: number, table: table, limits: [1], storm: storm,
                    selector: Selector(table: table, shard: number, shardCount: 2), bits: SeededBits(seed: UInt64(number)))
                shard.runRounds(100_000, seconds: 20, shardCount: 2)
            }
            #expect(storm.gaveUp.load(ordering: .relaxed) == 0)
            #expect(storm.passedLimit.load(ordering: .relaxed) == 0)
            #expect(storm.served.load(ordering: .relaxed) == 2 * min(storm.lastRound.load(ordering: .relaxed), 100_000))
        }
    }
}
