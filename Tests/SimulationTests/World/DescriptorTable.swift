// The process's descriptors: numbered as a kernel does it, the lowest free one first.

import Glibc

struct DescriptorTable {
    enum Holder {
        case listener(SimulatedListener)
        case socket(Link)
        case pipe(SimulatedPipe, isReading: Bool)
    }

    private static let first: Int32 = 3
    private var holders: [Holder?] = []
    private var free: [Int32] = []
    /// Descriptors at once.
    var limit: Int
    private(set) var openCount = 0

    init(limit: Int) { self.limit = limit }

    /// The descriptor, or -EMFILE.
    mutating func open(_ holder: Holder) -> Int32 {
        guard openCount < limit else { return -EMFILE }
        openCount += 1
        guard let lowest = free.indices.min(by: { free[$0] < free[$1] }) else {
            holders.append(holder)
            return Self.first + Int32(holders.count - 1)
        }
        let descriptor = free.remove(at: lowest)
        holders[Int(descriptor - Self.first)] = holder
        return descriptor
    }

    subscript(descriptor: Int32) -> Holder? {
        let place = Int(descriptor - Self.first)
        return holders.indices.contains(place) ? holders[place] : nil
    }

    mutating func close(_ descriptor: Int32) {
        holders[Int(descriptor - Self.first)] = nil
        free.append(descriptor)
        openCount -= 1
    }

    mutating func removeAll() { holders.removeAll() }
}
