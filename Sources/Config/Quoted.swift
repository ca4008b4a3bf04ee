// What an operator wrote, shown back in a message: on one line, and without power over the terminal.

/// Quotes text for messages.
enum Quoted {
    /// The longest text that is shown whole.
    static let charactersMax = 80

    /// The text in double quotes, control characters escaped, and cut where it is long.
    static func text(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars.prefix(charactersMax) {
            quoted += isHarmless(scalar) ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
        }
        return quoted + (text.unicodeScalars.count > charactersMax ? "...\"" : "\"")
    }

    /// A flag, verb or key as it was typed: bare where it is made of plain letters, else quoted.
    static func word(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") }
        return isPlain && !text.isEmpty && text.utf8.count <= charactersMax ? text : self.text(text)
    }

    /// Whether a terminal shows it and does nothing else.
    static func isHarmless(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .unassigned: false
        default: true
        }
    }
}
