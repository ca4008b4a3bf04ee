// The kinds of values that options take: how each is read, how it is written back, what is refused.
// Knows values. Knows nothing of the options that take them.

/// A kind of value: reading what `text` wrote gives the value back.
struct ValueKind<Value: Sendable>: Sendable {
    let parse: @Sendable (String) throws(ValueFault) -> Value
    let text: @Sendable (Value) -> String?
}

extension ValueKind where Value == Int {
    /// A whole number within bounds, both allowed.
    static func whole(_ range: ClosedRange<Int>) -> ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in try number(text, within: range) },
            text: { String($0) })
    }

    /// A power of two within bounds, both allowed.
    static func powerOfTwo(_ range: ClosedRange<Int>) -> ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                let number = try number(text, within: range)
                guard number.nonzeroBitCount == 1 else {
                    let below = 1 << (Int.bitWidth - 1 - number.leadingZeroBitCount)
                    throw ValueFault("\(number) is no power of two", remedy: "write \(below) or \(below * 2)")
                }
                return number
            },
            text: { String($0) })
    }

    /// A size within bounds, both allowed.
    static func bytes(_ range: ClosedRange<UInt64>) -> ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                let bytes = try Units.bytes(text)
                guard range.contains(bytes) else {
                    throw outOfBounds(
                        text, lower: Units.text(bytes: range.lowerBound), upper: Units.text(bytes: range.upperBound))
                }
                return Int(bytes)
            },
            text: { Units.text(bytes: UInt64($0)) })
    }

    private static func number(_ text: String, within range: ClosedRange<Int>) throws(ValueFault) -> Int {
        let bounds = (lower: String(range.lowerBound), upper: String(range.upperBound))
        guard let number = Int(text), text.utf8.first != UInt8(ascii: "+") else {
            // Digits alone that are no Int are a number all the same, and a very large one.
            if text.isDigits { throw outOfBounds(text, lower: bounds.lower, upper: bounds.upper) }
            let remedy = "write a number from \(bounds.lower) to \(bounds.upper)"
            throw ValueFault("\(Quoted.text(text)) is no whole number", remedy: remedy)
        }
        guard range.contains(number) else { throw outOfBounds(text, lower: bounds.lower, upper: bounds.upper) }
        return number
    }
}

extension ValueKind where Value == Bool {
    /// What is said by its name alone: there is nothing to read.
    static var flag: ValueKind {
        ValueKind(parse: { (_) throws(ValueFault) in true }, text: { $0 ? "" : nil })
    }
}

extension ValueKind where Value == UInt64 {
    /// A duration in milliseconds within bounds, both allowed.
    static func milliseconds(_ range: ClosedRange<UInt64>) -> ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                let milliseconds = try Units.milliseconds(text)
                guard range.contains(milliseconds) else {
                    throw outOfBounds(
                        text, lower: Units.text(microseconds: range.lowerBound * 1_000),
                        upper: Units.text(microseconds: range.upperBound * 1_000))
                }
                return milliseconds
            },
            text: { Units.text(microseconds: $0 * 1_000) })
    }
}

extension ValueKind {
    /// A value, or a word that stands for none; without a word, nothing can be written for none.
    static func optional<Wrapped>(
        _ kind: ValueKind<Wrapped>, none word: String?
    ) -> ValueKind where Value == Wrapped? {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                if let word, text == word { return nil }
                do throws(ValueFault) {
                    return try kind.parse(text)
                } catch {
                    guard let word else { throw error }
                    // A question is about one word, and needs no other.
                    let isQuestion = error.remedy.hasSuffix("?")
                    throw ValueFault(error.problem, remedy: isQuestion ? error.remedy : "\(error.remedy), or \(word)")
                }
            },
            text: { value in value.map { kind.text($0) } ?? word })
    }

    /// A value of `kind`, where a number of zero stands for none.
    static func zeroIsNone(_ kind: ValueKind<Int>) -> ValueKind where Value == Int? {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                let number = try kind.parse(text)
                return number == 0 ? nil : number
            },
            text: { value in value.flatMap { kind.text($0) } })
    }

    /// One of the words of an enumeration, or another spelling of one.
    ///
    /// - Parameters:
    ///   - values: those that can be written.
    ///   - aliases: other spellings; they and the words are compared without case, `_` and `-`.
    static func choice(
        among values: [Value] = Array(Value.allCases), aliases: [String: Value] = [:]
    ) -> ValueKind where Value: RawRepresentable & CaseIterable, Value.RawValue == String {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                let words = values.map(\.rawValue)
                let wanted = folded(text)
                if let value = values.first(where: { folded($0.rawValue) == wanted }) { return value }
                if let alias = aliases.first(where: { folded($0.key) == wanted }) { return alias.value }
                let remedy = "write \(alternatives(words))"
                throw ValueFault(
                    "\(Quoted.text(text)) is not known here",
                    remedy: DidYouMean.question(for: text, among: words) ?? remedy)
            },
            text: { $0.rawValue })
    }

    static func outOfBounds(_ text: String, lower: String, upper: String) -> ValueFault {
        ValueFault("\(Quoted.word(text)) is out of bounds", remedy: "write \(lower) to \(upper)")
    }

    /// Without case, `_` and `-`.
    static func folded(_ word: String) -> String {
        String(word.lowercased().filter { $0 != "_" && $0 != "-" })
    }

    static func alternatives(_ words: [String]) -> String {
        guard words.count > 1, let last = words.last else { return words.first ?? "" }
        return "\(words.dropLast().joined(separator: ", ")) or \(last)"
    }
}
