// A set of bytes, as one place of an expression takes them.

struct ByteSet: Hashable {
    private var words: SIMD4<UInt64> = .zero

    static let digits = ByteSet(UInt8(ascii: "0")...UInt8(ascii: "9"))
    /// `\w`.
    static let wordBytes = digits.union(ByteSet(UInt8(ascii: "a")...UInt8(ascii: "z")))
        .union(ByteSet(UInt8(ascii: "A")...UInt8(ascii: "Z"))).union(ByteSet(UInt8(ascii: "_")))
    /// `\s`: blank, and the bytes from tabulator to carriage return.
    static let blanks = ByteSet(0x20).union(ByteSet(0x09...0x0d))
    /// `.`
    static let notLineFeed = ByteSet(0x0a).inverted

    init() {}

    init(_ byte: UInt8) { insert(byte) }

    init(_ range: ClosedRange<UInt8>) {
        for byte in range { insert(byte) }
    }

    func contains(_ byte: UInt8) -> Bool { words[Int(byte >> 6)] & 1 << UInt64(byte & 63) != 0 }

    mutating func insert(_ byte: UInt8) { words[Int(byte >> 6)] |= 1 << UInt64(byte & 63) }

    func union(_ other: ByteSet) -> ByteSet { with(words | other.words) }

    var inverted: ByteSet { with(~words) }

    /// With the other case of each letter of ASCII.
    var folded: ByteSet {
        var folded = self
        for letter in UInt8(ascii: "a")...UInt8(ascii: "z") where contains(letter) || contains(letter - 32) {
            folded.insert(letter)
            folded.insert(letter - 32)
        }
        return folded
    }

    private func with(_ words: SIMD4<UInt64>) -> ByteSet {
        var set = ByteSet()
        set.words = words
        return set
    }
}
