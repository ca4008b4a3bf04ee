// Bytes that wait in order, through appending, sending in part, and moving to spill memory.

import Testing

@testable import Engine

@Suite("The buffer queue")
struct BufferQueueTests {
    private static let bufferBytes = 64

    private func withPool(receive: Int = 8, spill: Int = 8, _ body: (BufferPool) -> Void) {
        let pool = BufferPool(receiveCount: receive, receiveBytes: Self.bufferBytes, spillCount: spill)
        defer { pool.destroy() }
        body(pool)
    }

    private func copy(_ bytes: [UInt8], to queue: inout BufferQueue, in pool: BufferPool) -> Bool {
        bytes.withUnsafeBytes { queue.appendCopy(of: $0, in: pool) }
    }

    @Test("chains join in the order they came")
    func append() {
        withPool { pool in
            var queue = pool.chain([(3, numbered(0..<64)), (1, numbered(64..<70))])
            queue.append(pool.chain([(0, numbered(70..<100))]), in: pool)
            #expect(queue.count == 100)
            #expect(pool.bytes(of: queue) == numbered(0..<100))
        }
    }

    @Test("an empty chain adds nothing, to an empty queue either")
    func appendEmpty() {
        withPool { pool in
            var queue = BufferQueue()
            queue.append(BufferQueue(), in: pool)
            #expect(queue.isEmpty && queue.first == BufferPool.none)
            queue = pool.chain([(0, [1])])
            queue.append(BufferQueue(), in: pool)
            #expect(pool.bytes(of: queue) == [1])
        }
    }

    @Test("consuming at any byte leaves the rest and gives back what it emptied")
    func consume() {
        let pieces = [10, 1, 64, 5]
        let total = pieces.reduce(0, +)
        for cut in 0...total {
            withPool { pool in
                var start = 0
                var queue = BufferQueue()
                for (index, count) in pieces.enumerated() {
                    queue.append(pool.chain([(UInt32(index), numbered(start..<start + count))]), in: pool)
                    start += count
                }
                queue.consume(cut, in: pool)
                #expect(queue.count == total - cut)
                #expect(pool.bytes(of: queue) == numbered(cut..<total))
                let emptied = [10, 11, 75, 80].count { $0 <= cut }
                #expect(pool.takeAllReturned() == (0..<UInt32(emptied)).map { $0 })
                #expect(pool.receiveUsed == pieces.count - emptied)
            }
        }
    }

    @Test("any two cuts in a row leave what one cut of both would")
    func consumeTwice() {
        let total = 30
        for first in 0...total {
            for second in 0...(total - first) {
                withPool { pool in
                    var queue = pool.chain([(0, numbered(0..<10)), (1, numbered(10..<30))])
                    queue.consume(first, in: pool)
                    queue.consume(second, in: pool)
                    #expect(pool.bytes(of: queue) == numbered(first + second..<total))
                }
            }
        }
    }

    @Test("a queue that was emptied takes bytes again")
    func refill() {
        withPool { pool in
            var queue = pool.chain([(0, [1, 2])])
            queue.consume(2, in: pool)
            #expect(queue.isEmpty && queue.first == BufferPool.none)
            queue.append(pool.chain([(1, [3])]), in: pool)
            #expect(pool.bytes(of: queue) == [3])
        }
    }

    @Test("copies fill one spill chunk before they take the next", arguments: [0, -1, 1])
    func copies(beyond: Int) {
        withPool { pool in
            var queue = BufferQueue()
            let count = BufferPool.spillBytes + beyond
            #expect(copy(numbered(0..<100), to: &queue, in: pool))
            #expect(copy(numbered(100..<count), to: &queue, in: pool))
            #expect(pool.bytes(of: queue) == numbered(0..<count))
            #expect(pool.spillUsed == (beyond > 0 ? 2 : 1))
        }
    }

    @Test("a copy behind a receive buffer takes a chunk of its own")
    func copyBehindReceived() {
        withPool { pool in
            var queue = pool.chain([(0, numbered(0..<5))])
            #expect(copy(numbered(5..<50), to: &queue, in: pool))
            #expect(pool.bytes(of: queue) == numbered(0..<50))
            #expect(pool.buffers(of: queue).map(pool.isReceiveBuffer) == [true, false])
        }
    }

