// Log lines between two threads: whole, in order, and dropped rather than waited for.

import Testing

@testable import Engine

@Suite("The log queue")
struct LogQueueTests {
    private func withQueue(_ capacity: Int, _ body: (LogQueue) -> Void) {
        let queue = LogQueue(capacity: capacity)
        defer { queue.destroy() }
        body(queue)
    }

    private func append(_ bytes: [UInt8], to queue: LogQueue) -> Bool { bytes.withUnsafeBytes { queue.append($0) } }

    /// Everything that waits.
    private func drain(_ queue: LogQueue) -> [UInt8] {
        var all: [UInt8] = []
        while queue.take({ all += $0; return $0.count }) > 0 {}
        return all
    }

    @Test("lines leave in the order they came")
    func order() {
        withQueue(64) { queue in
            #expect(append([1, 2], to: queue))
            #expect(append([3], to: queue))
            #expect(drain(queue) == [1, 2, 3])
            #expect(drain(queue) == [])
        }
    }

    @Test("a line fits to the last byte, and one byte more is dropped whole", arguments: [8, 9])
    func full(count: Int) {
        withQueue(16) { queue in
            #expect(append(numbered(0..<8), to: queue))
            #expect(append(numbered(8..<8 + count), to: queue) == (count == 8))
            #expect(drain(queue) == numbered(0..<(count == 8 ? 16 : 8)))
        }
    }

    @Test("a line longer than the queue is dropped")
    func tooLong() {
        withQueue(16) { queue in
            #expect(!append(numbered(0..<17), to: queue))
            #expect(drain(queue) == [])
        }
    }

    @Test("a line across the ring's edge comes out whole", arguments: 1...15)
    func wrap(start: Int) {
        withQueue(16) { queue in
            #expect(append(numbered(0..<start), to: queue))
            #expect(drain(queue).count == start)
            #expect(append(numbered(0..<16), to: queue))
            #expect(drain(queue) == numbered(0..<16))
        }
    }

    @Test("what the writer did not take waits for its next turn")
    func partial() {
        withQueue(16) { queue in
            _ = append(numbered(0..<10), to: queue)
            #expect(queue.take { _ in 4 } == 4)
            #expect(queue.take { _ in 0 } == 0)
            #expect(drain(queue) == numbered(4..<10))
        }
    }

    @Test("an empty line is no line")
    func empty() {
        withQueue(16) { queue in
            #expect(append([], to: queue))
            #expect(drain(queue) == [])
        }
    }

    @Test("one thread writes while another reads, and no line is torn", arguments: [64, 4_096])
    func threads(capacity: Int) {
        let queue = LogQueue(capacity: capacity)
        defer { queue.destroy() }
        let lineCount = 20_000
        let hasFailed = Signal()
        onThreads(2) { thread in
            if thread == 0 {
                // Lines of 2 to 9 bytes: their own length, then the line's number over and over.
                for number in 0..<lineCount {
                    let line = [UInt8(1 + number % 8)] + [UInt8](repeating: UInt8(truncatingIfNeeded: number), count: 1 + number % 8)
                    while hasFailed.value == 0, !line.withUnsafeBytes({ queue.append($0) }) {}
                }
            } else {
                var (read, left, number, wrong) = (0, 0, 0, 0)
                while read < lineCount {
                    _ = queue.take { bytes in
                        for byte in bytes {
                            if left == 0 {
                                number = read
                                left = Int(byte)
                                if left != 1 + number % 8 { wrong += 1 }
                            } else {
                                if byte != UInt8(truncatingIfNeeded: number) { wrong += 1 }
                                left -= 1
                                if left == 0 { read += 1 }
                            }
                        }
                        return bytes.count
                    }
                    if wrong > 0 { break }
                }
                hasFailed.set(wrong > 0 ? 1 : 0)
                #expect(wrong == 0)
            }
        }
    }
}
