// Queues of bytes whose content a test knows: made of receive buffers as the kernel fills them.

@testable import Engine

extension BufferPool {
    /// A chain of receive buffers, one for each piece, holding `pieces`.
    func chain(_ pieces: [(buffer: UInt32, bytes: [UInt8])]) -> BufferQueue {
        var queue = BufferQueue()
        for piece in pieces {
            filled(piece.buffer, count: piece.bytes.count)
            base(of: piece.buffer).update(from: piece.bytes, count: piece.bytes.count)
            queue.append(BufferQueue(first: piece.buffer, last: piece.buffer, count: piece.bytes.count), in: self)
        }
        return queue
    }

    /// The bytes of a queue, read along its chain.
    func bytes(of queue: BufferQueue) -> [UInt8] {
        var bytes: [UInt8] = []
        var index = queue.first
        while index != BufferPool.none {
            let start = base(of: index) + Int(self[index].offset)
            bytes += UnsafeBufferPointer(start: start, count: Int(self[index].count))
            index = self[index].next
        }
        return bytes
    }

    /// The buffers of a queue, in order.
    func buffers(of queue: BufferQueue) -> [UInt32] {
        var indices: [UInt32] = []
        var index = queue.first
        while index != BufferPool.none {
            indices.append(index)
            index = self[index].next
        }
        return indices
    }

    /// The receive buffers that were given back since the last look.
    func takeAllReturned() -> [UInt32] {
        var taken: [UInt32] = []
        while case let index = takeReturned(), index != BufferPool.none { taken.append(index) }
        return taken.sorted()
    }
}

/// Bytes that differ from their neighbours and from those 256 places away.
func numbered(_ range: Range<Int>) -> [UInt8] { range.map { UInt8(truncatingIfNeeded: $0 &* 31 &+ $0 >> 8) } }
