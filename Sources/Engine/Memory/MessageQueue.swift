// Words from many writers to one reader, without a lock: a ring of cells that each say whose turn it is.
// Knows words. Knows nothing of shards.

internal import Synchronization

/// A bounded queue of 64-bit words, closed for good at the end of its reader. A plain handle to memory
/// that lives until `destroy`.
///
/// Dmitry Vyukov's bounded queue: a cell's sequence number is the place that may be written next, or, one
/// more, that may be read. Writers meet on one counter; a writer that found its place writes it without
/// looking at others.
struct MessageQueue: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the memory holds atomics only.
    static let capacity: UInt64 = 1024
    private static let closedBit: UInt64 = 1 << 63

    private struct Cell: ~Copyable {
        let sequence: Atomic<UInt64>
        let word = Atomic<UInt64>(0)
    }

    /// The writers' and the reader's places, on lines of their own.
    private struct Ends: ~Copyable {
        let tail = Atomic<UInt64>(0)
        private let padding: InlineArray<15, UInt64> = .init(repeating: 0)
        let head = Atomic<UInt64>(0)
        private let morePadding: InlineArray<15, UInt64> = .init(repeating: 0)
    }

    private let cells: UnsafeMutablePointer<Cell>
    private let ends: UnsafeMutablePointer<Ends>

    init() {
        let count = Int(Self.capacity)
        cells = UnsafeMutableRawPointer.allocate(byteCount: count * MemoryLayout<Cell>.stride, alignment: 128)
            .bindMemory(to: Cell.self, capacity: count)
        for place in 0..<Self.capacity { (cells + Int(place)).initialize(to: Cell(sequence: Atomic(place))) }
        ends = UnsafeMutableRawPointer.allocate(byteCount: MemoryLayout<Ends>.stride, alignment: 128)
            .bindMemory(to: Ends.self, capacity: 1)
        ends.initialize(to: Ends())
    }

    func destroy() {
        UnsafeMutableRawPointer(cells).deallocate()
        UnsafeMutableRawPointer(ends).deallocate()
    }

    /// Any thread: answers `false`, without a trace, where the queue is full or closed.
    func post(_ word: UInt64) -> Bool {
        var place = ends.pointee.tail.load(ordering: .relaxed)
        while place & Self.closedBit == 0 {
            let cell = cells + Int(place % Self.capacity)
            let sequence = cell.pointee.sequence.load(ordering: .acquiring)
            if sequence == place {
                let (isMine, now) = ends.pointee.tail.weakCompareExchange(
                    expected: place, desired: place + 1, ordering: .relaxed)
                if isMine {
                    cell.pointee.word.store(word, ordering: .relaxed)
                    cell.pointee.sequence.store(place + 1, ordering: .releasing)
                    return true
                }
                place = now
            } else if sequence < place {
                return false  // The word of a round before has not been read.
            } else {
                place = ends.pointee.tail.load(ordering: .relaxed)
            }
        }
        return false
    }

    /// The reader alone.
    func take() -> UInt64? {
        let place = ends.pointee.head.load(ordering: .relaxed)
        let cell = cells + Int(place % Self.capacity)
        guard cell.pointee.sequence.load(ordering: .acquiring) == place + 1 else { return nil }
        let word = cell.pointee.word.load(ordering: .relaxed)
        cell.pointee.sequence.store(place + Self.capacity, ordering: .releasing)
        ends.pointee.head.store(place + 1, ordering: .relaxed)
        return word
    }

    /// The reader alone: whether `take` would find a word.
    @inline(__always)
    var hasWords: Bool {
        let place = ends.pointee.head.load(ordering: .relaxed)
        return cells[Int(place % Self.capacity)].sequence.load(ordering: .relaxed) == place + 1
    }

    /// The reader alone: from now on every post is refused. What was posted before is still to be taken,
    /// until `isDrained`.
    func close() { ends.pointee.tail.bitwiseOr(Self.closedBit, ordering: .acquiringAndReleasing) }

    var isClosed: Bool { ends.pointee.tail.load(ordering: .relaxed) & Self.closedBit != 0 }

    /// Nothing comes any more: closed, and every word taken, the one included that a writer is about to write.
    var isDrained: Bool {
        let tail = ends.pointee.tail.load(ordering: .acquiring)
        return tail & Self.closedBit != 0 && tail & ~Self.closedBit == ends.pointee.head.load(ordering: .relaxed)
    }
}
