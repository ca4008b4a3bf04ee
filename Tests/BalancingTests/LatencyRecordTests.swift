// The record of latencies: peaks at once, fades by time, and is one word.

import Glibc
import Testing

@testable import Balancing

@Suite("Latency records")
struct LatencyRecordTests {
    private static let halfLife = UInt32(LatencyRecord.halfLifeTicks)

    private func record(_ milliseconds: UInt64, tick: UInt32 = 0) -> LatencyRecord {
        LatencyRecord.unmeasured.observed(latencyNanoseconds: milliseconds * 1_000_000, tick: tick)
    }

    @Test("fading halves each half-life, to a tenth of a per cent, and stops after thirty")
    func fading() {
        #expect(LatencyRecord.faded(0) == 1)
        for age in stride(from: UInt32(0), to: 29 * Self.halfLife, by: 97) {
            let exact = exp2(-Double(age) / Double(LatencyRecord.halfLifeTicks))
            #expect(abs(Double(LatencyRecord.faded(age)) / exact - 1) < 0.001, "at \(age)")
        }
        let floor = LatencyRecord.faded(31 * Self.halfLife)
        #expect(floor > 0 && floor == LatencyRecord.faded(.max))
    }

    @Test("a higher latency is the record at once, a lower one hardly counts at once")
    func peak() {
        let peaked = record(10).observed(latencyNanoseconds: 100_000_000, tick: 1)
        #expect(peaked.nanoseconds == 1e8)
        let after = peaked.observed(latencyNanoseconds: 10_000_000, tick: 11)
        #expect(after.nanoseconds < 1e8 && after.nanoseconds > 0.99e8)
    }

    @Test("lower latencies pull it down by half each half-life, however many there are", arguments: [1, 8, 596])
    func average(count: UInt32) {
        var record = record(110)
        for number in 1...count {
            record = record.observed(latencyNanoseconds: 10_000_000, tick: Self.halfLife / count * number)
        }
        #expect(abs(record.nanoseconds / 60e6 - 1) < 0.002, "half-way between 110 and 10 ms: \(record.nanoseconds)")
    }

    @Test("within a tick only a peak changes the record")
    func withinTick() {
        let before = record(10, tick: 5)
        #expect(before.observed(latencyNanoseconds: 9_000_000, tick: 5) == before)
        #expect(before.observed(latencyNanoseconds: 11_000_000, tick: 5) != before)
    }

    @Test("while nothing is measured the expectation fades; with requests out to an eighth at most")
    func expectation() {
        let record = record(80)
        #expect(record.expectedNanoseconds(tick: 0, inFlight: 0) == 8e7)
        #expect(abs(record.expectedNanoseconds(tick: 4 * Self.halfLife, inFlight: 0) - 5e6) < 1e4)
        #expect(record.expectedNanoseconds(tick: 4 * Self.halfLife, inFlight: 1) == 1e7)
        #expect(record.nanoseconds == 8e7, "looking changes nothing")
    }

    @Test("an unmeasured server is the best without requests out, the worst with one")
    func unmeasured() {
        let slowest = record(.max >> 20)
        #expect(LatencyRecord.unmeasured.expectedNanoseconds(tick: 9, inFlight: 0) == 0)
        #expect(LatencyRecord.unmeasured.expectedNanoseconds(tick: 9, inFlight: 1) > slowest.nanoseconds)
    }

    @Test("a failure counts as a second, then doubles up to sixteen, and never lowers the record")
    func failure() {
        var record = record(10)
        let seconds = (0..<6).map { _ in
            record = record.failed(tick: 0)
            return record.nanoseconds / 1e9
        }
        #expect(seconds == [1, 2, 4, 8, 16, 16])
        #expect(self.record(20_000).failed(tick: 0).nanoseconds == 20e9)
        #expect(LatencyRecord.unmeasured.failed(tick: 3).isMeasured)
    }

    @Test("an observation of a shard whose clock is behind counts as of now, and ticks may wrap")
    func clocks() {
        let ahead = record(10, tick: 100)
        #expect(ahead.observed(latencyNanoseconds: 1, tick: 99) == ahead)
        #expect(ahead.expectedNanoseconds(tick: 90, inFlight: 0) == 1e7)
        let behind = ahead.observed(latencyNanoseconds: 20_000_000, tick: 90)
        #expect(behind.expectedNanoseconds(tick: 100, inFlight: 0) == 2e7, "a peak does not turn the time back")
        let wrapping = record(10, tick: .max)
        #expect(abs(wrapping.expectedNanoseconds(tick: Self.halfLife - 1, inFlight: 0) - 5e6) < 1e4)
    }

    @Test("a latency of nothing is still a measurement, and the longest is a number")
    func extremes() {
        #expect(LatencyRecord.unmeasured.observed(latencyNanoseconds: 0, tick: 0).isMeasured)
        #expect(LatencyRecord.unmeasured.observed(latencyNanoseconds: .max, tick: .max).nanoseconds == 1e12)
    }
}
