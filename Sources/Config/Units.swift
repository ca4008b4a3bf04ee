// Durations and sizes as operators write them.
// Knows units. Knows nothing of what is measured.

/// Reads and writes numbers with units.
enum Units {
    /// Reads a duration: a whole number with `us`, `ms`, `s`, `m` or `h`. Zero alone needs no unit:
    /// a bare number is milliseconds to HAProxy and seconds to nginx and gunicorn.
    static func microseconds(_ text: String) throws(ValueFault) -> UInt64 {
        let (number, unit) = try split(text, what: "duration", example: "30s")
        if unit.isEmpty {
            guard number == 0 else {
                let remedy = "write \(number)s for seconds, \(number)ms for milliseconds"
                throw ValueFault("\(number) has no unit", remedy: remedy)
            }
            return 0
        }
        guard let scale = durationScales.first(where: { $0.unit == unit })?.microseconds else {
            let remedy = unit.hasPrefix("d") ? "write hours: 24h for a day" : "write us, ms, s, m or h"
            throw ValueFault("\(Quoted.text(unit)) is no unit of time", remedy: remedy)
        }
        return try multiply(number, by: scale, text: text)
    }

    /// Reads a duration in whole milliseconds.
    static func milliseconds(_ text: String) throws(ValueFault) -> UInt64 {
        let microseconds = try microseconds(text)
        guard microseconds.isMultiple(of: 1_000) else {
            let remedy = "write \(microseconds / 1_000 + 1)ms"
            throw ValueFault("\(text) is no whole number of milliseconds", remedy: remedy)
        }
        return microseconds / 1_000
    }

    /// Reads a size in bytes: a whole number, alone or with `k`, `m` or `g` (powers of 1,024).
    static func bytes(_ text: String) throws(ValueFault) -> UInt64 {
        let (number, unit) = try split(text, what: "size", example: "4k")
        switch unit {
        case "": return number
        case "k", "K": return try multiply(number, by: 1 << 10, text: text)
        case "m", "M": return try multiply(number, by: 1 << 20, text: text)
        case "g", "G": return try multiply(number, by: 1 << 30, text: text)
        default:
            let remedy = "write k, m or g (powers of 1,024), or bytes without a unit"
            throw ValueFault("\(Quoted.text(unit)) is no unit of size", remedy: remedy)
        }
    }

    /// Writes a duration in the largest unit that says it exactly.
    static func text(microseconds: UInt64) -> String {
        for (unit, scale) in durationScales where microseconds >= scale && microseconds.isMultiple(of: scale) {
            return "\(microseconds / scale)\(unit)"
        }
        return "0"
    }

    /// Writes a size in the largest unit that says it exactly.
    static func text(bytes: UInt64) -> String {
        for (unit, shift) in [("g", 30), ("m", 20), ("k", 10)] as [(String, UInt64)] {
            if bytes >= 1 << shift, bytes.isMultiple(of: 1 << shift) { return "\(bytes >> shift)\(unit)" }
        }
        return "\(bytes)"
    }

    /// Largest first, so that the first that divides is the one to write.
    private static let durationScales: [(unit: String, microseconds: UInt64)] = [
        ("h", 3_600_000_000), ("m", 60_000_000), ("s", 1_000_000), ("ms", 1_000), ("us", 1),
    ]

    /// The digits that a text begins with, and what follows them.
    private static func split(
        _ text: String, what: String, example: String
    ) throws(ValueFault) -> (number: UInt64, unit: String) {
        let digits = text.utf8.prefix(while: \.isDigit)
        guard !digits.isEmpty else {
            let remedy = "write a whole number and its unit: \(example)"
            throw ValueFault("\(Quoted.text(text)) is no \(what)", remedy: remedy)
        }
        let unit = String(decoding: text.utf8.dropFirst(digits.count), as: UTF8.self)
        guard !unit.hasPrefix("."), !unit.hasPrefix(",") else {
            throw ValueFault("\(Quoted.text(text)) has a fraction", remedy: "write a whole number of a smaller unit")
        }
        guard let number = UInt64(String(decoding: digits, as: UTF8.self)) else {
            throw ValueFault("\(Quoted.text(text)) is too large", remedy: "write a smaller number")
        }
        return (number, unit)
    }

    private static func multiply(_ number: UInt64, by scale: UInt64, text: String) throws(ValueFault) -> UInt64 {
        let (product, overflow) = number.multipliedReportingOverflow(by: scale)
        guard !overflow else {
            throw ValueFault("\(Quoted.text(text)) is too large", remedy: "write a smaller number")
        }
        return product
    }
}
