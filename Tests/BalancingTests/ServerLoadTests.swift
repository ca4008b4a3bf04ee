// One server's shared record: places with a bound, on cache lines of its own.

import Testing

@testable import Balancing

@Suite("A server's load")
struct ServerLoadTests {
    @Test("a record fills whole pairs of cache lines, so that servers never share one")
    func stride() {
        #expect(MemoryLayout<ServerLoad>.stride % 128 == 0)
        withTable(weights: [1, 1, 1]) { table in
            for server in 0..<3 { #expect(UInt(bitPattern: table.load(server)) % 128 == 0) }
        }
    }

    @Test("places are given up to the limit and not beyond")
    func limit() {
        withTable(weights: [1], limits: [2]) { table in
            #expect(table.reserve(0))
            #expect(table.reserve(0))
            #expect(!table.reserve(0))
            #expect(table.current(0) == 2)
        }
    }

    @Test("limit 0 is no limit")
    func unlimited() {
        withTable(weights: [1], limits: [0]) { table in
            #expect((0..<1_000).allSatisfy { _ in table.reserve(0) })
            #expect(table.current(0) == 1_000)
        }
    }

    @Test("a place that was given back can be taken again")
    func release() {
        withTable(weights: [1], limits: [1]) { table in
            #expect(table.reserve(0))
            table.release(0)
            #expect(table.reserve(0))
        }
    }

    @Test("a table's total is the sum over its servers")
    func total() {
        withTable(weights: [1, 1]) { table in
            for server in [0, 1, 1] { #expect(table.reserve(server)) }
            #expect(table.currentTotal == 3)
        }
    }

    @Test("a tried server is known by its index modulo 64", arguments: [(0, 0), (63, 63), (64, 0), (127, 63)])
    func tried(server: Int, twin: Int) {
        var tried = TriedServers()
        #expect(!tried.contains(server))
        tried.insert(server)
        #expect(tried.contains(server) && tried.contains(twin))
        #expect(!tried.contains(1))
    }
}
