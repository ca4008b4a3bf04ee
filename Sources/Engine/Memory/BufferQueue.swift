// Bytes that wait in order, as a chain of buffers. Knows the pool; knows nothing of who waits.

/// A chain of buffers. Empty, it holds none.
struct BufferQueue: BitwiseCopyable {
    private(set) var first = BufferPool.none
    private var last = BufferPool.none
    private(set) var count = 0

    init() {}

    /// A chain that already stands in the pool.
    init(first: UInt32, last: UInt32, count: Int) {
        self.first = first
        self.last = last
        self.count = count
    }

    var isEmpty: Bool { count == 0 }

    /// Joins `other` to the end.
    @inline(__always)
    mutating func append(_ other: BufferQueue, in pool: BufferPool) {
        guard other.first != BufferPool.none else { return }
        if first == BufferPool.none {
            self = other
        } else {
            pool[last].next = other.first
            last = other.last
            count &+= other.count
        }
    }

    /// Bytes that the last spill chunk takes besides those it holds.
    private func roomAtEnd(in pool: BufferPool) -> Int {
        guard last != BufferPool.none, !pool.isReceiveBuffer(last) else { return 0 }
        return BufferPool.spillBytes - Int(pool[last].offset) - Int(pool[last].count)
    }

    /// Copies `bytes` into spill chunks at the end. Answers `false` where the reserve ran out: what
    /// fitted has been copied, and `count` tells how much.
    mutating func appendCopy(of bytes: UnsafeRawBufferPointer, in pool: BufferPool) -> Bool {
        var done = 0
        while done < bytes.count {
            var room = roomAtEnd(in: pool)
            if room == 0 {
                let chunk = pool.takeSpill()
                guard chunk != BufferPool.none else { return false }
                if first == BufferPool.none { first = chunk } else { pool[last].next = chunk }
                last = chunk
                room = BufferPool.spillBytes
            }
            let step = min(room, bytes.count - done)
            let target = pool.base(of: last) + Int(pool[last].offset) + Int(pool[last].count)
            target.update(from: bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) + done, count: step)
            pool[last].count += UInt32(truncatingIfNeeded: step)
            count += step
            done += step
        }
        return true
    }

    /// Copies a chain to the end, packed into what room the last chunk has, and gives its buffers
    /// back. Answers `false` where the reserve ran out: the rest of the chain follows as it was.
    mutating func appendMoved(_ chain: BufferQueue, in pool: BufferPool) -> Bool {
        var index = chain.first
        var left = chain.count
        while index != BufferPool.none {
            let held = pool[index]
            let bytes = UnsafeRawBufferPointer(start: pool.base(of: index) + Int(held.offset), count: Int(held.count))
            let before = count
            let isWhole = appendCopy(of: bytes, in: pool)
            let copied = count - before
            left -= copied
            guard isWhole else {
                pool[index].offset += UInt32(truncatingIfNeeded: copied)
                pool[index].count -= UInt32(truncatingIfNeeded: copied)
                append(BufferQueue(first: index, last: chain.last, count: left), in: pool)
                return false
            }
            pool.giveBack(index)
            index = held.next
        }
        return true
    }

    /// Drops the first `sent` bytes and gives back every buffer that they emptied.
    @inline(__always)
    mutating func consume(_ sent: Int, in pool: BufferPool) {
        precondition(sent <= count, "no more bytes leave than came")
        var left = sent
        count &-= sent
        while first != BufferPool.none {
            let held = Int(pool[first].count)
            if left < held {
                pool[first].offset &+= UInt32(truncatingIfNeeded: left)
                pool[first].count = UInt32(truncatingIfNeeded: held &- left)
                return
            }
            left &-= held
            let next = pool[first].next
            pool.giveBack(first)
            first = next
        }
        last = BufferPool.none
    }

    /// Moves what stands in receive buffers to spill chunks, so that the kernel gets those back, and
    /// chunks that fit behind one another into one: while memory is short, receive buffers stand between
    /// them, and would leave many that are nearly empty. Answers `false` where the reserve ran out: the
    /// bytes are whole and in order all the same, the rest of them where they were.
    mutating func moveToSpill(in pool: BufferPool) -> Bool {
        var moved = BufferQueue()
        var index = first
        while index != BufferPool.none {
            let held = pool[index]
            if pool.isReceiveBuffer(index) || Int(held.count) <= moved.roomAtEnd(in: pool) {
                let bytes = UnsafeRawBufferPointer(start: pool.base(of: index) + Int(held.offset), count: Int(held.count))
                let before = moved.count
                if !moved.appendCopy(of: bytes, in: pool) {
                    // What was copied of this buffer leaves it; the rest of the chain follows.
                    let copied = moved.count - before
                    pool[index].offset += UInt32(truncatingIfNeeded: copied)
                    pool[index].count -= UInt32(truncatingIfNeeded: copied)
                    moved.append(BufferQueue(first: index, last: last, count: count - moved.count), in: pool)
                    self = moved
                    return false
                }
                pool.giveBack(index)
            } else {
                pool[index].next = BufferPool.none
                moved.append(BufferQueue(first: index, last: index, count: Int(held.count)), in: pool)
            }
            index = held.next
        }
        self = moved
        return true
    }

    /// Gives back everything.
    mutating func discard(in pool: BufferPool) {
        consume(count, in: pool)
    }
}
