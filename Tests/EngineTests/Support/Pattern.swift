// Streams of bytes that tell their own place: a byte that is lost, doubled, moved or somebody else's shows.

import Glibc

@testable import Engine

/// The bytes of one direction of one connection. All streams are cuts of one random block whose length
/// is prime, so that no power of two of bytes lost or doubled comes out even.
struct Pattern {
    private static let period = 1_048_583
    /// Unsafe to share in general; written once, before it is first read.
    private nonisolated(unsafe) static let block: UnsafeRawBufferPointer = {
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: period, alignment: 16)
        var chance = Seeded(2_024)
        for offset in stride(from: 0, to: period - 8, by: 8) { memory.storeBytes(of: chance.next(), toByteOffset: offset, as: UInt64.self) }
        for offset in period - 8..<period { memory[offset] = UInt8(truncatingIfNeeded: chance.next()) }
        return UnsafeRawBufferPointer(memory)
    }()

    private let start: Int

    init(_ id: UInt32, _ side: Side) {
        // Far from its neighbours in the block, whatever their numbers.
        var place = Seeded(UInt64(id) << 1 | (side == .up ? 0 : 1))
        start = Int(place.next() % UInt64(Self.period))
    }

    /// The bytes from `position` on: at most `count`, fewer at the block's edge.
    func bytes(at position: Int, count: Int) -> UnsafeRawBufferPointer {
        let offset = (start + position) % Self.period
        return UnsafeRawBufferPointer(rebasing: Self.block[offset..<min(offset + count, Self.period)])
    }

    /// Whether `received` is what stands at `position`.
    func matches(_ received: UnsafeRawBufferPointer, at position: Int) -> Bool {
        var done = 0
        while done < received.count {
            let expected = bytes(at: position + done, count: received.count - done)
            guard memcmp(expected.baseAddress!, received.baseAddress! + done, expected.count) == 0 else { return false }
            done += expected.count
        }
        return true
    }
}
