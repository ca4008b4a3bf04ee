// Words on lines of a page. Knows columns. Knows nothing of what the words say.

/// Breaks text into lines.
enum TextWrap {
    /// Text broken at blanks, every line indented and ended.
    ///
    /// - Parameters:
    ///   - hanging: the indent of every line but the first, where it is another.
    ///   - keepsBlanks: whether blanks at the beginning stay (an option without a letter).
    static func wrap(
        _ text: String, indent: Int, hanging: Int? = nil, keepsBlanks: Bool = false
    ) -> String {
        let leading = keepsBlanks ? text.prefix { $0 == " " }.count : 0
        let words = text.split(separator: " ").map(String.init)
        return wrap(words, indent: indent + leading, hanging: hanging ?? indent)
    }

    /// Words that stay whole, whatever blanks they hold.
    ///
    /// - Parameter continuation: what every line but the last ends with.
    static func wrap(_ words: [String], indent: Int, hanging: Int, continuation: String = "") -> String {
        var lines: [String] = []
        var line = spaces(indent)
        var isEmpty = true
        for word in words {
            if !isEmpty, line.count + 1 + word.count + continuation.count > Help.columnCount {
                lines.append(line)
                line = spaces(hanging)
                isEmpty = true
            }
            line += (isEmpty ? "" : " ") + word
            isEmpty = false
        }
        lines.append(line)
        return lines.joined(separator: continuation + "\n") + "\n"
    }

    /// A term, and what it means in a column beside it, or below where the term is too long.
    static func definition(_ term: String, _ text: String, indent: Int, textColumn: Int) -> String {
        let body = wrap(text, indent: textColumn)
        let head = spaces(indent) + term
        guard head.count < textColumn else { return head + "\n" + body }
        return head + body.dropFirst(head.count)
    }

    private static func spaces(_ count: Int) -> String {
        String(repeating: " ", count: count)
    }
}
