// The value of `--header-up` and `--header-down`: `Name: value`, `+Name: value`, `-Name`.
// Knows how it is spelled, and which fields are not an operator's to change.

/// Which way a field goes.
enum FieldDirection: Sendable {
    case up, down
}

extension ValueKind where Value == FieldChange {
    /// The longest value that is set, as it is written.
    static let fieldValueBytesMax = 4_096

    static func fieldChange(_ direction: FieldDirection) -> ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in try fieldChange(of: text, direction) },
            text: { change in
                switch change.kind {
                case .set: "\(change.name): \(change.value.text)"
                case .add: "+\(change.name): \(change.value.text)"
                case .remove: "-\(change.name)"
                }
            })
    }

    private static func fieldChange(of text: String, _ direction: FieldDirection) throws(ValueFault) -> FieldChange {
        guard text.utf8.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }) else {
            throw ValueFault("\(Quoted.text(text)) holds a control character", remedy: "write a value without one")
        }
        let kind: FieldChange.Kind = text.hasPrefix("-") ? .remove : text.hasPrefix("+") ? .add : .set
        let body = kind == .set ? text[...] : text.dropFirst()
        guard let colon = body.firstIndex(of: ":") else {
            let name = String(body)
            guard kind == .remove else {
                let remedy = FieldText.isToken(name) ? "write '\(name): VALUE', or '-\(name)' to remove it" : example
                throw ValueFault("\(Quoted.text(text)) has no value", remedy: remedy)
            }
            try judge(name, kind, direction)
            return FieldChange(.remove, name: name)
        }
        let name = String(body[..<colon])
        try judge(name, kind, direction)
        guard kind != .remove else {
            throw ValueFault("\(Quoted.text(text)) removes a field and gives it a value", remedy: "write '-\(name)'")
        }
        let value = body[body.index(after: colon)...].trimmed
        guard !value.isEmpty else {
            throw ValueFault("\(Quoted.text(text)) has no value", remedy: "write '\(name): VALUE', or '-\(name)' to remove it")
        }
        guard value.utf8.count <= fieldValueBytesMax else {
            let problem = "a value of \(value.utf8.count) bytes is too long"
            throw ValueFault(problem, remedy: "write at most \(fieldValueBytesMax)")
        }
        return FieldChange(kind, name: name, value: try TextTemplate.parse(String(value)))
    }

    private static var example: String { "write 'X-Name: VALUE', '+X-Name: VALUE' or '-X-Name'" }

    private static func judge(
        _ name: String, _ kind: FieldChange.Kind, _ direction: FieldDirection
    ) throws(ValueFault) {
        guard FieldText.isToken(name), name.utf8.count <= RequestKey.nameBytesMax else {
            throw ValueFault("\(Quoted.text(name)) is no name of a field", remedy: example)
        }
        let remedy = "leave it out"
        switch (name.lowercased(), direction, kind) {
        case ("host", .up, .set):
            return
        case ("host", .up, .add), ("host", .up, .remove):
            throw ValueFault("a request has one Host", remedy: "write 'Host: VALUE' to set it")
        case ("host", .down, _):
            throw ValueFault("Host is no field of responses", remedy: "write --header-up 'Host: VALUE'")
        case (let known, _, _):
            guard !FieldText.isOfHTTPItself(known), !known.hasPrefix("sec-websocket-") else {
                throw ValueFault("\(name) is a field that HTTP itself needs", remedy: remedy)
            }
        }
    }
}

extension Substring {
    /// Without blanks and tabs at its ends.
    var trimmed: Substring {
        let isBlank: (Character) -> Bool = { $0 == " " || $0 == "\t" }
        return drop(while: isBlank).suffixTrimmed(isBlank)
    }

    private func suffixTrimmed(_ isBlank: (Character) -> Bool) -> Substring {
        guard let last = lastIndex(where: { !isBlank($0) }) else { return "" }
        return self[...last]
    }
}
