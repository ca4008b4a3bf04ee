// IPv6 addresses as people write them: every form of RFC 4291 is read, the one of RFC 5952 written.
// Knows the 128 bits alone: brackets, ports and zones belong to AddressText.

/// Reads and writes IPv6 addresses without brackets, port or zone.
public enum IPv6Text {
    /// The two halves of an address in host byte order.
    public struct Halves: Equatable, Sendable {
        public var high: UInt64
        public var low: UInt64

        public init(high: UInt64, low: UInt64) {
            self.high = high
            self.low = low
        }
    }

    /// Reads a whole address.
    ///
    /// - Returns: its halves, or `nil` where the bytes are in none of the three forms: eight groups,
    ///   `::` for one or more groups of zeros, a dotted quad in the place of the last two groups.
    /// - SeeAlso: RFC 4291 section 2.2.
    public static func parse(_ bytes: Span<UInt8>) -> Halves? {
        var groups = InlineArray<8, UInt16>(repeating: 0)
        var groupCount = 0
        var gap: Int?
        var index = 0
        if startsGap(bytes, at: 0) {
            gap = 0
            index = 2
        }
        while index < bytes.count {
            let end = groupEnd(in: bytes, from: index)
            if end == bytes.count, let quad = IPv4Text.parse(bytes.extracting(index..<end)) {
                guard groupCount <= 6 else { return nil }
                groups[groupCount] = UInt16(quad >> 16)
                groups[groupCount + 1] = UInt16(quad & 0xffff)
                groupCount += 2
                break
            }
            guard groupCount < 8, let group = group(bytes.extracting(index..<end)) else { return nil }
            groups[groupCount] = group
            groupCount += 1
            if end == bytes.count { break }
            if startsGap(bytes, at: end) {
                guard gap == nil else { return nil }
                gap = groupCount
                index = end + 2
            } else {
                index = end + 1
                guard index < bytes.count else { return nil }
            }
        }
        guard gap == nil ? groupCount == 8 : groupCount < 8 else { return nil }
        return halves(of: groups, groupCount: groupCount, gap: gap ?? groupCount)
    }

    /// Writes an address in lower case, without leading zeros, its longest run of two or more zero
    /// groups (the first of equals) as `::`, and an IPv4-mapped one with its dotted quad. At most 39
    /// bytes.
    ///
    /// - SeeAlso: RFC 5952 sections 4 and 5.
    public static func write(high: UInt64, low: UInt64, into output: inout OutputSpan<UInt8>) {
        if high == 0, low >> 32 == 0xffff {
            output.put("::ffff:")
            IPv4Text.write(UInt32(truncatingIfNeeded: low), into: &output)
            return
        }
        let run = longestZeroRun(high: high, low: low)
        var index = 0
        while index < 8 {
            if run.count > 1, index == run.start {
                output.put("::")
                index += run.count
                continue
            }
            if index > 0, run.count < 2 || index != run.start + run.count { output.put(UInt8(ascii: ":")) }
            writeHexadecimal(group(index, high: high, low: low), into: &output)
            index += 1
        }
    }

    private static func startsGap(_ bytes: Span<UInt8>, at index: Int) -> Bool {
        index + 1 < bytes.count && bytes[index] == UInt8(ascii: ":") && bytes[index + 1] == UInt8(ascii: ":")
    }

    private static func groupEnd(in bytes: Span<UInt8>, from start: Int) -> Int {
        var end = start
        while end < bytes.count, bytes[end] != UInt8(ascii: ":") { end += 1 }
        return end
    }

    /// One to four hexadecimal digits.
    private static func group(_ bytes: Span<UInt8>) -> UInt16? {
        guard (1...4).contains(bytes.count) else { return nil }
        var value: UInt16 = 0
        for index in bytes.indices {
            guard let digit = hexadecimalValue(bytes[index]) else { return nil }
            value = value << 4 | digit
        }
        return value
    }

    private static func hexadecimalValue(_ byte: UInt8) -> UInt16? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt16(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt16(byte - UInt8(ascii: "a") + 10)
        case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt16(byte - UInt8(ascii: "A") + 10)
        default: nil
        }
    }

    /// Spreads the groups read over the eight there are: zeros stand where the gap is.
    private static func halves(of groups: InlineArray<8, UInt16>, groupCount: Int, gap: Int) -> Halves {
        var halves = Halves(high: 0, low: 0)
        for index in 0..<groupCount {
            let place = index < gap ? index : index + 8 - groupCount
            let value = UInt64(groups[index]) << UInt64((3 - place % 4) * 16)
            if place < 4 { halves.high |= value } else { halves.low |= value }
        }
        return halves
    }

    private static func group(_ index: Int, high: UInt64, low: UInt64) -> UInt16 {
        UInt16(truncatingIfNeeded: (index < 4 ? high : low) >> UInt64((3 - index % 4) * 16))
    }

    private static func longestZeroRun(high: UInt64, low: UInt64) -> (start: Int, count: Int) {
        var longest = (start: 0, count: 0)
        var current = (start: 0, count: 0)
        for index in 0..<8 {
            guard group(index, high: high, low: low) == 0 else {
                current = (index + 1, 0)
                continue
            }
            current.count += 1
            if current.count > longest.count { longest = current }
        }
        return longest
    }

    private static func writeHexadecimal(_ group: UInt16, into output: inout OutputSpan<UInt8>) {
        var isLeading = true
        for place in 0..<4 {
            let digit = UInt8(group >> UInt16(12 - place * 4) & 0xf)
            if digit == 0, isLeading, place < 3 { continue }
            isLeading = false
            output.put(digit < 10 ? UInt8(ascii: "0") + digit : UInt8(ascii: "a") + digit - 10)
        }
    }
}
