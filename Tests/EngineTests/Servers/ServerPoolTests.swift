// A server's idle connections: last in, first out; and how long they are kept, as the server itself shows.

import Testing

@testable import Engine

@Suite("A server's pool")
struct ServerPoolTests {
    private func slots(_ connections: borrowing Slab<HTTPConnection>, _ pool: ServerPool) -> [UInt32] {
        var (slot, slots) = (pool.first, [UInt32]())
        while slot != ServerPool.none, slots.count < 100 {
            slots.append(slot)
            slot = connections.place(slot).pointee.poolNext
        }
        return slots
    }

    private func backwards(_ connections: borrowing Slab<HTTPConnection>, _ pool: ServerPool) -> [UInt32] {
        var (slot, slots) = (pool.last, [UInt32]())
        while slot != ServerPool.none, slots.count < 100 {
            slots.append(slot)
            slot = connections.place(slot).pointee.poolPrevious
        }
        return slots
    }

    @Test("whatever comes and goes, the list is the model's, both ways", arguments: 1...5 as ClosedRange<UInt64>)
    func model(seed: UInt64) {
        var connections = Slab<HTTPConnection>(capacity: 16)
        for _ in 0..<16 { _ = connections.insert(HTTPConnection(role: .server, phase: .pooled, descriptor: -1, at: 0)) }
        var (chance, pool, model) = (Seeded(seed), ServerPool(), [UInt32]())
        for _ in 0..<300 {
            let slot = UInt32.random(in: 0..<16, using: &chance)
            if let place = model.firstIndex(of: slot) {
                pool.remove(slot, in: connections)
                model.remove(at: place)
            } else {
                pool.push(slot, in: connections)
                model.insert(slot, at: 0)
            }
            #expect(slots(connections, pool) == model && backwards(connections, pool) == model.reversed())
            #expect(pool.count == model.count)
        }
    }

    @Test("a server that closes two idle connections at about the same age is believed: others are given up before")
    func learned() {
        var pool = ServerPool()
        #expect(pool.idleMilliseconds == ServerPool.unlearnedMilliseconds)
        pool.closedByServer(afterMilliseconds: 1_000)
        #expect(pool.idleMilliseconds == ServerPool.unlearnedMilliseconds, "one may have ended for any reason")
        pool.closedByServer(afterMilliseconds: 1_200)
        #expect(pool.idleMilliseconds == 900)
        pool.outlasted()
        #expect(pool.idleMilliseconds == 900, "what was learned is not tried again")
        pool.closedByServer(afterMilliseconds: 500)
        #expect(pool.idleMilliseconds == 900, "a worker that leaves closes connections of any age")
        pool.closedByServer(afterMilliseconds: 2_000)
        pool.closedByServer(afterMilliseconds: 2_000)
        #expect(pool.idleMilliseconds == 1_500, "the server's habit may change")
    }

    @Test("a connection that ends young says nothing of the server's habit, 250 ms old it does", arguments: [0, 249, 250])
    func young(idle: UInt32) {
        var pool = ServerPool()
        for _ in 0..<2 { pool.closedByServer(afterMilliseconds: idle) }
        #expect(pool.idleMilliseconds == (idle < 250 ? ServerPool.unlearnedMilliseconds : 200))
    }

    @Test("one that nobody has closed lets the next stay longer, up to a minute")
    func outlasted() {
        var pool = ServerPool()
        var times: [UInt32] = []
        for _ in 0..<12 {
            pool.outlasted()
            times.append(pool.idleMilliseconds)
        }
        #expect(times.prefix(3) == [2_250, 3_375, 5_061])
        #expect(times.last == ServerPool.learnedMax)
        // A server that closes after 5 s, as it turns out.
        for _ in 0..<2 { pool.closedByServer(afterMilliseconds: 5_000) }
        #expect(pool.idleMilliseconds == 3_750)
    }

    @Test("a promise is kept to with a quarter to spare", arguments: [(1, 750), (5, 3_750), (75, 56_250), (100, 60_000), (Int.max, 60_000), (0, 750), (-3, 750)] as [(Int, UInt32)])
    func promised(seconds: Int, milliseconds: UInt32) {
        var pool = ServerPool()
        pool.promised(seconds: seconds)
        #expect(pool.idleMilliseconds == milliseconds)
        pool.outlasted()
        #expect(pool.idleMilliseconds == milliseconds)
    }
}
