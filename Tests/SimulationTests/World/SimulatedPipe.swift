// A pipe of the kernel: which bytes of which stream stand in it, and where they mean something, they themselves.

final class SimulatedPipe {
    struct Segment {
        var link: Link
        var offset: Int
        var count: Int
    }

    let capacity: Int
    var segments: [Segment] = []
    var count = 0
    /// Of links that carry bytes.
    let bytes = ByteStream()

    init(capacity: Int) { self.capacity = capacity }

    func append(_ link: Link, offset: Int, count: Int) {
        segments.append(Segment(link: link, offset: offset, count: count))
        self.count += count
    }

    func drop(_ dropped: Int) {
        var left = dropped
        count -= dropped
        while left > 0 {
            let step = min(left, segments[0].count)
            segments[0].offset += step
            segments[0].count -= step
            left -= step
            if segments[0].count == 0 { segments.removeFirst() }
        }
    }

    /// Keeps the next bytes of a link, which then count as read.
    func take(from link: Link, count: Int) {
        withUnsafeTemporaryAllocation(of: UInt8.self, capacity: count) { memory in
            link.inboundBytes!.copy(from: link.inbound.read, into: memory.baseAddress!, count: count)
            bytes.append(UnsafeBufferPointer(memory))
        }
    }

    /// The first bytes that it keeps.
    func lend(count: Int, _ body: (UnsafeBufferPointer<UInt8>) -> Void) {
        let start = bytes.end - self.count
        bytes.lend(from: start, count: count, body)
        bytes.forget(before: start + count)
    }
}
