// What an option is: its names, what it takes, what it sets, and what the manual says of it.
// Knows the shape of a row of the table. The rows are in Options.

/// One row of the table of options.
struct Option: Sendable {
    /// Without its hyphens: also its key in a file, and in capitals its variable.
    let long: String
    var short: Character?
    /// What stands for its value in the manual; `nil` where it takes none.
    var argument: String?
    let group: Group
    /// Whether it is heeded in http mode alone.
    var needsHTTP = false
    let binding: Binding
    /// What stands between the values of a list in a variable.
    var separator: Separator = .blanks
    /// The default as the manual prints it, where the value itself does not say enough.
    var defaultNote: String?
    let help: String

    /// Sections of the manual, and topics of `--help`.
    enum Group: String, Sendable, CaseIterable {
        case process, frontend, routes, backend, retry, timeouts, limits, websocket, log, general

        /// The heading of its section.
        var title: String {
            switch self {
            case .process: "PROCESS OPTIONS"
            case .frontend: "FRONTEND OPTIONS"
            case .routes: "ROUTE OPTIONS"
            case .backend: "BACKEND OPTIONS"
            case .retry: "RETRY OPTIONS"
            case .timeouts: "TIMEOUT OPTIONS"
            case .limits: "LIMIT OPTIONS"
            case .websocket: "WEBSOCKET OPTIONS"
            case .log: "LOG OPTIONS"
            case .general: "GENERAL OPTIONS"
            }
        }
    }

    /// The object that an option belongs to, and how its value gets there.
    enum Binding: Sendable {
        case process(Field<ProcessOptions>)
        case log(Field<LogOptions>)
        /// Of the last `--bind`; before any, of all.
        case frontend(Field<Frontend>)
        /// The same, where giving it again adds to it.
        case frontendList(ListField<Frontend>)
        /// Adds a route to the last `--bind`; before any, to all.
        case route
        /// Of the last `--route` behind the last `--bind`; before any route there, as a frontend's.
        case rewriting(Field<Rewriting>)
        /// The same, where giving it again adds to it.
        case rewritingList(ListField<Rewriting>)
        /// Of the last `--backend`; before any, of the backend "default".
        case backend(Field<Backend>)
        /// Of the last `--backend`; before any, of all.
        case everyBackend(Field<Backend>)
        /// Makes a listener, a backend, a server.
        case listener, newBackend, server
        /// Asks for something else than to run.
        case action(Action)
    }

    enum Separator: Sendable {
        case blanks, lines
        /// Lines, and semicolons at the end of a word.
        case routes
    }

    enum Action: Sendable {
        case test, dumpConfiguration, version, buildInfo, help
    }

    var isAction: Bool {
        if case .action = binding { true } else { false }
    }

    /// Whether giving it twice gives two of something; of all others the last one counts.
    var isList: Bool {
        switch binding {
        case .frontendList, .rewritingList, .route: true
        case .process, .log, .frontend, .rewriting, .backend, .everyBackend, .listener, .newBackend, .server, .action:
            makesObject
        }
    }

    /// Whether its value may begin as flags do: `--header-up -Server`.
    var takesHyphen: Bool {
        switch binding {
        case .route, .rewritingList: true
        case .process, .log, .frontend, .frontendList, .rewriting, .backend, .everyBackend, .listener, .newBackend, .server,
            .action:
            false
        }
    }

    /// Whether it makes what other options belong to.
    var makesObject: Bool {
        switch binding {
        case .listener, .newBackend, .server: true
        case .process, .log, .frontend, .frontendList, .route, .rewriting, .rewritingList, .backend, .everyBackend, .action:
            false
        }
    }

    /// Whether its value may be left out: `--help [TOPIC]`.
    var isArgumentOptional: Bool { argument?.hasPrefix("[") == true && isAction }

    /// `--graceful-timeout` is `SWIVEL_GRACEFUL_TIMEOUT`; what asks for something else than to run
    /// has no variable, because images commonly set `SWIVEL_VERSION` and mean nothing by it.
    var variable: String? {
        isAction ? nil : Variables.prefix + Variables.spelling(of: long)
    }

    /// The default as the manual prints it, or `nil` where there is none.
    var defaultText: String? {
        if let defaultNote { return defaultNote }
        return switch binding {
        case .process(let field): field.text(ProcessOptions())
        case .log(let field): field.text(LogOptions())
        case .frontend(let field): field.text(Frontend(name: "", listeners: [], backend: ""))
        case .backend(let field), .everyBackend(let field): field.text(Backend(name: "", servers: []))
        case .rewriting(let field): field.text(Rewriting())
        case .frontendList, .route, .rewritingList, .listener, .newBackend, .server, .action: nil
        }
    }
}
