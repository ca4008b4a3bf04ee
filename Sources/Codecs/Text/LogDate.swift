// Dates as logs write them. Knows the spelling alone.

extension CivilTime {
    /// `20/Nov/2026:12:00:00`: 20 bytes.
    func writeLogDate(into output: inout OutputSpan<UInt8>) {
        DecimalText.write(UInt64(day), digitsMin: 2, into: &output)
        output.put(UInt8(ascii: "/"))
        output.put(monthName)
        output.put(UInt8(ascii: "/"))
        DecimalText.write(UInt64(year), digitsMin: 4, into: &output)
        output.put(UInt8(ascii: ":"))
        writeTimeOfDay(into: &output)
    }

    /// `2026-11-20T12:00:00`: 19 bytes.
    func writeISODate(into output: inout OutputSpan<UInt8>) {
        DecimalText.write(UInt64(year), digitsMin: 4, into: &output)
        output.put(UInt8(ascii: "-"))
        DecimalText.write(UInt64(month), digitsMin: 2, into: &output)
        output.put(UInt8(ascii: "-"))
        DecimalText.write(UInt64(day), digitsMin: 2, into: &output)
        output.put(UInt8(ascii: "T"))
        writeTimeOfDay(into: &output)
    }

    /// `12:00:00`.
    func writeTimeOfDay(into output: inout OutputSpan<UInt8>) {
        DecimalText.write(UInt64(hour), digitsMin: 2, into: &output)
        output.put(UInt8(ascii: ":"))
        DecimalText.write(UInt64(minute), digitsMin: 2, into: &output)
        output.put(UInt8(ascii: ":"))
        DecimalText.write(UInt64(second), digitsMin: 2, into: &output)
    }
}
