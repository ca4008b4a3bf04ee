// Words from many writers to one reader: none lost, none doubled, each writer's in order, none after the end.

import Synchronization
import Testing

@testable import Engine

@Suite("The message queue")
struct MessageQueueTests {
    private func withQueue(_ body: (MessageQueue) -> Void) {
        let queue = MessageQueue()
        defer { queue.destroy() }
        body(queue)
    }

    @Test("words leave in the order they came, round and round")
    func order() {
        withQueue { queue in
            for round in 0..<5 as Range<UInt64> {
                for word in 0..<700 as Range<UInt64> { #expect(queue.post(round * 1000 + word)) }
                #expect(queue.hasWords)
                for word in 0..<700 as Range<UInt64> { #expect(queue.take() == round * 1000 + word) }
                #expect(!queue.hasWords)
                #expect(queue.take() == nil)
            }
        }
    }

    @Test("a full queue refuses without a trace")
    func full() {
        withQueue { queue in
            for word in 0..<MessageQueue.capacity { #expect(queue.post(word)) }
            #expect(!queue.post(9_999))
            #expect(queue.take() == 0)
            #expect(queue.post(MessageQueue.capacity))
            for word in 1...MessageQueue.capacity { #expect(queue.take() == word) }
            #expect(queue.take() == nil)
        }
    }

    @Test("a closed queue refuses, and gives what it had")
    func closed() {
        withQueue { queue in
            #expect(queue.post(1))
            #expect(!queue.isDrained)
            queue.close()
            #expect(queue.isClosed)
            #expect(!queue.post(2))
            #expect(!queue.isDrained)
            #expect(queue.take() == 1)
            #expect(queue.isDrained)
            #expect(queue.take() == nil)
        }
    }

    @Test("four writers and a reader: every word arrives once, each writer's in order, and after the end none")
    func threads() {
        withQueue { queue in
            let accepted = Atomic<Int>(0)
            let writers = Atomic<Int>(4)
            let wrong = Atomic<Int>(0)
            let taken = Atomic<Int>(0)
            onThreads(5) { thread in
                if thread < 4 {
                    var number: UInt64 = 0
                    while number < 30_000 {
                        if queue.post(UInt64(thread) << 32 | number) {
                            number += 1
                            accepted.wrappingAdd(1, ordering: .relaxed)
                        } else if queue.isClosed {
                            break
                        }
                    }
                    writers.wrappingSubtract(1, ordering: .releasing)
                } else {
                    var next = [UInt64](repeating: 0, count: 4)
                    // The end comes in the middle of things for some of them.
                    while !queue.isDrained {
                        if let word = queue.take() {
                            let writer = Int(word >> 32)
                            if word & 0xffff_ffff != next[writer] { wrong.wrappingAdd(1, ordering: .relaxed) }
                            next[writer] += 1
                            let count = taken.wrappingAdd(1, ordering: .relaxed).newValue
                            if count == 60_000 { queue.close() }
                        }
                        if writers.load(ordering: .acquiring) == 0, !queue.isClosed { queue.close() }
                    }
                }
            }
            #expect(wrong.load(ordering: .relaxed) == 0)
            #expect(taken.load(ordering: .relaxed) == accepted.load(ordering: .relaxed))
            #expect(taken.load(ordering: .relaxed) >= 60_000)
        }
    }

    @Test("a message is the same after its way through a word", arguments: [0, 1, 65_535, 0xff_ffff])
    func words(number: Int) {
        for value in [0, 1, 4_711, Int(Int32.max)] {
            let connection = ShardMessage.connection(descriptor: Int32(value), listener: number)
            #expect(ShardMessage(connection.word) == connection)
            let place = ShardMessage.place(server: value, backend: number)
            #expect(ShardMessage(place.word) == place)
        }
        #expect(ShardMessage(0) == nil)
    }
}
