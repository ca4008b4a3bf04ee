// The pool's small chunks, which hold heads: a reserve of their own before that of spill chunks.

import Testing

@testable import Engine

@Suite("Small chunks")
struct SmallChunkTests {
    private func withPool(receive: Int = 2, spill: Int, small: Int, _ body: (BufferPool) -> Void) {
        let pool = BufferPool(receiveCount: receive, receiveBytes: 256, spillCount: spill, smallCount: small)
        defer { pool.destroy() }
        body(pool)
    }

    @Test("small chunks are lent up to their reserve, then spill chunks, then none", arguments: [0, 1, 3], [0, 2])
    func reserve(small: Int, spill: Int) {
        withPool(spill: spill, small: small) { pool in
            let chunks = (0..<small + spill).map { _ in pool.takeSmall() }
            #expect(Set(chunks).count == small + spill && !chunks.contains(BufferPool.none))
            #expect(chunks.map(pool.isSmall) == (0..<small + spill).map { $0 < small })
            #expect(pool.takeSmall() == BufferPool.none)
            #expect(pool.smallUsed == small && pool.spillUsed == spill)
            for chunk in chunks { pool.giveBack(chunk) }
            #expect(pool.smallUsed == 0 && pool.spillUsed == 0)
        }
    }

    @Test("one that was given back is lent again, empty, and never as a spill chunk")
    func reuse() {
        withPool(spill: 1, small: 1) { pool in
            let small = pool.takeSmall()
            pool[small] = BufferPool.Descriptor(next: 7, offset: 5, count: 99)
            pool.giveBack(small)
            let spill = pool.takeSpill()
            #expect(spill != small && pool.takeSpill() == BufferPool.none)
            #expect(pool.takeSmall() == small)
            #expect(pool[small].count == 0 && pool[small].offset == 0 && pool[small].next == BufferPool.none)
        }
    }

    @Test("the three kinds meet where the counts say, and know their sizes")
    func kinds() {
        withPool(receive: 3, spill: 2, small: 2) { pool in
            let (spill, small) = (pool.takeSpill(), pool.takeSmall())
            #expect(spill == 3 && small == 5)
            #expect(pool.isReceiveBuffer(2) && !pool.isReceiveBuffer(spill) && !pool.isReceiveBuffer(small))
            #expect(!pool.isSmall(4) && pool.isSmall(small))
            #expect(pool.chunkBytes(spill) == BufferPool.spillBytes && pool.chunkBytes(small) == BufferPool.smallBytes)
        }
    }

    @Test("no two buffers of any kind share a byte")
    func separate() {
        withPool(receive: 2, spill: 2, small: 3) { pool in
            let chunks = (0..<5).map { _ in pool.takeSmall() }
            let all: [(index: UInt32, count: Int)] = [(0, 256), (1, 256)] + chunks.map { ($0, pool.chunkBytes($0)) }
            for buffer in all { pool.base(of: buffer.index).update(repeating: UInt8(buffer.index) + 1, count: buffer.count) }
            for buffer in all {
                let bytes = UnsafeBufferPointer(start: pool.base(of: buffer.index), count: buffer.count)
                #expect(bytes.allSatisfy { $0 == UInt8(buffer.index) + 1 })
            }
        }
    }

    @Test("answers are collected while half of the spill reserve is free")
    func mayCollect() {
        withPool(spill: 4, small: 4) { pool in
            for _ in 0..<4 { _ = pool.takeSmall() }
            #expect(pool.mayCollect, "small chunks do not count")
            _ = pool.takeSpill()
            #expect(pool.mayCollect)
            _ = pool.takeSpill()
            #expect(!pool.mayCollect)
        }
    }
}
