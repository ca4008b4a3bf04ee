// The configuration that would run, as the file would say it: `--dump-config`.
// Knows the layout of the file. Keys and values come from the table of options.

/// Writes a configuration as YAML.
public enum DumpConfig {
    /// Every key that this version knows, defaults filled in; what has no value has no key, and neither has
    /// a default of http mode where only tcp is spoken. Reading it back gives the same configuration.
    public static func text(of configuration: Configuration) -> String {
        var text = ""
        let speaksHTTP = configuration.frontends.contains { $0.mode == .http }
        for option in Options.all {
            switch option.binding {
            case .process(let field): text += line(option, field.text(configuration.process), indent: 0)
            case .log(let field):
                text += line(option, field, of: configuration.log, unlike: LogOptions(), speaksHTTP, indent: 0)
            case .frontend, .frontendList, .route, .rewriting, .rewritingList, .backend, .everyBackend, .listener, .newBackend,
                .server, .action:
                break
            }
        }
        text += "frontends:\n" + configuration.frontends.map(self.text(of:)).joined()
        if !configuration.backends.isEmpty { text += "backends:\n" }
        for backend in configuration.backends {
            let users = configuration.frontends.filter { $0.backendNames.contains(backend.name) }
            text += self.text(of: backend, hasRequests: users.isEmpty || users.contains { $0.mode == .http })
        }
        return text
    }

    private static func text(of frontend: Frontend) -> String {
        let defaults = Frontend(name: "", listeners: [], backend: "")
        var text = "  \(scalar(frontend.name)):\n"
        text += list("bind", frontend.listeners.map(ListenerText.text(of:)))
        for option in Options.all {
            switch option.binding {
            case .frontend(let field):
                text += line(option, field, of: frontend, unlike: defaults, frontend.mode == .http, indent: 4)
            case .frontendList(let field): text += list(option.long, field.texts(frontend))
            case .rewriting, .rewritingList: text += self.text(option, of: frontend.rewriting, indent: 4)
            case .process, .log, .route, .backend, .everyBackend, .listener, .newBackend, .server, .action: break
            }
        }
        if !frontend.routes.isEmpty { text += "    routes:\n" + frontend.routes.map(self.text(of:)).joined() }
        return frontend.backend.isEmpty ? text : text + "    backend: \(scalar(frontend.backend))\n"
    }

    private static func text(of route: Route) -> String {
        let (match, key, value) = RouteText.fileText(of: route)
        let changes = Options.routes.map { text($0, of: route.rewriting, indent: 8) }.joined()
        return "      - match: \(quoted(match))\n        \(key): \(scalar(value))\n" + changes
    }

    private static func text(_ option: Option, of rewriting: Rewriting, indent: Int) -> String {
        switch option.binding {
        case .rewriting(let field): line(option, field.text(rewriting), indent: indent)
        case .rewritingList(let field): list(option.long, field.texts(rewriting), indent: indent)
        case .process, .log, .frontend, .frontendList, .route, .backend, .everyBackend, .listener, .newBackend, .server,
            .action:
            ""
        }
    }

    private static func text(of backend: Backend, hasRequests: Bool) -> String {
        let defaults = Backend(name: "", servers: [])
        var text = "  \(scalar(backend.name)):\n"
        for option in Options.all {
            switch option.binding {
            case .backend(let field), .everyBackend(let field):
                text += line(option, field, of: backend, unlike: defaults, hasRequests, indent: 4)
            case .process, .log, .frontend, .frontendList, .route, .rewriting, .rewritingList, .listener, .newBackend, .server,
                .action:
                break
            }
        }
        return text + list("servers", backend.servers.map { ServerText.text(of: $0, in: backend) })
    }

    private static func line<Owner>(
        _ option: Option, _ field: Field<Owner>, of owner: Owner, unlike defaults: Owner, _ hasRequests: Bool, indent: Int
    ) -> String {
        let value = field.text(owner)
        if option.needsHTTP, !hasRequests, value == field.text(defaults) { return "" }
        return line(option, value, indent: indent)
    }

    private static func line(_ option: Option, _ value: String?, indent: Int) -> String {
        guard let value else { return "" }
        return String(repeating: " ", count: indent) + "\(option.long): \(scalar(value))\n"
    }

    private static func list(_ key: String, _ values: [String], indent: Int = 4) -> String {
        let blanks = String(repeating: " ", count: indent)
        return values.isEmpty ? "" : "\(blanks)\(key):\n" + values.map { "\(blanks)  - \(quoted($0))\n" }.joined()
    }

    /// Bare where no reader of YAML can take it for anything but this text, or for a number.
    private static func scalar(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "/"): true
            default: false
            }
        }
        let startsPlain = text.first.map { $0.isLetter || $0.isNumber || $0 == "/" } ?? false
        return isPlain && startsPlain ? text : quoted(text)
    }

    /// In double quotes, what YAML forbids or a terminal obeys as an escape.
    private static func quoted(_ text: String) -> String {
        var quoted = "\""
        for scalar in text.unicodeScalars {
            if Quoted.isHarmless(scalar) {
                quoted += scalar == "\"" || scalar == "\\" ? "\\\(scalar)" : "\(scalar)"
            } else {
                let digits = String(scalar.value, radix: 16)
                quoted += "\\U" + String(repeating: "0", count: 8 - digits.count) + digits
            }
        }
        return quoted + "\""
    }
}
