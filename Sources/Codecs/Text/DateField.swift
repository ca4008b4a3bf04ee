// The value of a Date field. Knows its spelling. Knows nothing of clocks: who caches it asks once a second.

/// Writes IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`.
///
/// - SeeAlso: RFC 9110 section 5.6.7.
public enum DateField {
    /// Every date has as many.
    public static let byteCount = 29

    /// Writes the date of so many seconds since 1970; years outside 1 to 9999 as the nearest (`CivilTime`).
    public static func write(unixSeconds: Int64, into output: inout OutputSpan<UInt8>) {
        let time = CivilTime(unixSeconds: unixSeconds, offsetSeconds: 0)
        output.put(dayName(time.weekday))
        output.put(", ")
        DecimalText.write(UInt64(time.day), digitsMin: 2, into: &output)
        output.put(UInt8(ascii: " "))
        output.put(time.monthName)
        output.put(UInt8(ascii: " "))
        DecimalText.write(UInt64(time.year), digitsMin: 4, into: &output)
        output.put(UInt8(ascii: " "))
        time.writeTimeOfDay(into: &output)
        output.put(" GMT")
    }

    /// Writes the date to the start of a buffer.
    ///
    /// - Returns: the bytes written, `byteCount` where there is room for them.
    public static func write(unixSeconds: Int64, into buffer: UnsafeMutableRawBufferPointer) -> Int {
        unsafe buffer.filled { output in write(unixSeconds: unixSeconds, into: &output) }
    }

    private static func dayName(_ weekday: Int) -> StaticString {
        switch weekday {
        case 0: "Sun"
        case 1: "Mon"
        case 2: "Tue"
        case 3: "Wed"
        case 4: "Thu"
        case 5: "Fri"
        default: "Sat"
        }
    }
}
