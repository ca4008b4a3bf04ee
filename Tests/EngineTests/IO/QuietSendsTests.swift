// Sends without a completion: whole unless one came.

import Testing

@testable import Engine

@Suite("Quiet sends")
struct QuietSendsTests {
    private static func token(_ slot: UInt32) -> Token { Token(.sendUp, Handle(slot: slot, generation: 1)) }

    /// What counts as whole once entries before `submitted` were handed over.
    private func whole(_ sends: inout QuietSends, submitted: UInt32) -> [UInt32] {
        var slots: [UInt32] = []
        while let completion = sends.nextWhole(submitted: submitted) { slots.append(completion.token.handle.slot) }
        return slots
    }

    @Test("a send without a completion has gone whole, with its bytes")
    func silent() throws {
        var sends = QuietSends(capacity: 4)
        sends.append(Self.token(3), bytes: 77, entry: 0)
        let completion = try required(sends.nextWhole(submitted: 1))
        #expect(completion.token == Self.token(3))
        #expect(completion.result == 77)
        #expect(!completion.hasMore)
        #expect(sends.nextWhole(submitted: 1)?.result == nil)
        #expect(sends.isEmpty == true)
    }

    @Test("a send that is not handed over yet waits")
    func unsubmitted() {
        var sends = QuietSends(capacity: 4)
        sends.append(Self.token(1), bytes: 1, entry: 10)
        sends.append(Self.token(2), bytes: 1, entry: 11)
        #expect(whole(&sends, submitted: 10) == [])
        #expect(whole(&sends, submitted: 11) == [1])
        #expect(whole(&sends, submitted: 12) == [2])
    }

    @Test("a send that had a completion is not reported again")
    func failed() {
        var sends = QuietSends(capacity: 4)
        for slot in 1...3 as ClosedRange<UInt32> { sends.append(Self.token(slot), bytes: 1, entry: slot) }
        sends.failed(Self.token(2))
        #expect(whole(&sends, submitted: 4) == [1, 3])
    }

    @Test("where all failed, none is reported and the table is empty")
    func allFailed() {
        var sends = QuietSends(capacity: 2)
        for slot in 0..<2 as Range<UInt32> { sends.append(Self.token(slot), bytes: 1, entry: slot) }
        for slot in 0..<2 as Range<UInt32> { sends.failed(Self.token(slot)) }
        #expect(whole(&sends, submitted: 2) == [])
        #expect(sends.isEmpty == true)
    }

    @Test("a completion of another send changes nothing")
    func stranger() {
        var sends = QuietSends(capacity: 2)
        sends.append(Self.token(1), bytes: 1, entry: 0)
        sends.failed(Self.token(9))
        #expect(whole(&sends, submitted: 1) == [1])
    }

    @Test("entry numbers may wrap between a send and its submission")
    func wrap() {
        var sends = QuietSends(capacity: 4)
        sends.append(Self.token(1), bytes: 1, entry: .max)
        sends.append(Self.token(2), bytes: 1, entry: 0)
        #expect(whole(&sends, submitted: .max) == [])
        #expect(whole(&sends, submitted: 0) == [1])
        #expect(whole(&sends, submitted: 1) == [2])
    }

    @Test("the table is full at its capacity, and takes as many again once it was settled", arguments: [1, 3])
    func full(capacity: Int) {
        var sends = QuietSends(capacity: capacity)
        for round in 0..<3 {
            for index in 0..<capacity {
                #expect(sends.isFull == false)
                sends.append(Self.token(UInt32(index)), bytes: 1, entry: UInt32(round * capacity + index))
            }
            #expect(sends.isFull == true)
            #expect(whole(&sends, submitted: UInt32((round + 1) * capacity)).count == capacity)
        }
    }
}
