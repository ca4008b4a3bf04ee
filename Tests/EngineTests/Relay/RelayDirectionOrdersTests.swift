// What a direction wants done, for every set of facts: no state is left without an answer.

import Testing

@testable import Engine

@Suite("The orders of a direction")
struct RelayDirectionOrdersTests {
    private typealias Facts = RelayDirection.Facts
    private typealias Orders = RelayDirection.Orders

    private static let factBits = 15

    /// A direction for every set of facts, with and without bytes in its queue.
    private func forEveryState(_ check: (_ direction: RelayDirection, _ hasBytes: Bool) -> Void) {
        for bits in 0..<UInt32(1 << Self.factBits) {
            for hasBytes in [false, true] {
                var direction = RelayDirection()
                direction.facts = Facts(rawValue: bits)
                if hasBytes { direction.queue = BufferQueue(first: 0, last: 0, count: 1) }
                check(direction, hasBytes)
            }
        }
    }

    /// The states for which `isWrong` answers true.
    private func states(where isWrong: (RelayDirection, Bool) -> Bool) -> [RelayDirection.Facts.RawValue] {
        var found: [UInt32] = []
        forEveryState { if isWrong($0, $1) { found.append($0.facts.rawValue) } }
        return found
    }

    @Test("every fact has a bit below the ones counted here")
    func allFacts() {
        #expect(Facts.watched.rawValue == 1 << (Self.factBits - 1))
    }

    @Test("one receive is in flight at most, and none after the end, above the mark, or while starved")
    func receive() {
        let against: Facts = [.receiving, .ended, .full, .starved, .awaitingBytes, .changing, .splicing]
        #expect(states { direction, _ in direction.orders.contains(.receive) && !direction.facts.isDisjoint(with: against) }.isEmpty)
        #expect(states { direction, _ in !direction.orders.contains(.receive) && direction.facts.isDisjoint(with: against) }.isEmpty)
    }

    @Test("a receive is cancelled once, and only above the mark, for a splice, or where the direction has ended")
    func cancelReceive() {
        let wrong = states { direction, _ in
            let facts = direction.facts
            let isDue =
                facts.contains(.receiving) && facts.isDisjoint(with: [.cancelling, .splicing])
                && !facts.isDisjoint(with: [.full, .changing, .ended])
            return direction.orders.contains(.cancelReceive) != isDue
        }
        #expect(wrong.isEmpty)
    }

    @Test("bytes are sent whenever there are some, no send is in flight, and the target has room")
    func send() {
        let wrong = states { direction, hasBytes in
            let isDue = hasBytes && direction.facts.isDisjoint(with: [.sending, .awaitingRoom, .splicing])
            return direction.orders.contains(.send) != isDue
        }
        #expect(wrong.isEmpty)
    }

    @Test("the target is told of the end once, after the last byte")
    func shutdown() {
        let wrong = states { direction, hasBytes in
            let isDue =
                direction.facts.contains(.ended) && !hasBytes
                && direction.facts.isDisjoint(with: [.sending, .awaitingRoom, .shut, .splicing])
            return direction.orders.contains(.shutdownTarget) != isDue
        }
        #expect(wrong.isEmpty)
    }

    @Test("a splice begins with empty hands")
    func beginSplice() {
        let wrong = states { direction, hasBytes in
            let isDue =
                direction.facts.contains(.changing) && !hasBytes
                && direction.facts.isDisjoint(with: [.receiving, .sending, .awaitingRoom, .ended, .splicing])
            return direction.orders.contains(.beginSplice) != isDue
        }
        #expect(wrong.isEmpty)
    }

    @Test("while splicing there is only the pump, and it waits for a poll that is in flight")
    func pump() {
        let wrong = states { direction, _ in
            guard direction.facts.contains(.splicing) else { return direction.orders.contains(.pump) }
            let isWaiting = !direction.facts.isDisjoint(with: [.awaitingBytes, .awaitingRoom, .shut])
            return direction.orders.subtracting(.watchSource) != (isWaiting ? [] : .pump)
        }
        #expect(wrong.isEmpty)
    }

    @Test("a direction that waits for nothing and has not finished always wants something")
    func liveness() {
        let wrong = states { direction, hasBytes in
            // Full without bytes does not arise: what empties the queue takes the fact away.
            if direction.facts.contains(.full), !hasBytes { return false }
            // A poll for failure alone tells nothing of what goes well.
            let waits = !direction.facts.isDisjoint(with: [.receiving, .sending, .awaitingRoom, .awaitingBytes, .starved, .shut])
            return !waits && direction.orders.subtracting(.watchSource).isEmpty
        }
        #expect(wrong.isEmpty)
    }

    @Test("a source that is not read for its target's sake is watched, once")
    func watched() {
        let wrong = states { direction, _ in
            let facts = direction.facts
            let isPaused = facts.contains(.splicing) ? facts.contains(.awaitingRoom) : facts.contains(.full)
            let isDue = isPaused && facts.isDisjoint(with: [.watching, .watched, .ended, .shut])
            return direction.orders.contains(.watchSource) != isDue
        }
        #expect(wrong.isEmpty)
    }

    @Test("a finished direction wants nothing more than to be rid of its receive")
    func finished() {
        #expect(states { direction, hasBytes in
            direction.facts.isSuperset(of: [.ended, .shut]) && !hasBytes
                && !direction.orders.subtracting(.cancelReceive).isEmpty
        }.isEmpty)
    }
}
