// A direction driven through its life by hand: what is received is sent, marks are kept, ends are passed on.

import Testing

@testable import Engine

@Suite("One direction of a relay")
struct RelayDirectionTests {
    /// Runs `body` with a pool of 64 receive buffers of 4 KiB and `spill` chunks.
    private func withPool(spill: Int = 16, _ body: (BufferPool) -> Void) {
        let pool = BufferPool(receiveCount: 64, receiveBytes: 4_096, spillCount: spill)
        defer { pool.destroy() }
        body(pool)
    }

    /// `count` bytes as the kernel delivers them, from buffer `first` on.
    private func chain(_ count: Int, from first: UInt32 = 0, in pool: BufferPool) -> BufferQueue {
        var queue = BufferQueue()
        var start = 0
        var buffer = first
        while start < count {
            let end = min(start + 4_096, count)
            queue.append(pool.chain([(buffer, numbered(start..<end))]), in: pool)
            (start, buffer) = (end, buffer + 1)
        }
        return queue
    }

    @Test("a fresh direction receives")
    func fresh() {
        let direction = RelayDirection()
        #expect(direction.orders == .receive)
        #expect(!direction.isFinished && !direction.isInFlight)
    }

    @Test("with a receive in flight it waits")
    func receiving() {
        var direction = RelayDirection()
        direction.facts.insert(.receiving)
        #expect(direction.orders == [])
        #expect(direction.isInFlight)
    }

    @Test("received bytes are to be sent, while the receive goes on")
    func received() {
        withPool { pool in
            var direction = RelayDirection()
            direction.facts.insert(.receiving)
            #expect(direction.received(chain(10, in: pool), in: pool) == true)
            #expect(direction.orders == .send)
            direction.facts.insert(.sending)
            #expect(direction.orders == [])
        }
    }

    @Test("what was sent is delivered and its buffers are free again")
    func sent() {
        withPool { pool in
            var direction = RelayDirection()
            _ = direction.received(chain(5_000, in: pool), in: pool)
            direction.sent(4_096, in: pool)
            #expect(direction.deliveredBytes == 4_096)
            #expect(pool.takeAllReturned() == [0])
            direction.sent(904, in: pool)
            #expect(direction.deliveredBytes == 5_000)
            #expect(pool.receiveUsed == 0)
        }
    }

    @Test("the source is read on one byte below the high-water mark, and not at it", arguments: [-1, 0])
    func highWater(beyond: Int) {
        withPool { pool in
            var direction = RelayDirection()
            direction.facts.insert(.receiving)
            _ = direction.received(chain(RelayDirection.highWaterBytes + beyond, in: pool), in: pool)
            #expect(direction.facts.contains(.full) == (beyond >= 0))
            #expect(direction.orders.contains(.cancelReceive) == (beyond >= 0))
        }
    }

    @Test("it is read again one byte below the low-water mark, and not at it", arguments: [0, 1])
    func lowWater(beyond: Int) {
        withPool { pool in
            var direction = RelayDirection()
            _ = direction.received(chain(RelayDirection.highWaterBytes, in: pool), in: pool)
            #expect(!direction.orders.contains(.receive))
            direction.sent(RelayDirection.highWaterBytes - RelayDirection.lowWaterBytes + beyond, in: pool)
            #expect(direction.facts.contains(.full) == (beyond == 0))
            #expect(direction.orders.contains(.receive) == (beyond == 1))
        }
    }

    @Test("a receive that was asked to end is not asked again, and comes back below the mark")
    func cancelling() {
        withPool { pool in
            var direction = RelayDirection()
            direction.facts.insert(.receiving)
            _ = direction.received(chain(RelayDirection.highWaterBytes, in: pool), in: pool)
            direction.facts.formUnion([.cancelling, .sending])
            #expect(direction.orders == .watchSource)
            direction.facts.insert(.watching)
            #expect(direction.orders == [])
            direction.receiveStopped()
            #expect(!direction.facts.contains(.cancelling))
            #expect(direction.orders == [])
            direction.facts.remove(.sending)
            direction.sent(RelayDirection.highWaterBytes, in: pool)
            #expect(direction.orders == .receive)
        }
    }

    @Test("a full target's bytes leave the receive buffers, and what comes behind them as well")
    func blocked() {
        withPool { pool in
            var direction = RelayDirection()
            _ = direction.received(chain(6_000, in: pool), in: pool)
            #expect(direction.blocked(in: pool) == true)
            #expect(pool.receiveUsed == 0 && pool.spillUsed == 1)
            #expect(direction.orders.contains(.send) == false)
            #expect(direction.received(chain(3_000, from: 8, in: pool), in: pool) == true)
            #expect(pool.receiveUsed == 0)
            #expect(pool.bytes(of: direction.queue) == numbered(0..<6_000) + numbered(0..<3_000))
            direction.facts.remove(.awaitingRoom)
            #expect(direction.orders.contains(.send))
        }
    }

    @Test("without spill memory the bytes stay in their buffers, whole and in order")
    func blockedExhausted() {
        withPool(spill: 1) { pool in
            var direction = RelayDirection()
            _ = direction.received(chain(20_000, in: pool), in: pool)
            #expect(direction.blocked(in: pool) == false)
            #expect(direction.received(chain(3_000, from: 30, in: pool), in: pool) == false)
            #expect(direction.facts.contains(.full), "not a byte more is read for this reader")
            #expect(pool.bytes(of: direction.queue) == numbered(0..<20_000) + numbered(0..<3_000))
        }
    }

    @Test("the end is passed on after the last byte, then the direction has finished")
    func end() {
        withPool { pool in
            var direction = RelayDirection()
            _ = direction.received(chain(10, in: pool), in: pool)
            direction.sourceEnded()
            #expect(direction.orders == .send)
            direction.facts.insert(.sending)
            #expect(direction.orders == [])
            direction.facts.remove(.sending)
            direction.sent(4, in: pool)
            #expect(direction.orders == .send)
            direction.sent(6, in: pool)
            #expect(direction.orders == .shutdownTarget)
            direction.facts.insert(.shut)
            #expect(direction.orders == [])
            #expect(direction.isFinished)
        }
    }

    @Test("an end without bytes is passed on at once")
    func emptyEnd() {
        var direction = RelayDirection()
        direction.sourceEnded()
        #expect(direction.orders == .shutdownTarget)
    }

    @Test("once the target is gone nothing waits for it, and the source is not read on")
    func targetGone() {
        withPool { pool in
            var direction = RelayDirection()
            direction.facts.insert(.receiving)
            _ = direction.received(chain(6_000, in: pool), in: pool)
            direction.targetGone(in: pool)
            #expect(pool.receiveUsed == 0)
            #expect(direction.isFinished)
            #expect(direction.orders == .cancelReceive)
            direction.facts.insert(.cancelling)
            #expect(direction.orders == [])
            direction.receiveStopped()
            #expect(direction.orders == [])
        }
    }

    @Test("a starved direction asks for nothing until it is fed")
    func starved() {
        var direction = RelayDirection()
        direction.facts.insert(.starved)
        #expect(direction.orders == [])
        direction.facts.remove(.starved)
        #expect(direction.orders == .receive)
    }

    @Test("bytes that never stood in the queue are delivered all the same")
    func passed() {
        var direction = RelayDirection()
        direction.passed(7)
        direction.passed(5)
        #expect(direction.deliveredBytes == 12)
    }
}
