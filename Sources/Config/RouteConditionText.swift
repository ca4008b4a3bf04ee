// The conditions of a route, one word each: `host=*.a.com`, `path~=\.php$`, `header:X-V=2*`.
// Knows how they are spelled, and brings them into the form that they are compared in.

import Codecs

/// The conditions that were read so far.
struct RouteConditionText {
    private(set) var conditions = RouteConditions()
    /// Whether a `path=*` has made every path a good one.
    private var hasEveryPath = false

    /// What can be written, and what the manual says of it.
    static let rows: [(form: String, help: String)] = [
        ("host=NAME", "the host, without case, port and final dot; *.a.com is every host below a.com, at any depth"),
        ("path=/PATH", "the path, decoded and without // and dot segments; /api/* is /api and all below; * is every path"),
        ("path~=REGEX", "a regular expression, anywhere in that path; ^ and $ are its ends; it has no blanks"),
        ("method=NAME", "the method, in capitals"),
        (
            "header:NAME=VALUE",
            "a field, any one of several, letter for letter; VALUE* is one that begins so; header:NAME that there is one"
        ),
        ("query:NAME=VALUE", "the first such parameter of the query, letter for letter; query:NAME that there is one"),
        ("src=CIDR", "the network that the client's address is in"),
        ("upgrade=NAME", "the protocol that is asked for; a 101 makes a tunnel of it. websocket needs no route"),
    ]
    static let forms = rows.map(\.form)
    private static let keys = ["host", "path", "path~", "method", "header:NAME", "query:NAME", "src", "upgrade"]

    mutating func read(_ word: String) throws(ValueFault) {
        if word.hasPrefix("header:") { return try readHeader(String(word.dropFirst(7))) }
        if word.hasPrefix("query:") { return try readQuery(String(word.dropFirst(6))) }
        let key = String(word.prefix { $0 != "=" })
        let value = key.count < word.count ? String(word.dropFirst(key.count + 1)) : ""
        guard Self.keys.contains(key) else { throw Self.unknown(word, key: key) }
        guard !value.isEmpty else {
            let form = Self.forms.first { $0.hasPrefix("\(key)=") } ?? key
            throw ValueFault("\(key) has no value", remedy: "write \(form)")
        }
        switch key {
        case "host": add(try HostPattern.parse(value), to: \.hosts)
        case "path": try readPath(value)
        case "path~":
            try PathPattern.judge(expression: value)
            if !hasEveryPath { add(.expression(value), to: \.paths) }
        case "method": add(try Self.method(value), to: \.methods)
        case "src": add(try ValueKind<Network>.network.parse(value), to: \.sources)
        default: try readUpgrade(value)
        }
    }

    private mutating func add<Value: Equatable>(_ value: Value, to path: WritableKeyPath<RouteConditions, [Value]>) {
        if !conditions[keyPath: path].contains(value) { conditions[keyPath: path].append(value) }
    }

    /// A condition that every path meets is none, whatever others stand beside it.
    private mutating func readPath(_ value: String) throws(ValueFault) {
        hasEveryPath = hasEveryPath || value == "*"
        let pattern = value == "*" ? nil : try PathPattern.parse(value)
        if hasEveryPath {
            conditions.paths = []
        } else if let pattern {
            add(pattern, to: \.paths)
        }
    }

    private static func method(_ text: String) throws(ValueFault) -> String {
        guard FieldText.isToken(text), text.utf8.count <= 32 else {
            let remedy = text.contains(",") ? "write each by itself: method=GET method=POST" : "write one like method=GET"
            throw ValueFault("\(Quoted.text(text)) is no method", remedy: remedy)
        }
        let capitals = text.uppercased()
        guard text == capitals || !["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"].contains(capitals)
        else {
            throw ValueFault("methods are in capitals, and \(Quoted.text(text)) is none", remedy: "write method=\(capitals)")
        }
        return text
    }

    private mutating func readHeader(_ text: String) throws(ValueFault) {
        let (name, value) = Self.named(text)
        guard FieldText.isToken(name), name.utf8.count <= RequestKey.nameBytesMax else {
            let problem = name.isEmpty ? "header has no name" : "\(Quoted.text(name)) is no name of a field"
            throw ValueFault(problem, remedy: "write header:X-Version or header:X-Version=2")
        }
        guard let value, value != "*" else { return join(name.lowercased(), nil, \.headers) }
        join(name.lowercased(), value.hasSuffix("*") ? .prefix(String(value.dropLast())) : .exact(value), \.headers)
    }

    private mutating func readQuery(_ text: String) throws(ValueFault) {
        let (name, value) = Self.named(text)
        let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && !"&#\"".utf8.contains($0) }
        guard isPlain, (1...RequestKey.nameBytesMax).contains(name.utf8.count) else {
            let problem = name.isEmpty ? "query has no name" : "\(Quoted.text(text)) is no parameter as a request has it"
            throw ValueFault(problem, remedy: "write query:k or query:k=v, each by itself, and other letters as %XX")
        }
        join(name, value.map { .exact($0) }, \.queries)
    }

    private static func named(_ text: String) -> (name: String, value: String?) {
        let name = String(text.prefix { $0 != "=" })
        return (name, name.count < text.count ? String(text.dropFirst(name.count + 1)) : nil)
    }

    /// Of a name any value; that there is one is met by all of them.
    private mutating func join(
        _ name: String, _ value: ValuePattern?, _ path: WritableKeyPath<RouteConditions, [NamedPattern]>
    ) {
        let new = NamedPattern(name: name, values: value.map { [$0] } ?? [])
        guard let index = conditions[keyPath: path].firstIndex(where: { $0.name == name }) else {
            conditions[keyPath: path].append(new)
            return
        }
        let values = conditions[keyPath: path][index].values
        if values.isEmpty || new.values.isEmpty {
            conditions[keyPath: path][index].values = []
        } else if let value, !values.contains(value) {
            conditions[keyPath: path][index].values.append(value)
        }
    }

    /// A token, and a version perhaps (RFC 9110 section 7.8).
    private mutating func readUpgrade(_ text: String) throws(ValueFault) {
        let name = text.lowercased()
        let parts = name.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
        guard parts.count <= 2, parts.allSatisfy(FieldText.isToken), name.utf8.count <= 64 else {
            throw ValueFault("\(Quoted.text(text)) is no protocol", remedy: "write one like upgrade=websocket")
        }
        guard parts[0] != "h2c" else {
            let problem = "requests in an h2c tunnel would pass every route unseen"
            throw ValueFault(problem, remedy: "leave it out: such a request is answered by HTTP/1.1")
        }
        guard conditions.upgrade == nil || conditions.upgrade == name else {
            throw ValueFault("upgrade is given twice", remedy: "write a route for each protocol")
        }
        conditions.upgrade = name
    }

    private static func unknown(_ word: String, key: String) -> ValueFault {
        let problem = "\(Quoted.text(word)) is no condition"
        if let habit = PeerHabits.conditions[key.lowercased()] { return ValueFault(problem, remedy: habit) }
        if word == "*" { return ValueFault(problem, remedy: "write path=* for every request") }
        if word.hasPrefix("/") { return ValueFault(problem, remedy: "write path=\(Quoted.word(word))") }
        let bare = key.prefix { $0 != ":" }
        let question = DidYouMean.question(for: String(bare), among: keys)
        return ValueFault(problem, remedy: question ?? "write one of \(forms.joined(separator: ", "))")
    }
}
