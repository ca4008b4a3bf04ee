// What a command line asks for, as one value: the door of this module.
// Knows verbs and what excludes what. Carries nothing out.

/// What the program was started to do.
public enum Invocation: Equatable, Sendable {
    case run(Configuration)
    /// Judge what only the machine can tell, too (names, files), and exit: `-t`, `check`.
    case check(Configuration)
    /// Print the configuration, as `DumpConfig` writes it, and exit: `-T`.
    case dump(Configuration)
    case demo(DemoOptions)
    case version
    case buildInfo
    /// The text to print, with its final newline.
    case help(String)

    /// Reads a command line and the `SWIVEL_` variables.
    ///
    /// What only prints (help, version) does so whatever else is wrong: who is lost asks for help.
    ///
    /// - Parameters:
    ///   - arguments: without the program's own name.
    ///   - environment: every variable of the process; others than `SWIVEL_` are not looked at.
    ///   - warnings: what was not heeded or looks like a slip is added to it, also where there are
    ///     faults: the one may explain the other.
    /// - Throws: every fault at once.
    public static func parse(
        arguments: [String], environment: [String: String], warnings: inout [Diagnostic]
    ) throws(UsageError) -> Invocation {
        let flags = Flags(arguments)
        var diagnostics: [Diagnostic] = []
        let verb = Verb.choose(flags.words, diagnostics: &diagnostics)
        if let printed = try printed(flags, verb: verb) { return printed }

        let variables = Variables(environment)
        warnings += variables.warnings
        diagnostics += flags.diagnostics + variables.diagnostics
        let invocation =
            switch verb {
            case .demo: demo(flags, variables, diagnostics: &diagnostics, warnings: &warnings)
            case .run, .check, nil: serving(verb, flags, variables, diagnostics: &diagnostics, warnings: &warnings)
            }
        guard diagnostics.isEmpty else { throw UsageError(diagnostics: diagnostics) }
        return invocation
    }

    /// The same where nobody reads the warnings.
    public static func parse(
        arguments: [String], environment: [String: String]
    ) throws(UsageError) -> Invocation {
        var warnings: [Diagnostic] = []
        return try parse(arguments: arguments, environment: environment, warnings: &warnings)
    }

    private static func printed(_ flags: Flags, verb: Verb?) throws(UsageError) -> Invocation? {
        if flags.actions.contains(.help) {
            let verbTopic = flags.words.isEmpty ? nil : verb?.rawValue
            do {
                return .help(try Help.page(topic: flags.helpTopic ?? verbTopic))
            } catch {
                throw UsageError(diagnostics: [Diagnostic(place: "--help", error)])
            }
        }
        if flags.actions.contains(.version) { return .version }
        if flags.actions.contains(.buildInfo) { return .buildInfo }
        return nil
    }

    private static func serving(
        _ verb: Verb?, _ flags: Flags, _ variables: Variables, diagnostics: inout [Diagnostic],
        warnings: inout [Diagnostic]
    ) -> Invocation {
        var draft = Draft(variables: variables.settings, flags: flags.settings)
        draft.hasGaps = verb == nil || !diagnostics.isEmpty
        let configuration = Validation.configuration(of: draft, diagnostics: &diagnostics, warnings: &warnings)
        if flags.actions.contains(.dumpConfiguration) { return .dump(configuration) }
        return verb == .check || flags.actions.contains(.test) ? .check(configuration) : .run(configuration)
    }

    private static func demo(
        _ flags: Flags, _ variables: Variables, diagnostics: inout [Diagnostic], warnings: inout [Diagnostic]
    ) -> Invocation {
        for setting in flags.settings where !isOfDemo(setting.option) {
            let problem = "is not for demo, which brings its own servers"
            diagnostics.append(
                Diagnostic(place: setting.place, problem: problem, remedy: "leave it out, or leave demo out"))
        }
        for (action, long) in [(Option.Action.test, "--test"), (.dumpConfiguration, "--dump-config")]
        where flags.actions.contains(action) {
            let problem = "is not for demo, which has no configuration"
            diagnostics.append(Diagnostic(place: long, problem: problem, remedy: "leave it out, or leave demo out"))
        }
        let draft = Draft(
            variables: variables.settings.filter { isOfDemo($0.option) },
            flags: flags.settings.filter { isOfDemo($0.option) })
        return .demo(Validation.demo(of: draft, diagnostics: &diagnostics, warnings: &warnings))
    }

    /// The demo takes options of the process and the log, its addresses and their mode.
    static func isOfDemo(_ option: Option) -> Bool {
        switch option.binding {
        case .process, .log, .listener: true
        case .frontend: option.long == "mode"
        case .frontendList, .route, .rewriting, .rewritingList, .backend, .everyBackend, .newBackend, .server, .action: false
        }
    }
}
