// The values of `--sticky` and `--rate-limit`.
// Knows how they are spelled. Knows nothing of modes: who can have which is for Validation.

extension ValueKind where Value == Sticky {
    static let stickyWords = ["off", "cookie:NAME", "source"]

    static var sticky: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                let word = text.prefix { $0 != ":" }.lowercased()
                let name = text.firstIndex(of: ":").map { String(text[text.index(after: $0)...]) }
                switch (word, name) {
                case ("off", nil), ("none", nil): return .off
                case ("source", nil), ("ip", nil): return .source
                case ("cookie", let name):
                    guard let name, FieldText.isToken(name), name.utf8.count <= RequestKey.nameBytesMax else {
                        let problem =
                            name.flatMap { $0.isEmpty ? nil : $0 }.map { "\(Quoted.text($0)) is no name of a cookie" }
                            ?? "cookie has no name"
                        throw ValueFault(problem, remedy: "write cookie:server")
                    }
                    // A browser takes a name with these prefixes only by https, or with attributes that ours lack
                    // (RFC 6265bis section 4.1.3).
                    guard !name.lowercased().hasPrefix("__host-"), !name.lowercased().hasPrefix("__secure-") else {
                        let problem = "browsers refuse a cookie \(Quoted.word(name)) that comes by http"
                        throw ValueFault(problem, remedy: "write a name without that prefix: cookie:server")
                    }
                    return .cookie(name)
                default:
                    throw ValueFault(
                        "\(Quoted.text(text)) is not known here",
                        remedy: DidYouMean.question(for: text, among: stickyWords) ?? "write \(alternatives(stickyWords))")
                }
            },
            text: { sticky in
                switch sticky {
                case .off: "off"
                case .cookie(let name): "cookie:\(name)"
                case .source: "source"
                }
            })
    }
}

extension ValueKind where Value == RateLimit {
    private static var keyWords: [String] { ["ip", "host", "header:NAME"] }

    /// `ip=100/10s,burst=20`.
    static var rateLimit: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                guard let equals = text.firstIndex(of: "=") else {
                    let problem = "\(Quoted.text(text)) does not say how much of what"
                    throw ValueFault(problem, remedy: "write one like ip=100/10s: 100 in ten seconds of each client address")
                }
                let key = try key(String(text[..<equals]))
                let parts = text[text.index(after: equals)...].split(separator: ",", omittingEmptySubsequences: false)
                let rate = try ValueKind<Rate>.rate.parse(String(parts[0]))
                var limit = RateLimit(key: key, rate: rate, burst: rate.count)
                guard parts.count > 1 else { return limit }
                guard parts.count == 2, parts[1].hasPrefix("burst=") else {
                    let rest = parts.dropFirst().joined(separator: ",")
                    throw ValueFault(
                        "\(Quoted.text(rest)) is not known behind a rate", remedy: "write burst=N, or leave it out")
                }
                limit.burst = try ValueKind<Int>.whole(1...ValueKind<Rate>.countMax).parse(String(parts[1].dropFirst(6)))
                return limit
            },
            text: { limit in
                let rate = ValueKind<Rate>.rate.text(limit.rate) ?? ""
                return "\(text(limit.key))=\(rate)" + (limit.burst == limit.rate.count ? "" : ",burst=\(limit.burst)")
            })
    }

    private static func key(_ text: String) throws(ValueFault) -> RateLimit.Key {
        switch text.lowercased() {
        case "ip", "source", "src": return .address
        case "host": return .host
        default: break
        }
        guard text.lowercased().hasPrefix("header:") else {
            throw ValueFault(
                "\(Quoted.text(text)) is nothing that requests have in common",
                remedy: DidYouMean.question(for: text, among: keyWords) ?? "write \(alternatives(keyWords))")
        }
        let name = String(text.dropFirst(7))
        guard FieldText.isToken(name), name.utf8.count <= RequestKey.nameBytesMax else {
            throw ValueFault(
                name.isEmpty ? "header has no name" : "\(Quoted.text(name)) is no name", remedy: "write header:X-API-Key=N/T")
        }
        return .header(name)
    }

    private static func text(_ key: RateLimit.Key) -> String {
        switch key {
        case .address: "ip"
        case .host: "host"
        case .header(let name): "header:\(name)"
        }
    }
}
