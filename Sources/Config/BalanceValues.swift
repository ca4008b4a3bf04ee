// The value of `--balance`: a policy by its name, or by the one that a peer has for it, and its key.
// Knows how they are spelled. Knows nothing of modes: which keys a backend has a use for is for Validation.

extension RequestKey {
    /// The longest name of a field, a cookie or a parameter that can be a key.
    static let nameBytesMax = 64
    static let words = ["source", "uri", "header:NAME", "cookie:NAME", "query:NAME"]

    /// As `--balance` writes it.
    var text: String {
        switch self {
        case .source: "source"
        case .uri: "uri"
        case .header(let name): "header:\(name)"
        case .cookie(let name): "cookie:\(name)"
        case .query(let name): "query:\(name)"
        }
    }
}

extension Backend.Balance {
    static let words =
        ["roundrobin", "leastconn", "p2c", "ewma", "random", "first"] + RequestKey.words + ["maglev:KEY", "ring:KEY"]

    /// As `--balance` writes it.
    var text: String {
        switch policy {
        case .roundRobin: "roundrobin"
        case .leastConnections: "leastconn"
        case .powerOfTwo: "p2c"
        case .ewma: "ewma"
        case .random: "random"
        case .first: "first"
        case .hash: key.text
        case .maglev: "maglev:\(key.text)"
        case .ring: "ring:\(key.text)"
        }
    }
}

extension ValueKind where Value == Backend.Balance {
    static var policy: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                if let known = named[folded(text)] { return known }
                let (word, rest) = parts(text)
                switch word {
                case "maglev": return Backend.Balance(.maglev, key: try key(rest, of: word))
                case "ring": return Backend.Balance(.ring, key: try key(rest, of: word))
                default: break
                }
                if let key = try requestKey(text) { return Backend.Balance(.hash, key: key) }
                let words = Backend.Balance.words
                let remedy = "write \(alternatives(words))"
                if Planned.policies.contains(where: { folded($0) == folded(word) }) {
                    throw ValueFault("\(Quoted.text(text)) is not part of this version", remedy: remedy)
                }
                throw ValueFault(
                    "\(Quoted.text(text)) is not known here",
                    remedy: DidYouMean.question(for: text, among: words) ?? remedy)
            },
            text: { $0.text })
    }

    /// Policies without a key, and with one that is in the name, without case, `_` and `-`.
    private static var named: [String: Backend.Balance] {
        [
            "roundrobin": .roundRobin, "rr": .roundRobin,
            "leastconn": .leastConnections, "leastconnections": .leastConnections, "leastrequest": .leastConnections,
            "p2c": .powerOfTwo, "poweroftwo": .powerOfTwo, "randomtwo": .powerOfTwo, "random(2)": .powerOfTwo,
            "ewma": .ewma, "peakewma": .ewma, "random": .random, "first": .first,
            "source": .source, "iphash": .source, "sourceip": .source, "ketama": .ring, "ringhash": .ring,
        ]
    }

    /// `word:rest` and `word(rest)`; the word in small letters, what follows it as it was written.
    private static func parts(_ text: String) -> (word: String, rest: String?) {
        guard let end = text.firstIndex(where: { $0 == ":" || $0 == "(" }) else { return (text.lowercased(), nil) }
        var rest = text[text.index(after: end)...]
        if text[end] == "(" {
            // Without its end it is no form of anything.
            guard rest.last == ")" else { return (text.lowercased(), nil) }
            rest = rest.dropLast()
        }
        return (text[..<end].lowercased(), String(rest))
    }

    /// The key of a policy that needs one.
    private static func key(_ text: String?, of policy: String) throws(ValueFault) -> RequestKey {
        guard let text, !text.isEmpty else {
            throw ValueFault("\(Quoted.text(policy)) does not say by what", remedy: "write \(policy):source")
        }
        if ["source", "source_ip", "ip"].contains(text.lowercased()) { return .source }
        if let key = try requestKey(text) { return key }
        let remedy = DidYouMean.question(for: text, among: RequestKey.words) ?? "write \(alternatives(RequestKey.words))"
        throw ValueFault("\(Quoted.text(text)) is no key", remedy: remedy)
    }

    /// A key that is read from requests, also as HAProxy writes it; `nil` where it is none.
    private static func requestKey(_ text: String) throws(ValueFault) -> RequestKey? {
        let (word, name) = parts(text)
        switch word {
        case "uri":
            guard name == nil else {
                throw ValueFault("\(Quoted.text(text)): uri has no name", remedy: "write uri")
            }
            return .uri
        case "header", "hdr": return .header(try keyName(name, of: "header", example: "X-Room"))
        case "cookie": return .cookie(try keyName(name, of: word, example: "session"))
        case "query", "url_param":
            return .query(try keyName(name, of: "query", example: "user"))
        default: return nil
        }
    }

    private static func keyName(_ name: String?, of word: String, example: String) throws(ValueFault) -> String {
        let problem = name.flatMap { $0.isEmpty ? nil : $0 }.map { "\(Quoted.text($0)) is no name" } ?? "\(word) has no name"
        // What separates parameters, and what ends the query, cannot be part of a parameter's name.
        let isName = word == "query" ? name?.utf8.allSatisfy(isOfParameter) : name.map(FieldText.isToken)
        guard let name, isName == true, (1...RequestKey.nameBytesMax).contains(name.utf8.count) else {
            throw ValueFault(problem, remedy: "write \(word):\(example)")
        }
        return name
    }

    private static func isOfParameter(_ byte: UInt8) -> Bool {
        byte > 0x20 && byte < 0x7f && !"&=#\"".utf8.contains(byte)
    }
}
