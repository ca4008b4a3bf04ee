// The shard's buffers: two kinds in one index space, each given back where it came from.

import Testing

@testable import Engine

@Suite("The buffer pool")
struct BufferPoolTests {
    /// Runs `body` with a pool and frees it afterwards.
    private func withPool(receive: Int, spill: Int, _ body: (BufferPool) -> Void) {
        let pool = BufferPool(receiveCount: receive, receiveBytes: 256, spillCount: spill)
        defer { pool.destroy() }
        body(pool)
    }

    @Test("spill chunks are lent up to the reserve and not beyond", arguments: [0, 1, 3])
    func reserve(spill: Int) {
        withPool(receive: 2, spill: spill) { pool in
            let chunks = (0..<spill).map { _ in pool.takeSpill() }
            #expect(Set(chunks).count == spill && !chunks.contains(BufferPool.none))
            #expect(pool.takeSpill() == BufferPool.none)
            #expect(pool.spillUsed == spill)
        }
    }

    @Test("a spill chunk that was given back is lent again, empty")
    func reuse() {
        withPool(receive: 0, spill: 1) { pool in
            let chunk = pool.takeSpill()
            pool[chunk].count = 99
            pool[chunk].offset = 5
            pool.giveBack(chunk)
            #expect(pool.spillUsed == 0)
            #expect(pool.takeSpill() == chunk)
            #expect(pool[chunk].count == 0 && pool[chunk].offset == 0 && pool[chunk].next == BufferPool.none)
        }
    }

    @Test("a receive buffer comes back to the engine, each once")
    func returned() {
        withPool(receive: 4, spill: 1) { pool in
            for index in 0..<4 as Range<UInt32> { pool.filled(index, count: 10) }
            #expect(pool.receiveUsed == 4)
            for index in [2, 0, 3] as [UInt32] { pool.giveBack(index) }
            #expect(pool.receiveUsed == 1)
            var taken: [UInt32] = []
            while case let index = pool.takeReturned(), index != BufferPool.none { taken.append(index) }
            #expect(taken.sorted() == [0, 2, 3])
        }
    }

    @Test("the kinds meet at the count of receive buffers")
    func kinds() {
        withPool(receive: 3, spill: 2) { pool in
            #expect(pool.isReceiveBuffer(2))
            #expect(!pool.isReceiveBuffer(3))
            #expect(pool.takeSpill() == 3)
        }
    }

    @Test("no two buffers share a byte")
    func separate() {
        withPool(receive: 3, spill: 2) { pool in
            let chunks = [pool.takeSpill(), pool.takeSpill()]
            let all: [(index: UInt32, count: Int)] =
                (0..<3).map { ($0, pool.receiveBytes) } + chunks.map { ($0, BufferPool.spillBytes) }
            for buffer in all {
                pool.base(of: buffer.index).update(repeating: UInt8(buffer.index) + 1, count: buffer.count)
            }
            for buffer in all {
                let bytes = UnsafeBufferPointer(start: pool.base(of: buffer.index), count: buffer.count)
                #expect(bytes.allSatisfy { $0 == UInt8(buffer.index) + 1 })
            }
        }
    }

    @Test("a pool without receive buffers lends spill chunks from index 0")
    func noReceiveBuffers() {
        withPool(receive: 0, spill: 1) { pool in
            #expect(pool.takeSpill() == 0)
            #expect(!pool.isReceiveBuffer(0))
        }
    }

    @Test("there is room to receive while an eighth of the receive buffers is free", arguments: [1, 4, 16, 64])
    func canReceive(count: Int) {
        withPool(receive: count, spill: 0) { pool in
            let least = max(1, count / 8)
            for index in 0..<UInt32(count - least) { pool.filled(index, count: 1) }
            #expect(pool.canReceive)
            pool.filled(UInt32(count - least), count: 1)
            #expect(!pool.canReceive)
            pool.giveBack(0)
            #expect(pool.canReceive == (count > 1 || pool.receiveUsed == 0))
        }
    }

    @Test("as many receives may be armed as buffers are free, and one at least")
    func receivesMax() {
        withPool(receive: 4, spill: 0) { pool in
            for used in 0..<4 {
                #expect(pool.receivesMax == 4 - used)
                pool.filled(UInt32(used), count: 1)
            }
            #expect(pool.receivesMax == 1)
        }
        withPool(receive: 0, spill: 1) { #expect($0.receivesMax == .max) }
    }

    @Test("without receive buffers there is room while spill memory takes 64 KiB more")
    func canReceiveScratch() {
        withPool(receive: 0, spill: 8) { pool in
            let chunks = (0..<2).map { _ in pool.takeSpill() }
            #expect(pool.canReceive)
            let last = pool.takeSpill()
            #expect(!pool.canReceive, "five chunks may be needed: four, and one that other bytes began")
            pool.giveBack(last)
            #expect(pool.canReceive)
            for chunk in chunks { pool.giveBack(chunk) }
        }
    }
}
