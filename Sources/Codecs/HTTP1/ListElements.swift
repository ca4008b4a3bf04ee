// The elements of a comma-separated value, one after another.
// Knows commas and the white space around elements. Quoted strings have no meaning here: no list that is read
// so may hold one.

/// - SeeAlso: RFC 9110 section 5.6.1. Empty elements are passed over, as it asks of recipients.
struct ListElements {
    private var index: Int
    private let end: Int

    init(_ value: Range<Int>) {
        index = value.lowerBound
        end = value.upperBound
    }

    /// The next element, which is not empty and neither begins nor ends with white space.
    mutating func next(in bytes: Span<UInt8>) -> Range<Int>? {
        while index < end, bytes[index] == Octet.comma || Octet.isBlank(bytes[index]) { index += 1 }
        guard index < end else { return nil }
        let start = index
        while index < end, bytes[index] != Octet.comma { index += 1 }
        var last = index
        while Octet.isBlank(bytes[last - 1]) { last -= 1 }
        return start..<last
    }
}
