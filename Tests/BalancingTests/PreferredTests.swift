// A place on one server and no other: for whom a connection belongs to already.

import Synchronization
import Testing

@testable import Balancing

@Suite("The preferred server")
struct PreferredTests {
    @Test("its place is taken up to its limit, then it is full, and free again afterwards")
    func limit() {
        withTable(weights: [1, 1], limits: [2, 0]) { table in
            #expect(table.reservePreferred(0, tried: TriedServers()) == .taken)
            #expect(table.reservePreferred(0, tried: TriedServers()) == .taken)
            #expect(table.reservePreferred(0, tried: TriedServers()) == .full)
            #expect(table.current(0) == 2)
            table.release(0)
            #expect(table.reservePreferred(0, tried: TriedServers()) == .taken)
            #expect((0..<5).allSatisfy { _ in table.reservePreferred(1, tried: TriedServers()) == .taken })
            #expect(table.current(1) == 5)
        }
    }

    @Test("one without weight, one that was tried and one that there is not are gone, and no place is taken")
    func gone() {
        withTable(weights: [0, 1], limits: [0, 0]) { table in
            var tried = TriedServers()
            tried.insert(1)
            #expect(table.reservePreferred(0, tried: TriedServers()) == .gone)
            #expect(table.reservePreferred(1, tried: tried) == .gone)
            for server in [-1, 2, 65_535, .max] { #expect(table.reservePreferred(server, tried: TriedServers()) == .gone) }
            #expect(table.currentTotal == 0)
        }
    }

    @Test("a backup is as good as any other")
    func backup() {
        withTable(.roundRobin, [server(0), server(1, isBackup: true)]) { table in
            #expect(table.reservePreferred(1, tried: TriedServers()) == .taken)
        }
    }

    @Test("it counts towards bounded loads")
    func bounded() {
        withTable(.maglev, [server(0), server(1)], balanceFactor: 125) { table in
            #expect(table.reservePreferred(0, tried: TriedServers()) == .taken)
            #expect(table.group(.primaries).pointee.load.pointee.total.load(ordering: .relaxed) == 1)
            table.release(0)
            #expect(table.group(.primaries).pointee.load.pointee.total.load(ordering: .relaxed) == 0)
        }
    }
}
