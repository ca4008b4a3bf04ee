// Tests of timers that must not fire, or not yet: one that is held up for longer than they allow has seen nothing of
// what it is about. It begins anew, with more time.
// Knows how long things took. Knows nothing of what was done.

import CLinux

/// One attempt at such a test.
struct Attempt {
    /// How much longer everything takes than at first.
    private let scale: UInt64
    private let isLast: Bool

    private static let countMax = 6

    /// Thrown where something took longer than it may have.
    private struct HeldUp: Error {}

    /// Runs `body` until it was in time; each attempt has twice the time of the one before. The last is judged as it is.
    static func untilInTime(_ body: (Attempt) throws -> Void) throws {
        for number in 0..<countMax {
            let isLast = number == countMax - 1
            do { return try body(Attempt(scale: 1 << UInt64(number), isLast: isLast)) } catch is HeldUp { continue }
        }
    }

    /// What is `milliseconds` in the first attempt.
    func time(_ milliseconds: UInt64) -> UInt64 { milliseconds * scale }

    /// Does what has to be done in less than `milliseconds`: where it took longer, whatever came of it says nothing, be it
    /// an error.
    func within<Value>(
        _ milliseconds: UInt64, since begin: UInt64 = swivel_monotonic_ns(), _ body: () throws -> Value
    ) throws -> Value {
        let result = Result { try body() }
        try expect(milliseconds, since: begin)
        return try result.get()
    }

    /// Less than `milliseconds` have passed since `begin`, on the monotonic clock.
    func expect(_ milliseconds: UInt64, since begin: UInt64) throws {
        try expect(milliseconds, of: swivel_monotonic_ns() - begin)
    }

    func expect(_ milliseconds: UInt64, of nanoseconds: UInt64) throws {
        if !isLast, nanoseconds >= milliseconds * 1_000_000 { throw HeldUp() }
    }
}
