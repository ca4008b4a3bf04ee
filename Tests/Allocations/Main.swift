// `swivel-allocations [io_uring|epoll]...`: the data plane serves real sockets while every allocation of the
// process is counted. Prints what was counted; the exit code is 0 where nothing was taken, else 1.

import CAllocationCounter
import Codecs
import Config
import Engine
import Glibc

@main
struct Main {
    static func main() {
        let asked = CommandLine.arguments.dropFirst()
        let named = asked.compactMap { Rehearsal.Engine(rawValue: $0) }
        guard named.count == asked.count else {
            print("usage: swivel-allocations [io_uring|epoll]...")
            exit(64)
        }
        guard counterCounts() else {
            print("the counter does not count: this says nothing")
            exit(1)
        }
        var taken: UInt64 = 0
        for engine in named.isEmpty ? Rehearsal.Engine.allCases : named {
            do {
                taken += try count(engine)
            } catch let error as SetupError where error.kind == .unavailable {
                print("\(engine.rawValue): left out: \(error.message)")
            } catch {
                print("\(engine.rawValue): \(error)")
                exit(1)
            }
        }
        exit(taken == 0 ? 0 : 1)
    }

    /// What C takes in every way, and what Swift takes for an object, must both show.
    private static func counterCounts() -> Bool {
        let before = swivel_allocation_count()
        let ways = swivel_allocation_in_every_way()
        guard swivel_allocation_count() - before == ways else { return false }
        let seen = swivel_allocation_count()
        var numbers = Array(0..<CommandLine.arguments.count)
        numbers.append(contentsOf: 0..<1000)
        return numbers.count > 1000 && swivel_allocation_count() > seen
    }

    /// Everything that an engine is asked for, once to warm up and once under the counter.
    private static func count(_ engine: Rehearsal.Engine) throws -> UInt64 {
        var counting = Counting(engine: engine.rawValue)
        try countConnections(engine, &counting)
        try countExchanges(engine.option, &counting)
        try countRules(engine.option, &counting)
        for mode in WebSocketOptions.Mode.allCases { try countTunnels(engine.option, mode, &counting) }
        return counting.taken
    }

    /// What was taken so far.
    private struct Counting {
        let engine: String
        var taken: UInt64 = 0

        mutating func during(_ what: String, _ act: () throws -> Void) throws {
            let before = swivel_allocation_count()
            try act()
            let count = swivel_allocation_count() - before
            print("\(engine): \(count) allocations over \(what)")
            taken += count
        }
    }

    private static func countConnections(_ engine: Rehearsal.Engine, _ counting: inout Counting) throws {
        let rehearsal = try Rehearsal(engine)
        let pairs = try rehearsal.connect(64)
        try rehearsal.echo(2_000, over: pairs)
        try counting.during("100000 echoes") { try rehearsal.echo(100_000, over: pairs) }
        for pair in pairs { pair.close() }
        try rehearsal.comeAndGo(500)
        try counting.during("5000 connections that come, echo and go, each with its line in the log") {
            try rehearsal.comeAndGo(5_000)
        }
        let pair = try rehearsal.connect(1)[0]
        try rehearsal.pour(256, over: pair)
        let spliced = rehearsal.bytesSpliced
        try counting.during("a flow of 256 MiB") { try rehearsal.pour(4_096, over: pair) }
        pair.close()
        guard rehearsal.bytesSpliced > spliced else { throw Failure(what: "the flow was not spliced") }
        rehearsal.end()
    }

    private static func countExchanges(_ engine: ProcessOptions.Engine, _ counting: inout Counting) throws {
        var exchanges = try Exchanges(engine)
        try exchanges.gets(1_000)
        let reused = exchanges.reused
        try counting.during("20000 GETs over connections that are kept") { try exchanges.gets(20_000) }
        try exchanges.posts(100)
        try counting.during("1000 POSTs of 10 KiB") { try exchanges.posts(1_000) }
        guard exchanges.reused > reused + 20_000 else { throw Failure(what: "the server's connections were not kept") }
        exchanges.end()

        let template = LogTemplate.names.map { "$\($0)" }.joined(separator: " ") + " $http_cookie $http_accept $http_x_none"
        var templated = try Exchanges(engine) { ($0.log.accessFormat, $0.log.accessTemplate) = (.template, template) }
        try templated.gets(1_000)
        try counting.during("5000 GETs whose lines in the log have every variable") { try templated.gets(5_000) }
        templated.end()
    }

    private static func countRules(_ engine: ProcessOptions.Engine, _ counting: inout Counting) throws {
        var strangers = try Exchanges(engine, addedFields: Rules.strangerFields, Rules.set)
        try strangers.gets(1_000)
        try counting.during("5000 GETs through \(Rules.routeCount) routes, a limit and changes, whose answers set a cookie") {
            try strangers.gets(5_000)
        }
        strangers.end()
        var regulars = try Exchanges(engine, cookie: Rules.cookie, addedFields: Rules.regularFields, Rules.set)
        try regulars.gets(1_000)
        try counting.during("5000 GETs that bring the cookie") { try regulars.gets(5_000) }
        regulars.end()
    }

    private static func countTunnels(
        _ engine: ProcessOptions.Engine, _ mode: WebSocketOptions.Mode, _ counting: inout Counting
    ) throws {
        let tunnels = try Tunnels(engine, mode)
        let pairs = try tunnels.open(64)
        try tunnels.echo(1_000, over: pairs)
        try counting.during("20000 echoes through WebSockets in \(mode) mode") { try tunnels.echo(20_000, over: pairs) }
        try tunnels.echo(1_000, over: pairs, isMixed: true)
        try counting.during("5000 echoes in fragments with pings between them, cut everywhere") {
            try tunnels.echo(5_000, over: pairs, isMixed: true)
        }
        for pair in pairs { pair.close() }
        try tunnels.comeAndGo(100)
        try counting.during("1000 WebSockets that are opened, speak and are closed, each with its line in the log") {
            try tunnels.comeAndGo(1_000)
        }
        guard tunnels.ended >= 1_100, mode == .opaque || tunnels.messages >= 27_000 else {
            throw Failure(what: "those were no WebSockets")
        }
        tunnels.end()
    }
}
