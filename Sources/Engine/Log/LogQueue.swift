// Log lines on their way from a shard to the thread that writes them: bounded, and never in a shard's way.

internal import Glibc
internal import Synchronization

/// A ring of bytes with one writer and one reader. A line that does not fit is dropped whole. A plain
/// handle to memory that lives until `destroy`.
struct LogQueue: BitwiseCopyable, @unchecked Sendable {
    // Unchecked: the writer owns [tail, head + capacity), the reader [head, tail), and each publishes
    // its end with release.
    private let capacity: Int
    private let bytes: UnsafeMutablePointer<UInt8>
    private let head: UnsafeMutablePointer<Atomic<Int>>
    private let tail: UnsafeMutablePointer<Atomic<Int>>

    /// - Parameter capacity: bytes, a power of two.
    init(capacity: Int) {
        precondition(capacity > 0 && capacity & (capacity - 1) == 0, "a log queue's size is a power of two")
        self.capacity = capacity
        bytes = Pages.reserve(capacity, of: UInt8.self)
        head = .allocate(capacity: 1)
        tail = .allocate(capacity: 1)
        head.initialize(to: Atomic(0))
        tail.initialize(to: Atomic(0))
    }

    func destroy() {
        Pages.release(bytes, count: capacity)
        head.deallocate()
        tail.deallocate()
    }

    /// Answers `false` where there is no room.
    func append(_ line: UnsafeRawBufferPointer) -> Bool {
        let end = tail.pointee.load(ordering: .relaxed)
        guard capacity - (end - head.pointee.load(ordering: .acquiring)) >= line.count else { return false }
        let place = end & (capacity - 1)
        let first = min(line.count, capacity - place)
        guard let source = line.baseAddress else { return true }
        memcpy(bytes + place, source, first)
        if first < line.count { memcpy(bytes, source + first, line.count - first) }
        tail.pointee.store(end + line.count, ordering: .releasing)
        return true
    }

    /// Gives `write` what waits, at most up to the ring's edge, and drops as many bytes as it says it
    /// took. Answers that count.
    func take(_ write: (UnsafeRawBufferPointer) -> Int) -> Int {
        let start = head.pointee.load(ordering: .relaxed)
        let end = tail.pointee.load(ordering: .acquiring)
        guard end > start else { return 0 }
        let place = start & (capacity - 1)
        let count = min(end - start, capacity - place)
        let taken = write(UnsafeRawBufferPointer(start: bytes + place, count: count))
        head.pointee.store(start + taken, ordering: .releasing)
        return taken
    }
}
