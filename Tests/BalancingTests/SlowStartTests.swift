// How a server is led up to its weight.

import Testing

@testable import Balancing

@Suite("Slow start")
struct SlowStartTests {
    @Test(
        "the share grows evenly from one hundredth to the whole",
        arguments: [(0, 1), (1, 1), (299, 1), (600, 2), (15_000, 50), (29_999, 99), (30_000, 100), (90_000, 100)]
            as [(UInt64, UInt32)])
    func share(upMilliseconds: UInt64, percent: UInt32) {
        #expect(SlowStart.percent(upMilliseconds: upMilliseconds, durationMilliseconds: 30_000) == percent)
    }

    @Test("without a duration a server has its full weight at once", arguments: [0, 1, UInt64.max])
    func off(upMilliseconds: UInt64) {
        #expect(SlowStart.percent(upMilliseconds: upMilliseconds, durationMilliseconds: 0) == 100)
    }

    @Test(
        "the share never falls and stays within its bounds, for any duration",
        arguments: [1, 7, 99, 100, 101, 30_000, .max] as [UInt64])
    func monotone(duration: UInt64) {
        var before: UInt32 = 1
        for step in 0...1_000 as ClosedRange<UInt64> {
            let up = duration / 1_000 * step + duration % 1_000 * step / 1_000
            let percent = SlowStart.percent(upMilliseconds: up, durationMilliseconds: duration)
            #expect(percent >= before && percent <= 100)
            before = percent
        }
        #expect(before == 100)
    }
}
