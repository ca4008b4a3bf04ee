// What stands between brackets: bytes, ranges of them, classes that have an escape, or all but those.

struct ExpressionClass {
    private let pattern: [UInt8]
    private let open: Int
    private let ignoresCase: Bool
    /// Behind the closing bracket, once that has been read.
    private(set) var place: Int

    /// - Parameter open: the place of the opening bracket.
    init(_ pattern: [UInt8], at open: Int, ignoresCase: Bool) {
        self.pattern = pattern
        self.open = open
        self.ignoresCase = ignoresCase
        place = open + 1
    }

    mutating func parse() throws(ExpressionFault) -> ByteSet {
        var set = ByteSet()
        let isNegated = isAt(UInt8(ascii: "^"), place)
        if isNegated { place += 1 }
        let first = place
        // A bracket that comes first stands for itself.
        while !isAt(UInt8(ascii: "]"), place) || place == first {
            guard place < pattern.count else {
                throw ExpressionFault(offset: open, problem: "this [ is not closed; a bracket itself is written \\[")
            }
            set = set.union(try element())
        }
        place += 1
        if ignoresCase { set = set.folded }
        return isNegated ? set.inverted : set
    }

    private func isAt(_ byte: UInt8, _ place: Int) -> Bool { place < pattern.count && pattern[place] == byte }

    private mutating func element() throws(ExpressionFault) -> ByteSet {
        let start = place
        let left = try bytes()
        // A dash that comes first or last stands for itself.
        guard isAt(UInt8(ascii: "-"), place), place + 1 < pattern.count, pattern[place + 1] != UInt8(ascii: "]") else {
            return left
        }
        place += 1
        let right = try bytes()
        guard let low = left.only, let high = right.only else {
            throw ExpressionFault(
                offset: start, problem: "a range goes from one character to another; a dash itself is written \\-")
        }
        guard low <= high else { throw ExpressionFault(offset: start, problem: "a range goes upwards, as in a-z") }
        return ByteSet(low...high)
    }

    /// One character, or the class that an escape stands for.
    private mutating func bytes() throws(ExpressionFault) -> ByteSet {
        let byte = pattern[place]
        if byte == UInt8(ascii: "\\") { return try ExpressionEscape.parse(pattern, &place, inClass: true) }
        guard byte < 0x80 else {
            throw ExpressionFault(
                offset: place,
                problem: "a class takes single bytes, and this character is several; write (?:x|y) instead of [xy]")
        }
        if byte == UInt8(ascii: "["),
            [UInt8(ascii: ":"), UInt8(ascii: "."), UInt8(ascii: "=")].contains(where: { isAt($0, place + 1) })
        {
            throw ExpressionFault(
                offset: place, problem: "classes like [:alpha:] are not understood; write a-zA-Z, \\d, \\w or \\s")
        }
        place += 1
        return ByteSet(byte)
    }
}

extension ByteSet {
    /// The one byte of a set that has one.
    fileprivate var only: UInt8? {
        var only: UInt8?
        for byte in 0...255 as ClosedRange<UInt8> where contains(byte) {
            guard only == nil else { return nil }
            only = byte
        }
        return only
    }
}
