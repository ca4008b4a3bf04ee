// What a backslash and the character behind it mean.

enum ExpressionEscape {
    /// Reads the escape at `place`, and moves behind it.
    static func parse(_ pattern: [UInt8], _ place: inout Int, inClass: Bool) throws(ExpressionFault) -> ByteSet {
        let start = place
        guard place + 1 < pattern.count else {
            throw ExpressionFault(offset: start, problem: "a backslash ends the expression; one itself is written \\\\")
        }
        let byte = pattern[place + 1]
        place += 2
        switch byte {
        case UInt8(ascii: "d"): return .digits
        case UInt8(ascii: "D"): return ByteSet.digits.inverted
        case UInt8(ascii: "w"): return .wordBytes
        case UInt8(ascii: "W"): return ByteSet.wordBytes.inverted
        case UInt8(ascii: "s"): return .blanks
        case UInt8(ascii: "S"): return ByteSet.blanks.inverted
        case UInt8(ascii: "t"): return ByteSet(0x09)
        case UInt8(ascii: "n"): return ByteSet(0x0a)
        case UInt8(ascii: "f"): return ByteSet(0x0c)
        case UInt8(ascii: "r"): return ByteSet(0x0d)
        case UInt8(ascii: "x"):
            guard place + 1 < pattern.count, let high = digit(pattern[place]), let low = digit(pattern[place + 1]) else {
                throw ExpressionFault(offset: start, problem: "\\x takes two hexadecimal digits, as in \\x2f")
            }
            place += 2
            return ByteSet(high << 4 | low)
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "A")...UInt8(ascii: "Z"):
            throw ExpressionFault(offset: start, problem: problem(byte, inClass: inClass))
        case 0x80...:
            throw ExpressionFault(offset: start, problem: "a character beyond ASCII needs no backslash")
        default: return ByteSet(byte)
        }
    }

    private static func problem(_ byte: UInt8, inClass: Bool) -> String {
        let escape = "\\" + String(UnicodeScalar(byte))
        switch byte {
        case UInt8(ascii: "1")...UInt8(ascii: "9"), UInt8(ascii: "k"), UInt8(ascii: "g"):
            return "back references (\(escape)) would need backtracking, which has no bound"
        case UInt8(ascii: "b") where !inClass, UInt8(ascii: "B") where !inClass:
            return "word boundaries (\(escape)) are not understood; name what stands beside, as in (^|/)"
        case UInt8(ascii: "A"): return "\\A is written ^ here"
        case UInt8(ascii: "z"), UInt8(ascii: "Z"): return "\(escape) is written $ here"
        default:
            return
                "\(escape) is not understood; \\d \\w \\s \\D \\W \\S \\t \\n \\f \\r and \\x2f are, and \\ before punctuation"
        }
    }

    private static func digit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
