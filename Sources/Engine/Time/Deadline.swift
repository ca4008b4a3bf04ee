// Coarse time: what a timer wheel counts in.

/// A point in coarse time: monotonic nanoseconds shifted right, so that a reading is one shift.
/// One tick is 2^23 ns, 8.4 ms; 32 bits of them last 416 days after the machine's start, and
/// comparisons survive the wrap.
struct Tick: Equatable, BitwiseCopyable {
    var rawValue: UInt32

    static let nanosecondsShift: UInt64 = 23

    init(rawValue: UInt32) { self.rawValue = rawValue }

    init(nanoseconds: UInt64) { rawValue = UInt32(truncatingIfNeeded: nanoseconds >> Self.nanosecondsShift) }

    /// The first tick at which at least `milliseconds` have passed since `self`.
    func after(milliseconds: UInt64) -> Tick {
        Tick(rawValue: rawValue &+ Tick.count(milliseconds: milliseconds))
    }

    /// Ticks that cover `milliseconds`: rounded up and one more, as the present tick has begun.
    /// Bounded by 2^30 (104 days), so that a sum never passes for the past.
    static func count(milliseconds: UInt64) -> UInt32 {
        let bounded = min(milliseconds, 9_000_000_000)
        let ticks = (bounded * 1_000_000) >> nanosecondsShift
        return UInt32(truncatingIfNeeded: min(ticks + 2, 1 << 30))
    }

    /// Ticks from `earlier` to `self`; negative where `self` lies before it.
    func since(_ earlier: Tick) -> Int32 { Int32(bitPattern: rawValue &- earlier.rawValue) }

    func hasPassed(at now: Tick) -> Bool { now.since(self) >= 0 }
}
