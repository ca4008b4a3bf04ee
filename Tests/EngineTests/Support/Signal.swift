// A number that one thread sets and another reads.

import Synchronization

final class Signal: Sendable {
    private let cell = Atomic<Int32>(0)
    var value: Int32 { cell.load(ordering: .acquiring) }
    func set(_ value: Int32) { cell.store(value, ordering: .releasing) }
}