    @Test("where the reserve runs out, a copy says so and what fitted stands in order")
    func copyExhausted() {
        withPool(spill: 2) { pool in
            var queue = BufferQueue()
            let room = 2 * BufferPool.spillBytes
            #expect(!copy(numbered(0..<room + 1), to: &queue, in: pool))
            #expect(queue.count == room)
            #expect(pool.bytes(of: queue) == numbered(0..<room))
            queue.discard(in: pool)
            #expect(copy(numbered(0..<room), to: &queue, in: pool))
        }
    }

    @Test("moving to spill gives every receive buffer back and changes no byte")
    func move() {
        withPool { pool in
            var queue = pool.chain([(0, numbered(0..<64)), (5, numbered(64..<90))])
            queue.consume(7, in: pool)
            #expect(queue.moveToSpill(in: pool) == true)
            #expect(pool.bytes(of: queue) == numbered(7..<90))
            #expect(pool.takeAllReturned() == [0, 5])
            #expect(pool.receiveUsed == 0 && pool.spillUsed == 1)
        }
    }

    @Test("bytes that wait in spill already stay where they are, between those that move")
    func moveMixed() {
        withPool { pool in
            var queue = pool.chain([(0, numbered(0..<10))])
            #expect(copy(numbered(10..<40), to: &queue, in: pool))
            queue.append(pool.chain([(1, numbered(40..<60))]), in: pool)
            #expect(copy(numbered(60..<70), to: &queue, in: pool))
            #expect(queue.moveToSpill(in: pool) == true)
            #expect(pool.bytes(of: queue) == numbered(0..<70))
            #expect(pool.receiveUsed == 0)
            queue.discard(in: pool)
            #expect(pool.spillUsed == 0)
        }
    }

    @Test("moving an empty queue, or one that has moved, changes nothing")
    func moveNothing() {
        withPool(spill: 1) { pool in
            var queue = BufferQueue()
            #expect(queue.moveToSpill(in: pool) == true)
            queue = pool.chain([(0, [1, 2, 3])])
            #expect(queue.moveToSpill(in: pool) == true)
            #expect(queue.moveToSpill(in: pool) == true, "no further chunk is needed")
            #expect(pool.bytes(of: queue) == [1, 2, 3])
        }
    }

    @Test("chains that are moved in are packed: many small pieces share one chunk")
    func packed() {
        withPool { pool in
            var queue = BufferQueue()
            for piece in 0..<40 {
                let buffer = UInt32(piece % 8)
                #expect(queue.appendMoved(pool.chain([(buffer, numbered(piece * 10..<(piece + 1) * 10))]), in: pool) == true)
                #expect(pool.takeAllReturned() == [buffer])
            }
            #expect(pool.bytes(of: queue) == numbered(0..<400))
            #expect(pool.spillUsed == 1)
        }
    }

    @Test("where the reserve runs out, the rest of a moved chain follows as it was", arguments: 0...3)
    func packedExhausted(spill: Int) {
        withPool(spill: spill) { pool in
            var queue = BufferQueue()
            let before = copy(numbered(0..<BufferPool.spillBytes - 70), to: &queue, in: pool) ? BufferPool.spillBytes - 70 : 0
            let chain = pool.chain([(2, numbered(before..<before + 64)), (0, numbered(before + 64..<before + 100))])
            #expect(queue.appendMoved(chain, in: pool) == (spill >= 2))
            #expect(queue.count == before + 100)
            #expect(pool.bytes(of: queue) == numbered(0..<before + 100))
            // With one chunk the first piece fits, and six bytes of the second.
            #expect(pool.takeAllReturned() == [[], [2], [0, 2], [0, 2]][spill])
        }
    }

    @Test("discarding gives everything back")
    func discard() {
        withPool { pool in
            var queue = pool.chain([(0, numbered(0..<10)), (1, numbered(10..<20))])
            #expect(copy(numbered(0..<BufferPool.spillBytes + 5), to: &queue, in: pool))
            queue.discard(in: pool)
            #expect(queue.isEmpty)
            #expect(pool.receiveUsed == 0 && pool.spillUsed == 0)
        }
    }
}
