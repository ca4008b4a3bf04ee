// Requests by key: bursts, the rate, how long a refused one has to wait, and threads that share a table.

import Config
import Synchronization
import Testing

@testable import Engine

@Suite("Rates by key")
struct RateLimitsTests {
    private static let second: UInt64 = 1_000_000_000

    private func withLimits(_ count: Int, _ milliseconds: UInt64, burst: Int, _ body: (RateLimits) -> Void) {
        let limits = RateLimits(Rate(count: count, periodMilliseconds: milliseconds), burst: burst, seed: 5)
        defer { limits.destroy() }
        body(limits)
    }

    @Test(
        "a burst at once, then one in each interval, and a refused one is told how long it is to the next",
        arguments: [(1, 1_000, 1), (10, 1_000, 10), (10, 1_000, 1), (5, 1_000, 50), (100, 60_000, 3)] as [(Int, UInt64, Int)])
    func burst(count: Int, milliseconds: UInt64, burst: Int) {
        withLimits(count, milliseconds, burst: burst) { limits in
            let interval = milliseconds * 1_000_000 / UInt64(count)
            var now = 50 * Self.second
            for _ in 0..<burst { #expect(limits.admit(key: 1, at: now) == 0) }
            #expect(limits.admit(key: 1, at: now) == interval)
            #expect(limits.admit(key: 1, at: now + interval / 4) == interval - interval / 4)
            #expect(limits.admit(key: 1, at: now + interval - 1) == 1)
            for _ in 0..<5 {
                now += interval
                #expect(limits.admit(key: 1, at: now) == 0)
                #expect(limits.admit(key: 1, at: now) == interval)
            }
            now += interval * UInt64(burst)
            for _ in 0..<burst { #expect(limits.admit(key: 1, at: now) == 0) }
            #expect(limits.admit(key: 1, at: now) == interval)
        }
    }

    @Test("what is admitted after waiting as long as was said is admitted, and not a nanosecond before")
    func waiting() {
        withLimits(7, 1_000, burst: 3) { limits in
            var chance = Seeded(11)
            var now = Self.second
            for _ in 0..<2_000 {
                let wait = limits.admit(key: 9, at: now)
                if wait > 0 {
                    #expect(limits.admit(key: 9, at: now + wait - 1) == 1)
                    #expect(limits.admit(key: 9, at: now + wait) == 0)
                    now += wait
                }
                now += UInt64.random(in: 0...300_000_000, using: &chance)
            }
        }
    }

    @Test("keys have buckets of their own, but for the few that meet")
    func keys() {
        withLimits(1, 1_000, burst: 1) { limits in
            let refused = (0..<10_000 as Range<UInt64>).filter { limits.admit(key: $0 &* 0x9e37_79b9_7f4a_7c15, at: 0) > 0 }
                .count
            // One in 26 meets an earlier one at the end, half of that in the mean.
            #expect((100...300).contains(refused), "\(refused) of 10,000")
        }
    }

    @Test("which keys meet hangs on the seed, and on all bits of the key")
    func seeds() {
        func refused(_ seed: UInt64, shift: UInt64) -> Set<UInt64> {
            let limits = RateLimits(Rate(count: 1, periodMilliseconds: 1_000), burst: 1, seed: seed)
            defer { limits.destroy() }
            return Set((0..<20_000 as Range<UInt64>).filter { limits.admit(key: $0 << shift, at: 0) > 0 })
        }
        let first = refused(1, shift: 0)
        #expect(first == refused(1, shift: 0))
        #expect(first.intersection(refused(2, shift: 0)).count < first.count / 4)
        #expect((400...1_200).contains(refused(1, shift: 48).count))
    }

    @Test("the largest burst of the slowest rate is no trap")
    func extremes() {
        withLimits(1, 86_400_000, burst: 1_000_000) { limits in
            for _ in 0..<1_000 { #expect(limits.admit(key: 1, at: Self.second) == 0) }
        }
        withLimits(1_000_000, 1, burst: 1) { limits in
            #expect(limits.admit(key: 1, at: 5) == 0 && limits.admit(key: 1, at: 5) == 1 && limits.admit(key: 1, at: 6) == 0)
        }
    }

    @Test("four threads never pass a rate, and come near it")
    func threads() {
        withLimits(1_000, 1_000, burst: 500) { limits in
            let admitted = Atomic<Int>(0)
            onThreads(4) { _ in
                for step in 0..<20_000 as Range<UInt64> where limits.admit(key: 3, at: Self.second + step * 100_000) == 0 {
                    admitted.wrappingAdd(1, ordering: .relaxed)
                }
            }
            // Two seconds' worth beyond the burst.
            #expect((2_400...2_500).contains(admitted.load(ordering: .relaxed)))
        }
    }
}

@Suite("Paced admission")
struct PacedAdmissionTests {
    private static let second: UInt64 = 1_000_000_000

    private func withPace(_ count: Int, _ body: (PacedAdmission) -> Void) {
        let pace = PacedAdmission(Rate(count: count, periodMilliseconds: 1_000))
        defer { pace.destroy() }
        body(pace)
    }

    @Test("the first goes at once, the others evenly, in the order in which they asked")
    func even() {
        withPace(100) { pace in
            let now = 5 * Self.second
            for number in 0..<1_000 as Range<UInt64> {
                #expect(pace.reserve(at: now + number, patience: 60 * Self.second) == now + number * 10_000_000)
            }
        }
    }

    @Test("one that would wait too long takes no moment from those who are patient")
    func patience() {
        withPace(10) { pace in
            let now = Self.second
            #expect(pace.reserve(at: now, patience: 0) == now)
            #expect(pace.reserve(at: now, patience: 99_999_999) == nil)
            #expect(pace.reserve(at: now, patience: 0) == nil)
            #expect(pace.reserve(at: now, patience: 100_000_000) == now + 100_000_000)
            #expect(pace.reserve(at: now, patience: .max) == now + 200_000_000)
        }
    }

    @Test("after a pause no crowd goes at once")
    func pause() {
        withPace(10) { pace in
            _ = pace.reserve(at: Self.second, patience: 0)
            let later = 100 * Self.second
            #expect(pace.reserve(at: later, patience: Self.second) == later)
            #expect(pace.reserve(at: later, patience: Self.second) == later + 100_000_000)
        }
    }

    @Test("four threads get a moment each, an interval apart, none left out")
    func threads() {
        withPace(1_000) { pace in
            let moments = Mutex<[UInt64]>([])
            onThreads(4) { _ in
                var own: [UInt64] = []
                for _ in 0..<2_000 { own.append(pace.reserve(at: Self.second, patience: .max)!) }
                #expect(own == own.sorted())
                moments.withLock { $0 += own }
            }
            let all = moments.withLock { $0.sorted() }
            #expect(all == (0..<8_000).map { Self.second + $0 * 1_000_000 })
        }
    }
}
