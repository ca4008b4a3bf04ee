// Bytes that go from one queue to another, heads that are put behind others, and copies that leave them there.

import Testing

@testable import Engine

@Suite("The buffer queue, from one to another")
struct BufferQueueMoveTests {
    private func withPool(receive: Int = 8, spill: Int = 8, small: Int = 8, _ body: (BufferPool) -> Void) {
        let pool = BufferPool(receiveCount: receive, receiveBytes: 64, spillCount: spill, smallCount: small)
        defer { pool.destroy() }
        body(pool)
    }

    @discardableResult
    private func appendHead(_ bytes: [UInt8], to queue: inout BufferQueue, in pool: BufferPool) -> Bool {
        bytes.withUnsafeBytes { queue.appendHead($0, in: pool) }
    }

    @Test("moving any number of bytes moves the first ones, and each buffer is given back once")
    func move() {
        let pieces = [10, 1, 64, 5]
        for cut in 0...80 {
            withPool { pool in
                var (start, source) = (0, BufferQueue())
                for (index, count) in pieces.enumerated() {
                    source.append(pool.chain([(UInt32(index), numbered(start..<start + count))]), in: pool)
                    start += count
                }
                var target = pool.chain([(7, [1, 2, 3])])
                #expect(source.move(cut, to: &target, in: pool))
                #expect(source.count == 80 - cut && target.count == 3 + cut)
                #expect(pool.bytes(of: source) == numbered(cut..<80))
                #expect(pool.bytes(of: target) == [1, 2, 3] + numbered(0..<cut))
                let isBetween = [0, 10, 11, 75, 80].contains(cut)
                #expect(pool.smallUsed == (isBetween ? 0 : 1), "a buffer that partly goes is copied from, into a small chunk")
                // Both go on as queues do.
                appendHead([9], to: &source, in: pool)
                appendHead([8], to: &target, in: pool)
                #expect(pool.bytes(of: source) == numbered(cut..<80) + [9])
                #expect(pool.bytes(of: target) == [1, 2, 3] + numbered(0..<cut) + [8])
                source.discard(in: pool)
                target.discard(in: pool)
                #expect(pool.receiveUsed == 0 && pool.smallUsed == 0 && pool.spillUsed == 0)
                #expect(pool.takeAllReturned() == [0, 1, 2, 3, 7])
            }
        }
    }

    @Test("without memory for a part of a buffer, the move says so and keeps that part")
    func exhausted() {
        withPool(spill: 0, small: 0) { pool in
            var source = pool.chain([(0, numbered(0..<10)), (1, numbered(10..<20))])
            var target = BufferQueue()
            #expect(source.move(10, to: &target, in: pool), "a whole buffer needs none")
            #expect(!source.move(4, to: &target, in: pool))
            #expect(pool.bytes(of: source) == numbered(10..<20) && pool.bytes(of: target) == numbered(0..<10))
        }
    }

    @Test("a head has small chunks of its own, as long as it fits four", arguments: [1, 1_023, 1_024, 1_025, 4_096, 4_097])
    func heads(count: Int) {
        withPool { pool in
            var queue = BufferQueue()
            #expect(appendHead(numbered(0..<count), to: &queue, in: pool))
            #expect(pool.bytes(of: queue) == numbered(0..<count))
            let isFew = count <= 4 * BufferPool.smallBytes
            #expect(pool.smallUsed == (isFew ? (count + BufferPool.smallBytes - 1) / BufferPool.smallBytes : 0))
            #expect(pool.spillUsed == (isFew ? 0 : 1))
            queue.discard(in: pool)
        }
    }

    @Test("heads share a chunk while it has room, and begin another behind a receive buffer")
    func headsBehindOthers() {
        withPool { pool in
            var queue = BufferQueue()
            appendHead(numbered(0..<600), to: &queue, in: pool)
            appendHead(numbered(600..<1_000), to: &queue, in: pool)
            #expect(pool.smallUsed == 1)
            appendHead(numbered(1_000..<1_100), to: &queue, in: pool)
            #expect(pool.smallUsed == 2, "24 bytes of room are not enough")
            queue.append(pool.chain([(0, numbered(1_100..<1_110))]), in: pool)
            appendHead(numbered(1_110..<1_120), to: &queue, in: pool)
            #expect(pool.smallUsed == 3)
            #expect(pool.bytes(of: queue) == numbered(0..<1_120))
            queue.discard(in: pool)
        }
    }

