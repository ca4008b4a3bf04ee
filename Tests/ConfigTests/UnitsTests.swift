// Durations and sizes, both ways.

import Testing

@testable import Config

@Suite("units")
struct UnitsTests {
    @Test(
        "reads durations",
        arguments: [
            ("0", 0), ("0s", 0), ("1us", 1), ("1ms", 1_000), ("1s", 1_000_000), ("1m", 60_000_000),
            ("1h", 3_600_000_000), ("30s", 30_000_000), ("007s", 7_000_000), ("18446744073709551615us", .max),
            ("5124095576h", 18_446_744_073_600_000_000),
        ] as [(String, UInt64)])
    func durations(text: String, microseconds: UInt64) throws {
        #expect(try Units.microseconds(text) == microseconds)
    }

    @Test(
        "refuses what is no duration",
        arguments: [
            ("", "is no duration"), ("s", "is no duration"), ("-1s", "is no duration"), ("+1s", "is no duration"),
            ("30", "30 has no unit"), ("1.5s", "has a fraction"), ("1,5s", "has a fraction"), ("1 s", "is no unit"),
            ("1S", "is no unit"), ("1d", "is no unit"), ("30sec", "is no unit"), ("1h30m", "is no unit"),
            ("18446744073709551616us", "is too large"), ("5124095577h", "is too large"), ("٣s", "is no duration"),
        ])
    func noDuration(text: String, problem: String) {
        let fault = #expect(throws: ValueFault.self) { try Units.microseconds(text) }
        #expect(fault?.problem.contains(problem) == true)
    }

    @Test("says which unit a bare number lacks")
    func bareNumber() {
        let expected = ValueFault("30 has no unit", remedy: "write 30s for seconds, 30ms for milliseconds")
        #expect(throws: expected) { try Units.microseconds("30") }
    }

    @Test(
        "milliseconds are whole", arguments: [("1000us", 1), ("2ms", 2), ("1s", 1_000), ("0", 0)] as [(String, UInt64)])
    func milliseconds(text: String, expected: UInt64) throws {
        #expect(try Units.milliseconds(text) == expected)
    }

    @Test("parts of a millisecond are refused", arguments: [("999us", "write 1ms"), ("1001us", "write 2ms")])
    func parts(text: String, remedy: String) {
        let fault = #expect(throws: ValueFault.self) { try Units.milliseconds(text) }
        #expect(fault?.remedy == remedy)
    }

    @Test(
        "reads sizes",
        arguments: [
            ("0", 0), ("1", 1), ("4k", 4_096), ("4K", 4_096), ("1m", 1_048_576), ("2M", 2_097_152),
            ("1g", 1_073_741_824), ("1G", 1_073_741_824), ("17179869183g", 18_446_744_072_635_809_792),
        ] as [(String, UInt64)])
    func sizes(text: String, bytes: UInt64) throws {
        #expect(try Units.bytes(text) == bytes)
    }

    @Test(
        "refuses what is no size",
        arguments: ["", "k", "-1k", "1.5k", "4kb", "4KiB", "1t", "4 k", "17179869184g", "18446744073709551616"])
    func noSize(text: String) {
        #expect(throws: ValueFault.self) { try Units.bytes(text) }
    }

    @Test(
        "writes the largest unit that says it exactly",
        arguments: [
            (0, "0"), (1, "1us"), (1_500, "1500us"), (2_000, "2ms"), (1_000_000, "1s"), (90_000_000, "90s"),
            (60_000_000, "1m"), (3_600_000_000, "1h"), (5_400_000_000, "90m"),
        ] as [(UInt64, String)])
    func durationText(microseconds: UInt64, text: String) throws {
        #expect(Units.text(microseconds: microseconds) == text)
        #expect(try Units.microseconds(text) == microseconds)
    }

    @Test(
        "writes the largest unit of size that says it exactly",
        arguments: [
            (0, "0"), (1, "1"), (1_023, "1023"), (1_024, "1k"), (1_536, "1536"), (1 << 20, "1m"), (3 << 30, "3g"),
        ] as [(UInt64, String)]
    )
    func sizeText(bytes: UInt64, text: String) throws {
        #expect(Units.text(bytes: bytes) == text)
        #expect(try Units.bytes(text) == bytes)
    }
}
