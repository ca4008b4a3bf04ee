// The timer wheel: one deadline a slot, fired when it has passed and not before.

import Testing

@testable import Engine

@Suite("The timer wheel")
struct TimerWheelTests {
    static let tickNanoseconds: UInt64 = 1 << Tick.nanosecondsShift

    /// Everything that is due at `tick`, in slot order.
    private func expired(_ wheel: inout TimerWheel, at tick: UInt32) -> [UInt32] {
        var slots: [UInt32] = []
        while let slot = wheel.nextExpired(at: Tick(rawValue: tick)) { slots.append(slot) }
        return slots.sorted()
    }

    /// Distances around every wheel's reach: 64, 64^2, 64^3 and 64^4 ticks.
    static let distances: [UInt32] = [
        0, 1, 2, 62, 63, 64, 65, 127, 128, 4_031, 4_032, 4_095, 4_096, 4_097, 262_143, 262_144, 262_145, 16_777_215,
        16_777_216, 16_777_217, 50_000_000, 1 << 30,
    ]
    /// Starts in the middle, at the edges of wheels, and before the wrap.
    static let starts: [UInt32] = [0, 1, 63, 64, 4_095, 262_143, 16_777_215, .max - 70, .max]

    @Test("a deadline fires at its tick and not one before", arguments: starts, distances)
    func exact(start: UInt32, distance: UInt32) {
        var wheel = TimerWheel(capacity: 1, now: Tick(rawValue: start))
        wheel.schedule(0, at: Tick(rawValue: start &+ distance))
        if distance > 0 { #expect(expired(&wheel, at: start &+ distance &- 1).isEmpty) }
        #expect(expired(&wheel, at: start &+ distance) == [0])
        #expect(wheel.scheduledCount == 0)
    }

    @Test("a deadline that has passed fires at once", arguments: [1, 100, 1 << 20] as [UInt32])
    func past(distance: UInt32) {
        var wheel = TimerWheel(capacity: 1, now: Tick(rawValue: 1 << 24))
        wheel.schedule(0, at: Tick(rawValue: 1 << 24 - distance))
        #expect(expired(&wheel, at: 1 << 24) == [0])
    }

    @Test("a cancelled deadline never fires")
    func cancel() {
        var wheel = TimerWheel(capacity: 2, now: Tick(rawValue: 0))
        wheel.schedule(0, at: Tick(rawValue: 10))
        wheel.schedule(1, at: Tick(rawValue: 10))
        wheel.cancel(0)
        #expect(expired(&wheel, at: 1_000) == [1])
    }

    @Test("cancelling what is not scheduled does nothing")
    func cancelNothing() {
        var wheel = TimerWheel(capacity: 2, now: Tick(rawValue: 0))
        wheel.cancel(1)
        wheel.schedule(0, at: Tick(rawValue: 1))
        wheel.cancel(1)
        #expect(wheel.scheduledCount == 1)
        #expect(expired(&wheel, at: 1) == [0])
    }

    @Test("a deadline that was moved fires once, at its new tick", arguments: [(10, 5_000), (5_000, 10), (70, 70)] as [(UInt32, UInt32)])
    func move(from: UInt32, to: UInt32) {
        var wheel = TimerWheel(capacity: 1, now: Tick(rawValue: 0))
        wheel.schedule(0, at: Tick(rawValue: from))
        wheel.schedule(0, at: Tick(rawValue: to))
        #expect(wheel.scheduledCount == 1)
        #expect(expired(&wheel, at: to - 1).isEmpty)
        #expect(expired(&wheel, at: to) == [0])
        #expect(expired(&wheel, at: 100_000).isEmpty)
    }

    @Test("slots with one deadline all fire, and each once")
    func together() {
        var wheel = TimerWheel(capacity: 100, now: Tick(rawValue: 5))
        for slot in 0..<100 as Range<UInt32> { wheel.schedule(slot, at: Tick(rawValue: 4_200)) }
        #expect(expired(&wheel, at: 4_199).isEmpty)
        #expect(expired(&wheel, at: 4_200) == Array(0..<100))
        #expect(expired(&wheel, at: 9_000).isEmpty)
    }

    @Test("an expired slot can be scheduled anew while others of its tick wait")
    func reschedule() {
        var wheel = TimerWheel(capacity: 3, now: Tick(rawValue: 0))
        for slot in 0..<3 as Range<UInt32> { wheel.schedule(slot, at: Tick(rawValue: 10)) }
        var fired = 0
        while let slot = wheel.nextExpired(at: Tick(rawValue: 10)) {
            fired += 1
            wheel.schedule(slot, at: Tick(rawValue: 20))
        }
        #expect(fired == 3)
        #expect(expired(&wheel, at: 20) == [0, 1, 2])
    }

    @Test("without a deadline there is nothing to wake for")
    func noDeadline() {
        var wheel = TimerWheel(capacity: 1, now: Tick(rawValue: 0))
        #expect(wheel.nextDeadline(now: 0) == nil)
        wheel.schedule(0, at: Tick(rawValue: 9))
        wheel.cancel(0)
        #expect(wheel.nextDeadline(now: 0) == nil)
    }

    @Test("the next deadline is never later than the true one", arguments: starts, distances)
    func wakes(start: UInt32, distance: UInt32) throws {
        // The machine's clock carries more bits than a tick; its low ones are the tick's.
        let now = (7 << 32 | UInt64(start)) * Self.tickNanoseconds + 12_345
        var wheel = TimerWheel(capacity: 1, now: Tick(nanoseconds: now))
        wheel.schedule(0, at: Tick(rawValue: start &+ distance))
        let deadline = try required(wheel.nextDeadline(now: now))
        #expect(deadline <= (7 << 32 | UInt64(start)) * Self.tickNanoseconds + UInt64(distance) * Self.tickNanoseconds)
    }

    @Test("waking only at the next deadline fires on time, in a few wakes", arguments: starts, distances)
    func sleeping(start: UInt32, distance: UInt32) throws {
        var now = (7 << 32 | UInt64(start)) * Self.tickNanoseconds
        var wheel = TimerWheel(capacity: 1, now: Tick(nanoseconds: now))
        let due = now + UInt64(distance) * Self.tickNanoseconds
        wheel.schedule(0, at: Tick(nanoseconds: due))
        var wakes = 0
        while wheel.nextExpired(at: Tick(nanoseconds: now)) == nil {
            let next = try required(wheel.nextDeadline(now: now))
            try #require(next > now, "a wake that can do nothing would spin")
            now = next
            wakes += 1
            try #require(wakes < 200)
        }
        #expect(now == due)
    }
}
