// Bounds by address: what one address may take, met exactly, and never passed by any number of threads.

import Codecs
import Config
import Synchronization
import Testing

@testable import Engine

@Suite("Limits by address")
struct AddressLimitsTests {
    private static let home = HostAddress.ipv4(0x7f00_0001)
    private static let second: UInt64 = 1_000_000_000

    private func limits(_ connectionsMax: Int, _ rate: Rate? = nil, seed: UInt64 = 7) -> AddressLimits {
        AddressLimits(connectionsMax: connectionsMax, rate: rate, seed: seed)!
    }

    @Test("without a bound there is nothing to ask")
    func none() { #expect(AddressLimits(connectionsMax: 0, rate: nil, seed: 1) == nil) }

    @Test("the last connection allowed is admitted, the next one is not, and one that ends makes room", arguments: [1, 2, 100])
    func connections(max: Int) {
        let limits = limits(max)
        defer { limits.destroy() }
        for _ in 0..<max { #expect(limits.admit(Self.home, at: 5) == .admitted) }
        for _ in 0..<3 { #expect(limits.admit(Self.home, at: 5) == .tooMany) }
        #expect(limits.placesTaken == max)
        limits.release(Self.home)
        #expect(limits.admit(Self.home, at: 5) == .admitted)
        #expect(limits.admit(Self.home, at: 5) == .tooMany)
        for _ in 0..<max { limits.release(Self.home) }
        #expect(limits.placesTaken == 0)
    }

    @Test("a place that is given back twice shows")
    func twice() {
        let limits = limits(2)
        defer { limits.destroy() }
        _ = limits.admit(Self.home, at: 0)
        limits.release(Self.home)
        limits.release(Self.home)
        #expect(limits.placesTaken == 1)
    }

    @Test("an IPv6 network of 64 bits is one address, and IPv4 in IPv6's spelling is IPv4")
    func spelling() {
        let limits = limits(1)
        defer { limits.destroy() }
        #expect(limits.admit(.ipv6(high: 0x2001_0db8_0000_0001, low: 1), at: 0) == .admitted)
        #expect(limits.admit(.ipv6(high: 0x2001_0db8_0000_0001, low: .max), at: 0) == .tooMany)
        #expect(limits.admit(.ipv6(high: 0x2001_0db8_0000_0002, low: 1), at: 0) == .admitted)
        #expect(limits.admit(Self.home, at: 0) == .admitted)
        #expect(limits.admit(.ipv6(high: 0, low: 0xffff_7f00_0001), at: 0) == .tooMany)
    }

    @Test(
        "so many come at once, then one in each interval, and after a pause as many as at first",
        arguments: [(1, 1_000), (5, 1_000), (10, 60_000), (1_000, 1_000)])
    func rate(count: Int, milliseconds: UInt64) {
        let limits = limits(0, Rate(count: count, periodMilliseconds: milliseconds))
        defer { limits.destroy() }
        let interval = milliseconds * 1_000_000 / UInt64(count)
        var now = 77 * Self.second
        for _ in 0..<count { #expect(limits.admit(Self.home, at: now) == .admitted) }
        #expect(limits.admit(Self.home, at: now) == .tooOften)
        for _ in 0..<20 {
            #expect(limits.admit(Self.home, at: now + interval - 1) == .tooOften)
            now += interval
            #expect(limits.admit(Self.home, at: now) == .admitted)
            #expect(limits.admit(Self.home, at: now) == .tooOften)
        }
        now += milliseconds * 1_000_000
        for _ in 0..<count { #expect(limits.admit(Self.home, at: now) == .admitted) }
        #expect(limits.admit(Self.home, at: now) == .tooOften)
    }

    @Test("in no stretch of time do more come than the burst and the rate allow")
    func rateOverTime() {
        let limits = limits(0, Rate(count: 7, periodMilliseconds: 1_000))
        defer { limits.destroy() }
        var random = ShardRandom(seed: 3)
        var now = Self.second
        var admitted: [UInt64] = []
        for _ in 0..<20_000 {
            now += random.next() % 60_000_000
            if limits.admit(Self.home, at: now) == .admitted { admitted.append(now) }
        }
        for first in stride(from: 0, to: admitted.count, by: 17) {
            for last in stride(from: first, to: min(first + 300, admitted.count), by: 5) {
                let allowed = 7 + (admitted[last] - admitted[first]) * 7 / Self.second
                #expect(UInt64(last - first + 1) <= allowed)
            }
        }
        // Ones that come evenly are not held back either.
        #expect(admitted.count > Int((now - Self.second) * 7 / Self.second) * 95 / 100)
    }

    @Test("what is refused for its rate keeps no place")
    func refusedForRate() {
        let limits = limits(10, Rate(count: 1, periodMilliseconds: 1_000))
        defer { limits.destroy() }
        #expect(limits.admit(Self.home, at: 9) == .admitted)
        for _ in 0..<20 { #expect(limits.admit(Self.home, at: 9) == .tooOften) }
        #expect(limits.placesTaken == 1)
    }

    @Test("addresses that meet in a cell only refuse more, and few meet")
    func collisions() {
        let limits = limits(3)
        defer { limits.destroy() }
        var refused = 0
        for number in 0..<10_000 as Range<UInt32> {
            var own = 0
            for _ in 0..<5 where limits.admit(.ipv4(number &* 0x9e37), at: 0) == .admitted { own += 1 }
            #expect(own <= 3)
            if own < 3 { refused += 1 }
        }
        // One in 26 meets an earlier one at the end, half of that in the mean.
        #expect((100...300).contains(refused), "\(refused) of 10,000")
    }

    @Test("which addresses meet hangs on the seed")
    func seeds() {
        func refused(_ seed: UInt64) -> [UInt32] {
            let limits = limits(1, seed: seed)
            defer { limits.destroy() }
            return (0..<20_000).filter { limits.admit(.ipv4($0), at: 0) == .tooMany }
        }
        let (first, second) = (refused(1), refused(2))
        #expect(first == refused(1))
        #expect(Set(first).intersection(second).count < first.count / 4)
    }

    @Test("four threads never pass a bound, and leave nothing behind")
    func threads() {
        let limits = limits(5)
        defer { limits.destroy() }
        let inside = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        let admitted = Atomic<Int>(0)
        onThreads(4) { _ in
            for _ in 0..<50_000 where limits.admit(Self.home, at: 0) == .admitted {
                let now = inside.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
                most.max(now, ordering: .relaxed)
                admitted.wrappingAdd(1, ordering: .relaxed)
                inside.wrappingSubtract(1, ordering: .sequentiallyConsistent)
                limits.release(Self.home)
            }
        }
        #expect(most.load(ordering: .relaxed) <= 5)
        #expect(admitted.load(ordering: .relaxed) > 0)
        #expect(limits.placesTaken == 0)
    }

    @Test("four threads never pass a rate")
    func threadsAndRate() {
        let limits = limits(0, Rate(count: 1_000, periodMilliseconds: 1_000))
        defer { limits.destroy() }
        let admitted = Atomic<Int>(0)
        onThreads(4) { _ in
            for step in 0..<20_000 as Range<UInt64> where limits.admit(Self.home, at: Self.second + step * 100_000) == .admitted {
                admitted.wrappingAdd(1, ordering: .relaxed)
            }
        }
        // Two seconds' worth beyond the burst.
        #expect((2_900...3_000).contains(admitted.load(ordering: .relaxed)))
    }
}
