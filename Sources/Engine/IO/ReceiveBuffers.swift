// The receive buffers that the kernel fills by itself, and the order in which it takes them.
// Knows the ring of provided buffers. Knows nothing of who receives.

internal import CLiburing

/// A shard's ring of provided buffers.
///
/// A bundle names only its first buffer: the ones after it follow in ring order, not in the order of
/// their numbers, so that order is kept here as well.
struct ReceiveBuffers: ~Copyable {
    private let ring: UnsafeMutablePointer<swivel_buffer_ring>
    private let pool: BufferPool
    private let mask: Int
    /// The buffer at each place of the ring, and the place of each buffer.
    private let order: UnsafeMutablePointer<UInt16>
    private let places: UnsafeMutablePointer<UInt16>

    /// Registers the pool's receive buffers (a power of two) with `uring` and offers them all.
    init(pool: BufferPool, uring: UnsafeMutablePointer<swivel_ring>) throws(SetupError) {
        self.pool = pool
        ring = .allocate(capacity: 1)
        ring.initialize(to: swivel_buffer_ring())
        mask = pool.receiveCount - 1
        order = .allocate(capacity: pool.receiveCount)
        places = .allocate(capacity: pool.receiveCount)
        let result = swivel_buffer_ring_open(uring, ring, UInt32(pool.receiveCount), 0)
        guard result == 0 else {
            throw SetupError(.systemError, "the kernel registers no receive buffers", errno: -result)
        }
        for index in 0..<pool.receiveCount { offer(UInt32(index)) }
        swivel_buffer_ring_publish(ring)
    }

    deinit {
        ring.deallocate()
        order.deallocate()
        places.deallocate()
    }

    /// Takes the buffers back from the kernel; before the ring itself is closed.
    func close(in uring: UnsafeMutablePointer<swivel_ring>) { swivel_buffer_ring_close(uring, ring) }

    var group: UInt16 { ring.pointee.group }

    /// The bytes of one completion as a chain: `count` bytes from buffer `first` on.
    @inline(__always)
    func chain(from first: UInt16, count: Int) -> BufferQueue {
        let head = UInt32(first)
        pool.filled(head, count: min(count, pool.receiveBytes))
        if count <= pool.receiveBytes { return BufferQueue(first: head, last: head, count: count) }
        var last = head
        var left = count &- pool.receiveBytes
        var place = Int(places[Int(first)])
        while left > 0 {
            place = (place &+ 1) & mask
            let index = UInt32(order[place])
            pool.filled(index, count: min(left, pool.receiveBytes))
            pool[last].next = index
            last = index
            left &-= pool.receiveBytes
        }
        return BufferQueue(first: head, last: last, count: count)
    }

    /// Offers again all that was given back to the pool: once a turn.
    mutating func offerReturned() {
        var index = pool.takeReturned()
        guard index != BufferPool.none else { return }
        while index != BufferPool.none {
            offer(index)
            index = pool.takeReturned()
        }
        swivel_buffer_ring_publish(ring)
    }

    private mutating func offer(_ index: UInt32) {
        let place = Int(ring.pointee.tail) & mask
        order[place] = UInt16(truncatingIfNeeded: index)
        places[Int(index)] = UInt16(truncatingIfNeeded: place)
        swivel_buffer_ring_add(
            ring, pool.base(of: index), UInt32(truncatingIfNeeded: pool.receiveBytes), UInt16(truncatingIfNeeded: index))
    }
}
