// The bounded queue: first in, first out, and never one more than it holds.

import Testing

@testable import Engine

@Suite("The bounded queue")
struct BoundedQueueTests {
    @Test("elements leave in the order they came")
    func order() {
        var queue = BoundedQueue<Int>(capacity: 4)
        for value in 1...3 { #expect(queue.append(value) == true) }
        #expect((0..<3).map { _ in queue.removeFirst() } == [1, 2, 3])
    }

    @Test("an empty queue gives nothing")
    func empty() {
        var queue = BoundedQueue<Int>(capacity: 1)
        #expect(queue.removeFirst() == nil)
        #expect(queue.isEmpty == true)
    }

    @Test("the last place is taken, and one more refused without a trace", arguments: [1, 2, 5])
    func full(capacity: Int) {
        var queue = BoundedQueue<Int>(capacity: capacity)
        for value in 0..<capacity { #expect(queue.append(value) == true) }
        #expect(queue.isFull == true)
        #expect(queue.append(-1) == false)
        #expect((0..<capacity).map { _ in queue.removeFirst() } == Array(0..<capacity))
        #expect(queue.removeFirst() == nil)
    }

    @Test("places are used again, round and round", arguments: [1, 3, 7])
    func wrap(capacity: Int) {
        var queue = BoundedQueue<Int>(capacity: capacity)
        for value in 0..<100 {
            #expect(queue.append(value) == true)
            #expect(queue.removeFirst() == value)
        }
    }

    @Test("under random use it answers as an array would", arguments: 1...4 as ClosedRange<UInt64>)
    func model(seed: UInt64) {
        var chance = Seeded(seed)
        var queue = BoundedQueue<Int>(capacity: 7)
        var model: [Int] = []
        for value in 0..<3_000 {
            if chance.oneIn(2) {
                let isTaken = queue.append(value)
                #expect(isTaken == (model.count < 7))
                if isTaken { model.append(value) }
            } else {
                #expect(queue.removeFirst() == (model.isEmpty ? nil : model.removeFirst()))
            }
            #expect(queue.count == model.count)
        }
    }
}
