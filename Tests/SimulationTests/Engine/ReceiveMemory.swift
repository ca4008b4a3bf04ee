// The memory that a simulated engine receives into: the pool's buffers, or scratch. What the shard must
// not look at any more is poisoned.

import Glibc
@testable import Engine

final class ReceiveMemory {
    private enum State {
        /// The kernel may write to it at any time.
        case offered
        /// Holds bytes of which the shard has not been told.
        case filled
        /// The shard has it.
        case held
    }

    private unowned(unsafe) let world: World
    private let pool: BufferPool
    private var offered: [UInt32] = []
    private var states: [State]
    /// Sends in flight that read the buffer.
    private var lentCounts: [Int]
    let scratch: UnsafeMutablePointer<UInt8>
    private let scratchBytes: Int
    private var scratchUsed = 0

    init(_ world: World, _ pool: BufferPool, scratchBytes: Int) {
        self.world = world
        self.pool = pool
        self.scratchBytes = scratchBytes
        offered = (0..<UInt32(pool.receiveCount)).map { $0 }
        states = Array(repeating: .offered, count: pool.receiveCount)
        lentCounts = Array(repeating: 0, count: pool.receiveCount)
        scratch = .allocate(capacity: max(scratchBytes, 1))
    }

    deinit { scratch.deallocate() }

    var offeredCount: Int { offered.count }

    /// Fills buffers with bytes that have arrived on `link`: the indices, or `nil` where none is free.
    func fill(from link: Link, buffersMax: Int) -> [UInt32]? {
        guard !offered.isEmpty else { return nil }
        var left = min(link.inbound.readable, min(buffersMax, offered.count) * pool.receiveBytes)
        if left > 1, world.chance.happens(world.scenario.faults.partialReceive) { left = world.chance.part(of: left) }
        var filled: [UInt32] = []
        while left > 0 {
            let buffer = offered.removeFirst()
            let count = min(left, pool.receiveBytes)
            link.write(into: pool.base(of: buffer), count: count)
            states[Int(buffer)] = .filled
            filled.append(buffer)
            left -= count
        }
        return filled
    }

    /// Receives into scratch memory: the bytes received.
    func fillScratch(from link: Link) -> Int {
        var count = min(link.inbound.readable, scratchBytes)
        if count > 1, world.chance.happens(world.scenario.faults.partialReceive) { count = world.chance.part(of: count) }
        link.write(into: scratch, count: count)
        scratchUsed = count
        return count
    }

    func poisonScratch() {
        if scratchUsed > 0 { memset(scratch, 0xee, scratchUsed) }
        scratchUsed = 0
    }

    /// The shard is told of filled buffers: every one is full but the last.
    func chain(_ filled: [UInt32], count: Int) -> BufferQueue {
        var left = count
        for (place, buffer) in filled.enumerated() {
            pool.filled(buffer, count: min(left, pool.receiveBytes))
            if place > 0 { pool[filled[place - 1]].next = buffer }
            left -= pool.receiveBytes
            states[Int(buffer)] = .held
        }
        return BufferQueue(first: filled[0], last: filled[filled.count - 1], count: count)
    }

    /// A send reads the buffer from now on, or does no longer.
    func lend(_ pieces: [PendingOperation.Piece], _ change: Int) {
        for piece in pieces where pool.isReceiveBuffer(piece.buffer) { lentCounts[Int(piece.buffer)] += change }
    }

    /// Takes back what the shard has given back: the kernel may write there now.
    func offerReturned() {
        while true {
            let buffer = pool.takeReturned()
            guard buffer != BufferPool.none else { return }
            let place = Int(buffer)
            if states[place] != .held { world.fail("receive buffer \(buffer) is given back twice") }
            if lentCounts[place] > 0 { world.fail("receive buffer \(buffer) is given back while a send reads it") }
            memset(pool.base(of: buffer), 0xdd, pool.receiveBytes)
            states[place] = .offered
            offered.append(buffer)
        }
    }
}
