// The buffer queue at random against an array of bytes, with a reserve that runs out in between.

import Testing

@testable import Engine

@Suite("The buffer queue, at random")
struct BufferQueueModelTests {
    /// A queue with the array it should equal, and the receive buffers that are free.
    private struct Rig {
        let pool: BufferPool
        var chance: Seeded
        var queue = BufferQueue()
        var model: [UInt8] = []
        var free: [UInt32]
        var nextByte = 0

        init(seed: UInt64, spill: Int) {
            pool = BufferPool(receiveCount: 16, receiveBytes: 4_096, spillCount: spill)
            chance = Seeded(seed)
            free = Array(0..<16)
        }

        mutating func fresh(_ count: Int) -> [UInt8] {
            defer { nextByte += count }
            return numbered(nextByte..<nextByte + count)
        }

        mutating func receive() {
            guard let buffer = free.popLast() else { return }
            let bytes = fresh(Int.random(in: 1...4_096, using: &chance))
            let chain = pool.chain([(buffer, bytes)])
            if chance.oneIn(2) { queue.append(chain, in: pool) } else { _ = queue.appendMoved(chain, in: pool) }
            model += bytes
        }

        mutating func copy() {
            let bytes = fresh(Int.random(in: 1...20_000, using: &chance))
            let before = queue.count
            let isWhole = bytes.withUnsafeBytes { queue.appendCopy(of: $0, in: pool) }
            let copied = queue.count - before
            #expect(isWhole == (copied == bytes.count))
            model += bytes[..<copied]
        }

        mutating func consume() {
            let count = Int.random(in: 0...queue.count, using: &chance)
            queue.consume(count, in: pool)
            model.removeFirst(count)
        }

        mutating func move() {
            let isWhole = queue.moveToSpill(in: pool)
            let holdsReceived = pool.buffers(of: queue).contains(where: pool.isReceiveBuffer)
            #expect(isWhole == !holdsReceived)
        }
    }

    @Test("whatever happens to it, its bytes are the model's", arguments: 1...10 as ClosedRange<UInt64>, [2, 5, 40])
    func model(seed: UInt64, spill: Int) {
        var rig = Rig(seed: seed, spill: spill)
        defer { rig.pool.destroy() }
        for _ in 0..<150 {
            switch Int.random(in: 0..<10, using: &rig.chance) {
            case 0..<4: rig.receive()
            case 4..<5: rig.copy()
            case 5..<8: rig.consume()
            default: rig.move()
            }
            rig.free += rig.pool.takeAllReturned()
            #expect(rig.queue.count == rig.model.count)
            #expect(rig.pool.bytes(of: rig.queue) == rig.model)
            #expect(rig.pool.receiveUsed == 16 - rig.free.count)
        }
        rig.queue.discard(in: rig.pool)
        #expect(rig.pool.spillUsed == 0 && rig.pool.receiveUsed == 0)
    }

    @Test("moving with any reserve keeps the bytes whole and in order", arguments: 0...4)
    func exhaustedMove(spill: Int) {
        let pool = BufferPool(receiveCount: 16, receiveBytes: 4_096, spillCount: spill)
        defer { pool.destroy() }
        var queue = BufferQueue()
        for index in 0..<13 { queue.append(pool.chain([(UInt32(index), numbered(index * 4_000..<(index + 1) * 4_000))]), in: pool) }
        let isWhole = queue.moveToSpill(in: pool)
        // 52,000 bytes need four chunks of 16 KiB.
        #expect(isWhole == (spill >= 4))
        #expect(queue.count == 52_000)
        #expect(pool.bytes(of: queue) == numbered(0..<52_000))
        let given = pool.takeAllReturned().count
        #expect(given == min(13, spill * BufferPool.spillBytes / 4_000))
    }
}
