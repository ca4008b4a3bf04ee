// Who gets which moment of a pace where some of those who wait leave.

import Config
import Testing

@testable import Engine

@Suite("Paced line")
struct PacedLineTests {
    private static let second: UInt64 = 1_000_000_000

    /// A pace of ten a second, of which the present moment is taken.
    private func withLine(_ body: (inout PacedLine, PacedAdmission, WaitingLinks) -> Void) {
        let pace = PacedAdmission(Rate(count: 10, periodMilliseconds: 1_000))
        let links = WaitingLinks(capacity: 64)
        var line = PacedLine(capacity: 64)
        defer {
            pace.destroy()
            links.destroy()
        }
        #expect(line.join(0, pace, at: Self.second, patience: Self.second, in: links) == .goes)
        body(&line, pace, links)
    }

    @Test("each goes in the order in which it came, an interval after the one before")
    func order() {
        withLine { line, pace, links in
            #expect(line.next == .max)
            for slot in [7, 3, 5] as [UInt32] {
                #expect(line.join(slot, pace, at: Self.second, patience: Self.second, in: links) == .waits)
            }
            for (number, slot) in [7, 3, 5].enumerated() as EnumeratedSequence<[UInt32]> {
                let moment = Self.second + UInt64(number + 1) * 100_000_000
                #expect(line.next == moment)
                #expect(line.takeDue(at: moment - 1, in: links) == nil)
                #expect(line.takeDue(at: moment, in: links) == slot)
                #expect(line.takeDue(at: moment, in: links) == nil)
            }
            #expect(line.next == .max)
        }
    }

    @Test("whoever leaves gives its moment to those behind it, and the last one to who comes next", arguments: [1, 2, 3] as [UInt32])
    func left(slot: UInt32) {
        withLine { line, pace, links in
            for slot in 1...3 as ClosedRange<UInt32> {
                #expect(line.join(slot, pace, at: Self.second, patience: Self.second, in: links) == .waits)
            }
            line.leave(slot, in: links)
            // Its patience is shorter than a moment of its own would ask for.
            #expect(line.join(9, pace, at: Self.second, patience: 0, in: links) == .waits)
            #expect(line.join(10, pace, at: Self.second, patience: 0, in: links) == .refused)
            var gone: [UInt32] = []
            for number in 1...3 as ClosedRange<UInt64> {
                if let slot = line.takeDue(at: Self.second + number * 100_000_000, in: links) { gone.append(slot) }
            }
            #expect(gone == [1, 2, 3].filter { $0 != slot } + [9])
        }
    }

    @Test("moments that nobody wanted are gone, and let no crowd through")
    func unwanted() {
        withLine { line, pace, links in
            for slot in 1...5 as ClosedRange<UInt32> {
                #expect(line.join(slot, pace, at: Self.second, patience: Self.second, in: links) == .waits)
            }
            for slot in 1...5 as ClosedRange<UInt32> { line.leave(slot, in: links) }
            #expect(line.next == .max)
            // Of five moments three have passed.
            let now = Self.second + 350_000_000
            for slot in 1...2 as ClosedRange<UInt32> {
                #expect(line.join(slot, pace, at: now, patience: 0, in: links) == .waits)
            }
            #expect(line.next == Self.second + 400_000_000)
            #expect(line.join(3, pace, at: now, patience: 0, in: links) == .refused)
            #expect(line.takeDue(at: now, in: links) == nil)
        }
    }
}
