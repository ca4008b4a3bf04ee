// When a look for work before sleeping is worth its time.

import Testing

@testable import Engine

@Suite("Spinning")
struct SpinningTests {
    @Test("a fresh shard does not spin")
    func fresh() {
        #expect(!Spinning(limitNanoseconds: 50_000).isWorthwhile)
    }

    @Test("a sleep shorter than the limit makes a look worthwhile, one as long does not", arguments: [49_999, 50_000] as [UInt64])
    func slept(nanoseconds: UInt64) {
        var spinning = Spinning(limitNanoseconds: 50_000)
        spinning.slept(nanoseconds: nanoseconds)
        #expect(spinning.isWorthwhile == (nanoseconds < 50_000))
    }

    @Test("a look that found work is worth repeating, one in vain is not")
    func looked() {
        var spinning = Spinning(limitNanoseconds: 50_000)
        spinning.looked(foundWork: true)
        #expect(spinning.isWorthwhile)
        spinning.looked(foundWork: false)
        #expect(!spinning.isWorthwhile)
    }

    @Test("a long sleep ends spinning")
    func idle() {
        var spinning = Spinning(limitNanoseconds: 50_000)
        spinning.slept(nanoseconds: 1)
        spinning.slept(nanoseconds: 1_000_000)
        #expect(!spinning.isWorthwhile)
    }

    @Test("a limit of 0 never spins, however short the sleep")
    func off() {
        var spinning = Spinning(limitNanoseconds: 0)
        spinning.slept(nanoseconds: 0)
        #expect(!spinning.isWorthwhile)
    }
}
