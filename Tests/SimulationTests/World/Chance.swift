// The one source of randomness of a simulated run: everything that could go one way or another asks here.

/// A seeded sequence (SplitMix64). The same seed and the same questions give the same answers.
struct Chance {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x2545_f491_4f6c_dd1d &+ 0x1234_5678_9abc_def1 }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// 0 up to, not including, `bound`.
    mutating func below(_ bound: Int) -> Int {
        bound <= 1 ? 0 : Int(truncatingIfNeeded: next() % UInt64(truncatingIfNeeded: bound))
    }

    mutating func within(_ range: ClosedRange<Int>) -> Int {
        range.lowerBound + below(range.upperBound - range.lowerBound + 1)
    }

    mutating func within(_ range: ClosedRange<UInt64>) -> UInt64 {
        range.lowerBound == range.upperBound ? range.lowerBound : range.lowerBound + next() % (range.upperBound - range.lowerBound + 1)
    }

    /// True `perMille` times of a thousand.
    mutating func happens(_ perMille: Int) -> Bool { perMille > 0 && below(1000) < perMille }

    /// How many of `count` (at least 1) an operation takes that may be partial: one, nearly all, or any number.
    mutating func part(of count: Int) -> Int {
        switch below(4) {
        case 0: 1
        case 1: max(1, count - 1)
        default: 1 + below(count)
        }
    }

    mutating func one<Choice>(of choices: [Choice]) -> Choice { choices[below(choices.count)] }
}