    @Test("a head that finds no memory is not there in part", arguments: [10, 2_000])
    func headExhausted(count: Int) {
        withPool(spill: 0, small: 0) { pool in
            var queue = BufferQueue()
            #expect(!appendHead(numbered(0..<count), to: &queue, in: pool))
            #expect(queue.isEmpty)
        }
    }

    @Test("a copy takes the first bytes, as many as fit, and leaves all", arguments: [0, 1, 10, 11, 15, 74, 75, 100])
    func copy(room: Int) {
        withPool { pool in
            let queue = pool.chain([(0, numbered(0..<10)), (1, numbered(10..<11)), (2, numbered(11..<75))])
            var memory = [UInt8](repeating: 0xff, count: room)
            let count = memory.withUnsafeMutableBytes { queue.copy(to: $0, in: pool) }
            #expect(count == min(room, 75))
            #expect(Array(memory[..<count]) == numbered(0..<count))
            #expect(queue.count == 75 && pool.bytes(of: queue) == numbered(0..<75))
        }
    }

    @Test("the first piece is what the first buffer still holds")
    func firstPiece() {
        withPool { pool in
            var queue = BufferQueue()
            #expect(queue.firstPiece(in: pool).isEmpty)
            queue = pool.chain([(0, numbered(0..<10)), (1, numbered(10..<12))])
            queue.consume(3, in: pool)
            #expect(Array(queue.firstPiece(in: pool)) == numbered(3..<10))
            queue.consume(7, in: pool)
            #expect(Array(queue.firstPiece(in: pool)) == numbered(10..<12))
        }
    }

    @Test("whatever goes through two queues comes out in order", arguments: 1...8 as ClosedRange<UInt64>, [1, 3, 30])
    func model(seed: UInt64, reserve: Int) {
        let pool = BufferPool(receiveCount: 16, receiveBytes: 4_096, spillCount: reserve, smallCount: reserve)
        defer { pool.destroy() }
        var (chance, free, next) = (Seeded(seed), Array(0..<16 as Range<UInt32>), 0)
        var (source, target) = (BufferQueue(), BufferQueue())
        var (sourceModel, targetModel): ([UInt8], [UInt8]) = ([], [])
        func fresh(_ count: Int) -> [UInt8] {
            defer { next += count }
            return numbered(next..<next + count)
        }
        for _ in 0..<200 {
            switch Int.random(in: 0..<10, using: &chance) {
            case 0..<3:
                guard let buffer = free.popLast() else { break }
                let bytes = fresh(Int.random(in: 1...4_096, using: &chance))
                source.append(pool.chain([(buffer, bytes)]), in: pool)
                sourceModel += bytes
            case 3..<5:
                let bytes = fresh(Int.random(in: 1...1_500, using: &chance))
                let before = source.count
                appendHead(bytes, to: &source, in: pool)
                sourceModel += bytes[..<(source.count - before)]
            case 5..<8:
                // As much as was asked for, or the whole buffers of it.
                let (count, before) = (Int.random(in: 0...source.count, using: &chance), (source.count, target.count))
                let isWhole = source.move(count, to: &target, in: pool)
                let moved = before.0 - source.count
                #expect(isWhole ? moved == count : moved < count)
                #expect(target.count == before.1 + moved, "what was copied has left its source")
                targetModel += sourceModel[..<moved]
                sourceModel.removeFirst(moved)
            case 8: _ = source.moveToSpill(in: pool)
            default:
                let count = Int.random(in: 0...target.count, using: &chance)
                target.consume(count, in: pool)
                targetModel.removeFirst(count)
            }
            free += pool.takeAllReturned()
            #expect(pool.bytes(of: source) == sourceModel && pool.bytes(of: target) == targetModel)
            #expect(source.count == sourceModel.count && target.count == targetModel.count)
        }
        source.discard(in: pool)
        target.discard(in: pool)
        #expect(pool.spillUsed == 0 && pool.smallUsed == 0 && pool.receiveUsed == 0)
    }
}
