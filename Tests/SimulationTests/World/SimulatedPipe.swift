// A pipe of the kernel: which bytes of which stream stand in it.

final class SimulatedPipe {
    struct Segment {
        var link: Link
        var offset: Int
        var count: Int
    }

    let capacity: Int
    var segments: [Segment] = []
    var count = 0

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
}
