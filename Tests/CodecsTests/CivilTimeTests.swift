// Dates from seconds, measured against the C library's.

import Codecs
import Glibc
import Testing

@Suite("civil time")
struct CivilTimeTests {
    @Test(
        "knows the turns of the calendar",
        arguments: [
            (0, "1970-1-1 0:0:0"), (-1, "1969-12-31 23:59:59"), (951_782_399, "2000-2-28 23:59:59"),
            (951_782_400, "2000-2-29 0:0:0"), (951_868_800, "2000-3-1 0:0:0"), (1_709_164_800, "2024-2-29 0:0:0"),
            (1_740_787_199, "2025-2-28 23:59:59"), (1_740_787_200, "2025-3-1 0:0:0"), (4_107_542_400, "2100-3-1 0:0:0"),
            (4_107_542_399, "2100-2-28 23:59:59"), (1_798_761_599, "2026-12-31 23:59:59"),
            (1_798_761_600, "2027-1-1 0:0:0"), (2_147_483_648, "2038-1-19 3:14:8"),
        ] as [(Int64, String)])
    func turns(seconds: Int64, expected: String) {
        #expect(text(CivilTime(unixSeconds: seconds, offsetSeconds: 0)) == expected)
    }

    @Test(
        "an offset moves the date",
        arguments: [(3600, "1970-1-1 1:0:0"), (-3600, "1969-12-31 23:0:0"), (20_700, "1970-1-1 5:45:0")])
    func offset(offsetSeconds: Int, expected: String) {
        #expect(text(CivilTime(unixSeconds: 0, offsetSeconds: offsetSeconds)) == expected)
    }

    @Test("a clock gone wrong is a wrong date and no more", arguments: [Int64.min, .max])
    func clamped(seconds: Int64) {
        for offsetSeconds in [Int.min, 0, .max] {
            let time = CivilTime(unixSeconds: seconds, offsetSeconds: offsetSeconds)
            #expect((1...9999).contains(time.year))
            #expect((1...12).contains(time.month) && (1...31).contains(time.day))
        }
    }

    @Test("agrees with gmtime on every kind of day", arguments: [UInt64](1...4))
    func agreesWithSystem(seed: UInt64) {
        var generator = SeededGenerator(seed: seed)
        for _ in 0..<10_000 {
            let seconds = Int64.random(in: -62_135_510_400...253_402_214_399, using: &generator)
            var moment = time_t(seconds)
            var fields = tm()
            gmtime_r(&moment, &fields)
            let expected =
                "\(fields.tm_year + 1900)-\(fields.tm_mon + 1)-\(fields.tm_mday) \(fields.tm_hour):\(fields.tm_min):\(fields.tm_sec)"
            #expect(text(CivilTime(unixSeconds: seconds, offsetSeconds: 0)) == expected)
        }
    }

    private func text(_ time: CivilTime) -> String {
        "\(time.year)-\(time.month)-\(time.day) \(time.hour):\(time.minute):\(time.second)"
    }
}
