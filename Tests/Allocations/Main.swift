// `swivel-allocations [io_uring|epoll]...`: the data plane serves real sockets while every allocation of the
// process is counted. Prints what was counted; the exit code is 0 where nothing was taken, else 1.

import CAllocationCounter
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
        let rehearsal = try Rehearsal(engine)
        var taken: UInt64 = 0
        func counted(_ what: String, _ act: () throws -> Void) throws {
            let before = swivel_allocation_count()
            try act()
            let count = swivel_allocation_count() - before
            print("\(engine.rawValue): \(count) allocations over \(what)")
            taken += count
        }
        let pairs = try rehearsal.connect(64)
        try rehearsal.echo(2_000, over: pairs)
        try counted("100000 echoes") { try rehearsal.echo(100_000, over: pairs) }
        for pair in pairs { pair.close() }
        try rehearsal.comeAndGo(500)
        try counted("5000 connections that come, echo and go, each with its line in the log") { try rehearsal.comeAndGo(5_000) }
        let pair = try rehearsal.connect(1)[0]
        try rehearsal.pour(256, over: pair)
        let spliced = rehearsal.bytesSpliced
        try counted("a flow of 256 MiB") { try rehearsal.pour(4_096, over: pair) }
        pair.close()
        guard rehearsal.bytesSpliced > spliced else { throw Failure(what: "the flow was not spliced") }
        rehearsal.end()

        var exchanges = try Exchanges(engine.option)
        try exchanges.gets(1_000)
        let reused = exchanges.reused
        try counted("20000 GETs over connections that are kept") { try exchanges.gets(20_000) }
        try exchanges.posts(100)
        try counted("1000 POSTs of 10 KiB") { try exchanges.posts(1_000) }
        guard exchanges.reused > reused + 20_000 else { throw Failure(what: "the server's connections were not kept") }
        exchanges.end()
        return taken
    }
}
