// One source file as the tidy tests see it.

/// Its text, and what stands in it besides comments and strings.
struct SourceFile {
    let path: String
    let text: String

    var lines: [Substring] { text.split(separator: "\n", omittingEmptySubsequences: false) }

    /// The modules it imports.
    var imports: [String] {
        lines.compactMap { line in
            let words = line.split(separator: " ")
            guard let place = words.firstIndex(of: "import"), place <= 2, words.count > place + 1 else { return nil }
            guard words[..<place].allSatisfy({ ["public", "internal", "private", "@testable", "package"].contains($0) }) else { return nil }
            return String(words[place + 1])
        }
    }

    /// Its words: runs of letters, digits and underscores outside comments and string literals, with their lines.
    var words: [(word: Substring, line: Int)] {
        var found: [(Substring, Int)] = []
        for (number, line) in lines.enumerated() {
            for part in SourceFile.code(of: line).split(whereSeparator: { !($0.isLetter || $0.isNumber || $0 == "_") }) {
                found.append((part, number + 1))
            }
        }
        return found
    }

    /// The types that it declares at any depth; `extension` declares none.
    var declaredTypes: [String] {
        let words = words.map(\.word)
        return words.indices.dropLast().compactMap { place in
            guard ["struct", "class", "enum", "protocol", "actor"].contains(words[place]) else { return nil }
            let name = words[place + 1]
            return name.first?.isUppercase == true ? String(name) : nil
        }
    }

    /// A line without its comment and with its string literals emptied.
    private static func code(of line: Substring) -> Substring {
        var code = ""
        var isString = false
        var previous: Character = " "
        for character in line {
            if character == "\"", previous != "\\" {
                isString.toggle()
            } else if !isString {
                if character == "/", previous == "/" {
                    code.removeLast()
                    break
                }
                code.append(character)
            }
            previous = character
        }
        return code[...]
    }
}
