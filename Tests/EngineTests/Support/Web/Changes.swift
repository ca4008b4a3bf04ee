// What operators change in heads, as a test writes it.

import Config

extension FieldChange {
    /// `Name: value` sets, `+Name: value` adds, `-Name` removes; `$name` in the value is a variable.
    static func read(_ text: String) -> FieldChange {
        if text.hasPrefix("-") { return FieldChange(.remove, name: String(text.dropFirst())) }
        let parts = text.split(separator: ": ", maxSplits: 1).map(String.init)
        let isAdded = parts[0].hasPrefix("+")
        return FieldChange(isAdded ? .add : .set, name: isAdded ? String(parts[0].dropFirst()) : parts[0], value: .read(parts[1]))
    }
}

extension TextTemplate {
    /// Variables are told from text by their names alone.
    static func read(_ text: String) -> TextTemplate {
        var pieces: [Piece] = []
        for (index, part) in text.split(separator: "$", omittingEmptySubsequences: false).enumerated() {
            let named = Variable.allCases.filter { part.hasPrefix($0.rawValue) }.max { $0.rawValue.count < $1.rawValue.count }
            guard index > 0, let named else {
                if !part.isEmpty { pieces.append(.text(String(part))) }
                continue
            }
            pieces.append(.variable(named))
            let rest = part.dropFirst(named.rawValue.count)
            if !rest.isEmpty { pieces.append(.text(String(rest))) }
        }
        return TextTemplate(pieces: pieces)
    }
}

extension Rewriting {
    init(up: String..., down: [String] = [], strip: String? = nil, add: String? = nil) {
        self.init()
        requestFields = up.map { .read($0) }
        responseFields = down.map { .read($0) }
        (stripPrefix, addPrefix) = (strip, add)
    }
}

extension Route {
    /// A route for what `condition` sets.
    static func when(_ target: Target, _ rewriting: Rewriting = Rewriting(), _ condition: (inout RouteConditions) -> Void = { _ in }) -> Route {
        var conditions = RouteConditions()
        condition(&conditions)
        var route = Route(text: "of a test", conditions: conditions, target: target)
        route.rewriting = rewriting
        return route
    }
}
