// A text with variables as it is written: `https://$host$request_uri`, `$$` for a dollar.
// Knows variables by name. Knows nothing of their values.

extension TextTemplate {
    /// Reads a text; every `$` begins a variable or is doubled.
    static func parse(_ text: String) throws(ValueFault) -> TextTemplate {
        var template = TextTemplate()
        var literal = ""
        var rest = text[...]
        while let dollar = rest.firstIndex(of: "$") {
            literal += rest[..<dollar]
            rest = rest[rest.index(after: dollar)...]
            if rest.first == "$" {
                literal += "$"
                rest = rest.dropFirst()
                continue
            }
            let name = rest.prefix { $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_") }
            let variable = try variable(String(name), before: rest.dropFirst(name.count))
            if !literal.isEmpty { template.pieces.append(.text(literal)) }
            literal = ""
            template.pieces.append(.variable(variable))
            rest = rest.dropFirst(name.count)
        }
        literal += rest
        if !literal.isEmpty { template.pieces.append(.text(literal)) }
        return template
    }

    /// As it is written.
    var text: String {
        pieces.map { piece in
            switch piece {
            case .text(let text): text.replacing("$", with: "$$")
            case .variable(let variable): "$\(variable.rawValue)"
            }
        }.joined()
    }

    private static func variable(_ name: String, before rest: Substring) throws(ValueFault) -> Variable {
        if let variable = Variable(rawValue: name) { return variable }
        let names = Variable.allCases.map { "$\($0.rawValue)" }
        let all = "write \(ValueKind<Variable>.alternatives(names)), or $$ for a dollar"
        guard !name.isEmpty else {
            let written = rest.first == "{" ? rest.dropFirst().prefix { $0 != "}" } : ""
            if let variable = Variable(rawValue: String(written)) {
                throw ValueFault("a variable has no braces here", remedy: "write $\(variable.rawValue)")
            }
            throw ValueFault("a $ is not followed by the name of a variable", remedy: all)
        }
        let question = DidYouMean.question(for: "$\(name)", among: names)
        throw ValueFault("\(Quoted.text("$\(name)")) is no variable", remedy: PeerHabits.variables[name] ?? question ?? all)
    }
}
