// The timer wheel at random against a dictionary of deadlines.

import Testing

@testable import Engine

@Suite("The timer wheel, at random")
struct TimerWheelModelTests {
    private static let slotCount = 64

    /// A distance that falls into each wheel, and beyond the last, about equally often.
    private static func distance(_ chance: inout Seeded) -> UInt32 {
        let bits = UInt32.random(in: 0...27, using: &chance)
        return UInt32.random(in: 0...(1 << bits), using: &chance)
    }

    @Test(
        "it schedules, moves, cancels and fires as a dictionary would", arguments: 1...8 as ClosedRange<UInt64>,
        [0, 1_000, .max - 100_000, .max - 5] as [UInt32])
    func model(seed: UInt64, start: UInt32) {
        var chance = Seeded(seed &+ UInt64(start))
        var now = UInt64(start)
        var wheel = TimerWheel(capacity: Self.slotCount, now: Tick(rawValue: start))
        var deadlines: [UInt32: UInt64] = [:]
        for _ in 0..<1_500 {
            let slot = UInt32.random(in: 0..<UInt32(Self.slotCount), using: &chance)
            switch Int.random(in: 0..<10, using: &chance) {
            case 0..<6:
                let deadline = now + UInt64(Self.distance(&chance))
                deadlines[slot] = deadline
                wheel.schedule(slot, at: Tick(rawValue: UInt32(truncatingIfNeeded: deadline)))
            case 6:
                deadlines[slot] = nil
                wheel.cancel(slot)
            case 7:
                now += UInt64(Self.distance(&chance) >> 8)  // Time passes and nobody looks.
            default:
                now += UInt64(Self.distance(&chance) >> 4)
                while let fired = wheel.nextExpired(at: Tick(rawValue: UInt32(truncatingIfNeeded: now))) {
                    let deadline = deadlines.removeValue(forKey: fired)
                    #expect(deadline.map { $0 <= now } == true, "never early, and never twice")
                }
                #expect(deadlines.values.allSatisfy { $0 > now }, "never late")
            }
            #expect(wheel.scheduledCount == deadlines.count)
            expectWake(of: wheel, now: now, earliest: deadlines.values.min())
        }
    }

    private func expectWake(of wheel: borrowing TimerWheel, now: UInt64, earliest: UInt64?) {
        let next = wheel.nextDeadline(now: now << Tick.nanosecondsShift)
        guard let earliest else { return #expect(next == nil) }
        #expect(next.map { $0 <= max(earliest, now) << Tick.nanosecondsShift } == true)
    }
}
