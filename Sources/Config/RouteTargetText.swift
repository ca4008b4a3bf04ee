// What becomes of a request, behind the arrow of a route: `backend=web`, `redirect=301:URL`, `return=404`.
// Knows how it is spelled. Whether a backend exists is for RouteRules.

/// Reads targets.
enum RouteTargetText {
    /// What can be written, and what the manual says of it.
    static let rows: [(form: String, help: String)] = [
        ("backend=NAME", "it is balanced there"),
        ("redirect=STATUS:URL", "301, 302, 307 or 308 to a URL or a path, which may have variables"),
        (
            "redirect=https",
            "301 to the same by https, without the port; not for who came by it, as a trusted proxy's X-Forwarded-Proto says"
        ),
        ("return=STATUS[:FILE]", "an answer of 200 to 599: the file, or a line of text"),
        ("deny", "403"),
    ]
    private static let keys = ["backend", "redirect", "return", "deny"]
    private static let redirects = [301, 302, 307, 308]

    static func parse(_ text: String) throws(ValueFault) -> Route.Target {
        let key = String(text.prefix { $0 != "=" })
        let value = key.count < text.count ? String(text.dropFirst(key.count + 1)) : nil
        let all = "write one of \(rows.map(\.form).joined(separator: ", "))"
        guard !text.isEmpty else { throw ValueFault("nothing stands behind \(RouteText.arrow)", remedy: all) }
        guard keys.contains(key) else { throw unknown(text, key: key, value: value, remedy: all) }
        if key == "deny" {
            guard value == nil else { throw ValueFault("deny takes no value", remedy: "write deny, or return=STATUS") }
            return .deny
        }
        guard let value, !value.isEmpty else {
            let forms = rows.map(\.form).filter { $0.hasPrefix(key) }
            throw ValueFault("\(key) has no value", remedy: "write \(forms.joined(separator: " or "))")
        }
        if key != "return", value.contains(" ") || value.contains("\t") {
            throw ValueFault("\(Quoted.text(text)) is more than one target", remedy: "write one")
        }
        switch key {
        case "backend": return .backend(try ValueKind<String>.name.parse(value))
        case "redirect": return try redirect(value)
        default: return try respond(value)
        }
    }

    private static func unknown(_ text: String, key: String, value: String?, remedy: String) -> ValueFault {
        let problem = "\(Quoted.text(text)) is no target"
        if let habit = PeerHabits.targets[key.lowercased()] { return ValueFault(problem, remedy: habit) }
        if let question = DidYouMean.question(for: key, among: keys) { return ValueFault(problem, remedy: question) }
        if value == nil, ObjectText.isName(text) { return ValueFault(problem, remedy: "write backend=\(text)") }
        return ValueFault(problem, remedy: remedy)
    }

    private static func redirect(_ text: String) throws(ValueFault) -> Route.Target {
        if text == "https" { return .redirectToHTTPS }
        let statuses = "301, 302, 307 or 308"
        let digits = String(text.prefix { $0 != ":" })
        guard digits.isDigits else {
            throw ValueFault(
                "\(Quoted.text(text)) does not say with which status", remedy: "write redirect=302:URL, or 301, 307, 308")
        }
        guard let status = Int(digits), redirects.contains(status) else {
            throw ValueFault("\(Quoted.word(digits)) is no status of a redirect", remedy: "write \(statuses)")
        }
        let url = String(text.dropFirst(digits.count + 1))
        guard !url.isEmpty else {
            let remedy = "write redirect=\(status):https://$host$request_uri"
            throw ValueFault("redirect=\(status) does not say where to", remedy: remedy)
        }
        return .redirect(status: status, url: try RedirectText.parse(url))
    }

    private static func respond(_ text: String) throws(ValueFault) -> Route.Target {
        let digits = String(text.prefix { $0 != ":" })
        guard digits.utf8.count == 3, digits.isDigits, let status = Int(digits), (200...599).contains(status) else {
            throw ValueFault("\(Quoted.text(digits)) is no status of an answer", remedy: "write 200 to 599, as in return=404")
        }
        guard digits.count < text.count else { return .respond(status: status, nil) }
        let path = String(text.dropFirst(4))
        guard !path.isEmpty else {
            throw ValueFault("nothing stands behind the colon", remedy: "write return=\(status):FILE, or return=\(status)")
        }
        // RFC 9110 sections 15.3.5, 15.3.6 and 15.4.5.
        guard ![204, 205, 304].contains(status) else {
            throw ValueFault("an answer \(status) has no body", remedy: "write return=\(status), or return=200:FILE")
        }
        return .respond(status: status, try StaticFile.read(path))
    }
}
