// Dates of the Date field.

import Codecs
import Testing

@Suite("date field")
struct DateFieldTests {
    @Test(
        "writes IMF-fixdate",
        arguments: [
            (784_111_777, "Sun, 06 Nov 1994 08:49:37 GMT"), (0, "Thu, 01 Jan 1970 00:00:00 GMT"),
            (-1, "Wed, 31 Dec 1969 23:59:59 GMT"), (1_795_240_800, "Sat, 21 Nov 2026 06:00:00 GMT"),
            (951_782_400, "Tue, 29 Feb 2000 00:00:00 GMT"), (1_709_251_199, "Thu, 29 Feb 2024 23:59:59 GMT"),
            (4_107_542_400, "Mon, 01 Mar 2100 00:00:00 GMT"), (2_147_483_648, "Tue, 19 Jan 2038 03:14:08 GMT"),
        ] as [(Int64, String)])
    func dates(seconds: Int64, expected: String) {
        #expect(written(room: DateField.byteCount) { DateField.write(unixSeconds: seconds, into: $0) } == expected)
    }

    @Test("every day of a cycle of the calendar has the weekday after the one before, and each month its name")
    func cycle() {
        let days = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"]
        var months: Set<Substring> = []
        for day in 0..<146_097 as Range<Int64> {
            let time = CivilTime(unixSeconds: day * 86_400, offsetSeconds: 0)
            #expect(time.weekday == Int((day + 4) % 7))
            if day % 28 == 0 {
                let text = written(room: 29) { DateField.write(unixSeconds: day * 86_400, into: $0) }
                #expect(text.prefix(3) == days[time.weekday])
                months.insert(text.dropFirst(8).prefix(3))
            }
        }
        #expect(months.count == 12)
    }

    @Test("every moment has 29 bytes, and too little room cuts them")
    func bounds() {
        for seconds in [Int64.min, .max] {
            #expect(written(room: 64) { DateField.write(unixSeconds: seconds, into: $0) }.utf8.count == DateField.byteCount)
        }
        #expect(written(room: 7) { DateField.write(unixSeconds: 0, into: $0) } == "Thu, 01")
    }
}
