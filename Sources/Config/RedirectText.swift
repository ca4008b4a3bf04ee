// Where a route sends a client on to: a URL or a path, with variables.
// Knows what a browser takes for one. Knows nothing of the status.

/// Reads the URL of `redirect=301:URL`.
enum RedirectText {
    private static let example = "write one like https://$host$request_uri or /path"

    static func parse(_ text: String) throws(ValueFault) -> TextTemplate {
        let quoted = Quoted.text(text)
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && !"\"<>\\^`|".utf8.contains($0) }) else {
            throw ValueFault("\(quoted) has letters that no URL has", remedy: "write them as %XX")
        }
        let template = try TextTemplate.parse(text)
        var pieces = template.pieces[...]
        switch pieces.first {
        case .text(let first)?:
            pieces = pieces.dropFirst()
            let scheme = ["https://", "http://"].first { first.lowercased().hasPrefix($0) }
            if let scheme {
                try judgeHost(first.dropFirst(scheme.count), before: pieces, quoted: quoted)
            } else {
                try judgePath(first, before: pieces.first, quoted: quoted)
            }
        case .variable(.scheme)?:
            guard case .text(let next)? = pieces.dropFirst().first, next.hasPrefix("://") else {
                throw ValueFault("\(quoted) has nothing behind its scheme", remedy: "write $scheme://$host$request_uri")
            }
            try judgeHost(next.dropFirst(3), before: pieces.dropFirst(2), quoted: quoted)
        case .variable(.requestURI)?, .variable(.uri)?:
            throw ofAnotherHost(quoted)
        case .variable?, nil:
            throw neither(quoted)
        }
        return template
    }

    /// What stands behind `https://`: a host, and its end before anything that a stranger writes.
    private static func judgeHost(
        _ text: Substring, before rest: ArraySlice<TextTemplate.Piece>, quoted: String
    ) throws(ValueFault) {
        let isMissing = ValueFault("\(quoted) has no host", remedy: "write one like https://$host$request_uri")
        if let first = text.first {
            if endsHost(first) { throw isMissing }
        } else {
            switch rest.first {
            case .variable(.host)?, .variable(.serverName)?, .variable(.remoteAddress)?: break
            case .variable?, .text?, nil: throw isMissing
            }
        }
        guard !text.contains(where: endsHost) else { return }
        for piece in rest {
            switch piece {
            case .text(let text):
                if text.contains(where: endsHost) { return }
            // They begin with a slash.
            case .variable(.requestURI), .variable(.uri): return
            // No link decides them.
            case .variable(.host), .variable(.serverName), .variable(.remoteAddress), .variable(.scheme), .variable(.requestID):
                break
            case .variable(.args):
                throw ValueFault(
                    "in \(quoted) a stranger may write on at the host", remedy: "write a / or a ? behind the host")
            }
        }
    }

    private static func endsHost(_ letter: Character) -> Bool { letter == "/" || letter == "?" || letter == "#" }

    private static func judgePath(_ text: String, before next: TextTemplate.Piece?, quoted: String) throws(ValueFault) {
        guard text.hasPrefix("/") else { throw neither(quoted) }
        guard !text.hasPrefix("//") else {
            throw ValueFault("\(quoted) has no scheme", remedy: "write https:\(Quoted.word(text))")
        }
        guard text == "/" else { return }
        switch next {
        case .variable(.requestURI)?, .variable(.uri)?, .variable(.args)?: throw ofAnotherHost(quoted)
        case .variable?, .text?, nil: return
        }
    }

    /// `//host/` is a URL of another host to a browser, and a path to us: a client could be sent anywhere.
    private static func ofAnotherHost(_ quoted: String) -> ValueFault {
        ValueFault(
            "\(quoted) may begin with //, and then names a host that a stranger chose",
            remedy: "write https://$host$request_uri")
    }

    private static func neither(_ quoted: String) -> ValueFault {
        ValueFault("\(quoted) has neither a scheme nor a path", remedy: example)
    }
}
