// Coarse time: rounding that never fires early, and comparisons across the wrap.

import Testing

@testable import Engine

@Suite("A tick")
struct TickTests {
    private static let nanoseconds: UInt64 = 1 << Tick.nanosecondsShift

    @Test("a tick covers its nanoseconds and not the next one's", arguments: [0, 1, 1_000_000] as [UInt64])
    func edges(tick: UInt64) {
        let start = tick * Self.nanoseconds
        #expect(Tick(nanoseconds: start).rawValue == UInt32(tick))
        #expect(Tick(nanoseconds: start + Self.nanoseconds - 1).rawValue == UInt32(tick))
        #expect(Tick(nanoseconds: start + Self.nanoseconds).rawValue == UInt32(tick + 1))
    }

    @Test("a duration ends at the first tick at which it has passed, wherever in its tick it began", arguments: 1...5 as ClosedRange<UInt64>)
    func never(seed: UInt64) {
        var chance = Seeded(seed)
        for _ in 0..<2_000 {
            let now = UInt64.random(in: 0..<1 << 50, using: &chance)
            let milliseconds = UInt64.random(in: 0..<100_000, using: &chance)
            let due = now + milliseconds * 1_000_000
            let deadline = (now >> Tick.nanosecondsShift) + UInt64(Tick.count(milliseconds: milliseconds))
            let fires = deadline << Tick.nanosecondsShift
            #expect(fires >= due)
            #expect(fires <= due + 2 * Self.nanoseconds)
        }
    }

    @Test("durations are bounded at 2^30 ticks, so that a sum never passes for the past")
    func bound() {
        for milliseconds in [9_000_000_000, 9_000_000_001, UInt64.max] {
            #expect(Tick.count(milliseconds: milliseconds) <= 1 << 30)
            let now = Tick(rawValue: .max - 5)
            #expect(!now.after(milliseconds: milliseconds).hasPassed(at: now))
        }
        #expect(Tick.count(milliseconds: 8_000_000_000) < Tick.count(milliseconds: 9_000_000_000))
    }

    @Test("distances are right across the wrap")
    func wrap() {
        let before = Tick(rawValue: .max - 2)
        let after = Tick(rawValue: 7)
        #expect(after.since(before) == 10)
        #expect(before.since(after) == -10)
        #expect(before.hasPassed(at: after))
        #expect(!after.hasPassed(at: before))
    }

    @Test("a deadline has passed at its own tick, and not one before")
    func passed() {
        let deadline = Tick(rawValue: 100)
        #expect(!deadline.hasPassed(at: Tick(rawValue: 99)))
        #expect(deadline.hasPassed(at: Tick(rawValue: 100)))
        #expect(deadline.hasPassed(at: Tick(rawValue: 101)))
    }
}
