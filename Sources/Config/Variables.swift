// `SWIVEL_` variables: what a container or a unit file sets before any flag is read.
// Knows names and the table of options. Judges no value.

/// What the environment says.
struct Variables {
    static let prefix = "SWIVEL_"

    /// Options of the process and what is of all objects first, then listeners, the backend, servers.
    private(set) var settings: [Setting] = []
    /// Variables that look like options and are none: heeded by nobody, so told.
    private(set) var warnings: [Diagnostic] = []
    private(set) var diagnostics: [Diagnostic] = []

    /// A variable that is empty is one that is not set: files of variables have no other way to say so.
    init(_ environment: [String: String]) {
        let values = Options.all.filter { !$0.makesObject }
        let objects = Options.all.filter(\.makesObject)
        for option in values + objects {
            guard let name = option.variable, let text = environment[name], !text.isEmpty else { continue }
            read(option, name: name, text: text)
        }
        for name in environment.keys.sorted() where name.hasPrefix(Self.prefix) {
            if let warning = Self.warning(about: name) { warnings.append(warning) }
        }
    }

    /// `graceful-timeout` is `GRACEFUL_TIMEOUT`.
    static func spelling(of long: String) -> String {
        String(decoding: long.utf8.map { $0 == UInt8(ascii: "-") ? UInt8(ascii: "_") : uppercased($0) }, as: UTF8.self)
    }

    private static func uppercased(_ byte: UInt8) -> UInt8 {
        (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) ? byte & ~0x20 : byte
    }

    /// The values of a list are separated as it says; of every other option the whole text is the value.
    private mutating func read(_ option: Option, name: String, text: String) {
        let values = option.isList ? Self.values(of: text, option.separator) : [text]
        if case .newBackend = option.binding, values.count > 1 {
            let problem = "names \(values.count) backends, and a variable cannot say which servers are whose"
            diagnostics.append(Diagnostic(place: name, problem: problem, remedy: "name one, or use --backend"))
            return
        }
        for (index, value) in values.enumerated() {
            let place = Setting.place(name, index: index, count: values.count)
            settings.append(Setting(option: option, value: value, source: .variable, place: place))
        }
    }

    private static func values(of text: String, _ separator: Option.Separator) -> [String] {
        switch separator {
        case .blanks:
            return text.split { $0.isWhitespace }.map(String.init)
        case .lines:
            return text.split { $0.isNewline }.map { String($0.trimmed) }.filter { !$0.isEmpty }
        case .routes:
            // Within a word a semicolon may be part of a URL or an expression.
            let lines = text.split { $0.isNewline }.flatMap { line in
                "\(line) ".replacing("; ", with: "\n").replacing(";\t", with: "\n").split(separator: "\n")
            }
            return lines.map { String($0.trimmed) }.filter { !$0.isEmpty }
        }
    }

    /// Other programs set variables with our prefix, too (Kubernetes does for a service named
    /// swivel): only one that is close to an option's is worth a word.
    private static func warning(about name: String) -> Diagnostic? {
        guard !Options.all.contains(where: { $0.variable == name }), !silent.contains(name) else { return nil }
        let rest = String(name.dropFirst(prefix.count))
        if let option = Options.all.first(where: { spelling(of: $0.long) == rest }) {
            let problem = "is not read: it asks for something else than to run"
            return Diagnostic(place: name, problem: problem, remedy: "write --\(option.long)")
        }
        if Planned.options.contains(where: { spelling(of: $0) == rest }) {
            return Diagnostic(place: name, problem: "is not part of this version", remedy: "leave it out")
        }
        let known = Options.all.compactMap(\.variable).map { String($0.dropFirst(prefix.count)) }
        guard let near = known.first(where: { isSlip(rest, of: $0) }) else { return nil }
        return Diagnostic(
            place: Quoted.word(name), problem: "is not read: no option has this name",
            remedy: "did you mean \(prefix)\(near)?")
    }

    /// Nearer than "did you mean" asks: here a stranger's name is as likely as a slip.
    private static func isSlip(_ name: String, of known: String) -> Bool {
        let (left, right) = (Array(name.utf8), Array(known.utf8))
        guard left.count <= DidYouMean.bytesMax else { return false }
        return DidYouMean.distance(left, right) <= (right.count > 5 ? 2 : 1)
    }

    /// The engine's mask for tests, and what images commonly set to say what is in them.
    private static let silent = ["SWIVEL_KERNEL_FEATURES", "SWIVEL_VERSION"]
}
