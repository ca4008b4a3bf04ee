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
        return pool.chunkBytes(last) - Int(pool[last].offset) - Int(pool[last].count)
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

    /// Heads up to so many bytes stand in small chunks, which takes four at most.
    private static let headBytesMax = 4 * BufferPool.smallBytes

    /// Copies `bytes` behind the end: into small chunks of their own where they fit a few, as heads do, else as
    /// `appendCopy` does.
    @inline(__always)
    mutating func appendHead(_ bytes: UnsafeRawBufferPointer, in pool: BufferPool) -> Bool {
        guard bytes.count <= Self.headBytesMax, bytes.count > 0, roomAtEnd(in: pool) < bytes.count else {
            return appendCopy(of: bytes, in: pool)
        }
        var done = 0
        while done < bytes.count {
            let chunk = pool.takeSmall()
            guard chunk != BufferPool.none else { return false }
            let step = min(bytes.count &- done, pool.chunkBytes(chunk))
            pool.base(of: chunk).update(from: bytes.baseAddress!.assumingMemoryBound(to: UInt8.self) + done, count: step)
            pool[chunk].count = UInt32(truncatingIfNeeded: step)
            append(BufferQueue(first: chunk, last: chunk, count: step), in: pool)
            done &+= step
        }
        return true
    }

    /// Moves the first `wanted` bytes to the end of `target`: whole buffers change hands, and of one that only
    /// partly goes that part is copied. Answers `false` where memory for that ran out: what fitted has moved.
    @inline(__always)
    mutating func move(_ wanted: Int, to target: inout BufferQueue, in pool: BufferPool) -> Bool {
        precondition(wanted <= count, "no more bytes leave than came")
        if wanted == count {
            target.append(self, in: pool)
            self = BufferQueue()
            return true
        }
        var left = wanted
        while left > 0 {
            let index = first
            let held = Int(pool[index].count)
            if held <= left {
                first = pool[index].next
                count &-= held
                left &-= held
                pool[index].next = BufferPool.none
                target.append(BufferQueue(first: index, last: index, count: held), in: pool)
            } else {
                let bytes = UnsafeRawBufferPointer(start: pool.base(of: index) + Int(pool[index].offset), count: left)
                let before = target.count
                guard target.appendHead(bytes, in: pool) else {
                    consume(target.count &- before, in: pool)
                    return false
                }
                consume(left, in: pool)
                left = 0
            }
        }
        return true
    }

    /// Whether the newest bytes stand in a receive buffer.
    @inline(__always)
    func endsInReceiveBuffer(of pool: BufferPool) -> Bool { last != BufferPool.none && pool.isReceiveBuffer(last) }

    /// The bytes of the first buffer.
    @inline(__always)
    func firstPiece(in pool: BufferPool) -> UnsafeRawBufferPointer {
        guard first != BufferPool.none else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        let held = pool[first]
        return UnsafeRawBufferPointer(start: pool.base(of: first) + Int(held.offset), count: Int(held.count))
    }

    /// Copies the first bytes, as many as there are and `target` holds, to `target`; they stay. Answers how many.
    func copy(to target: UnsafeMutableRawBufferPointer, in pool: BufferPool) -> Int {
        var (index, done) = (first, 0)
        while index != BufferPool.none, done < target.count {
            let held = pool[index]
            let step = min(Int(held.count), target.count - done)
            let bytes = UnsafeRawBufferPointer(start: pool.base(of: index) + Int(held.offset), count: step)
            UnsafeMutableRawBufferPointer(rebasing: target[done...]).copyMemory(from: bytes)
            done += step
            index = held.next
        }
        return done
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

    /// Drops the end of the first buffer, of which `kept` bytes stay.
    mutating func cutFirst(to kept: Int, in pool: BufferPool) {
        let held = Int(pool[first].count)
        precondition(0 < kept && kept <= held, "a buffer that stays has bytes")
        pool[first].count = UInt32(truncatingIfNeeded: kept)
        count &-= held &- kept
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
    ///
    /// - Parameter startsSmall: a few bytes take a small chunk, as many may wait with a few each.
    mutating func moveToSpill(in pool: BufferPool, startsSmall: Bool = false) -> Bool {
        var moved = BufferQueue()
        var index = first
        while index != BufferPool.none {
            let held = pool[index]
            if pool.isReceiveBuffer(index) || Int(held.count) <= moved.roomAtEnd(in: pool) {
                let bytes = UnsafeRawBufferPointer(start: pool.base(of: index) + Int(held.offset), count: Int(held.count))
                let before = moved.count
                let isSmall = startsSmall && moved.isEmpty && bytes.count <= BufferPool.smallBytes
                if !(isSmall ? moved.appendHead(bytes, in: pool) : moved.appendCopy(of: bytes, in: pool)) {
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
