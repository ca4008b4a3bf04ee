// The command line, taken apart: `--flag value`, `--flag=value`, `-b value`, `-bvalue`, `-tV`, `--`.
// Knows spelling and the table of options. Judges no value, and stops at no fault.

/// What stands on a command line.
struct Flags {
    /// In their order, which matters.
    private(set) var settings: [Setting] = []
    private(set) var actions: [Option.Action] = []
    private(set) var helpTopic: String?
    /// What is no flag and no flag's value.
    private(set) var words: [String] = []
    private(set) var diagnostics: [Diagnostic] = []

    private var given: [(option: Option, value: String)] = []
    private var arguments: ArraySlice<String>

    init(_ arguments: [String]) {
        self.arguments = arguments[...]
        while let argument = self.arguments.popFirst() {
            if argument == "--" {
                words += self.arguments
                self.arguments = []
            } else if argument.hasPrefix("--") {
                readLong(argument)
            } else if argument.hasPrefix("-"), argument != "-" {
                readShort(argument)
            } else {
                words.append(argument)
            }
        }
        numberSettings()
    }

    /// `--name`, `--name=value`, `--name value`.
    private mutating func readLong(_ argument: String) {
        let body = argument.dropFirst(2)
        let name = String(body.prefix { $0 != "=" })
        let attached = name.count < body.count ? String(body.dropFirst(name.count + 1)) : nil
        guard let option = Options.named(name) else {
            diagnostics.append(Self.unknownFlag(name))
            if attached == nil { skipValue() }
            return
        }
        read(option, attached: attached)
    }

    /// `-t`, `-tV`, `-b value`, `-bvalue`, `-b=value`.
    private mutating func readShort(_ argument: String) {
        if let long = Self.longNameWithOneHyphen(argument) {
            let problem = "long options have two hyphens"
            diagnostics.append(Diagnostic(place: "-\(long)", problem: problem, remedy: "write --\(long)"))
            if !argument.contains("=") { skipValue() }
            return
        }
        var letters = argument.dropFirst()
        while let letter = letters.popFirst() {
            guard let option = Options.lettered(letter) else {
                diagnostics.append(Self.unknownLetter(letter))
                if letters.isEmpty { skipValue() }
                return
            }
            if option.argument != nil {
                if letters.first == "=" { letters = letters.dropFirst() }
                read(option, attached: letters.isEmpty ? nil : String(letters))
                return
            }
            read(option, attached: nil)
        }
    }

    private mutating func read(_ option: Option, attached: String?) {
        let place = "--\(option.long)"
        if option.argument == nil, let attached {
            let problem = "takes no value, and has \(Quoted.text(attached))"
            diagnostics.append(Diagnostic(place: place, problem: problem, remedy: "write \(place)"))
            return
        }
        if case .action(let action) = option.binding {
            actions.append(action)
            if option.isArgumentOptional { helpTopic = attached ?? popValue() ?? helpTopic }
            return
        }
        let value = attached ?? popValue(takesHyphen: option.takesHyphen)
        guard let value, !value.isEmpty else {
            let remedy = "write \(place) \(option.argument ?? "")"
            diagnostics.append(Diagnostic(place: place, problem: "has no value", remedy: remedy))
            return
        }
        given.append((option, value))
    }

    /// The next argument, unless it is a flag; `-` and `-1` are values, and `-Name` where a value can be one: a letter
    /// alone is a flag then only where there is such a flag.
    private mutating func popValue(takesHyphen: Bool = false) -> String? {
        guard let next = arguments.first else { return nil }
        let isLetter = next.count == 2 && next.last.flatMap(Options.lettered) != nil
        let isName = takesHyphen && !next.hasPrefix("--") && !isLetter
        return isName || !Self.isFlag(next) ? arguments.popFirst() : nil
    }

    /// Skips what is likely the value of a flag that is not known: one slip, one message.
    private mutating func skipValue() {
        _ = popValue()
    }

    private static func isFlag(_ argument: String) -> Bool {
        guard argument.hasPrefix("-"), argument != "-" else { return false }
        return argument.utf8.dropFirst().first?.isDigit == false
    }

    /// `-workers`, where `-w orkers` was hardly meant.
    private static func longNameWithOneHyphen(_ argument: String) -> String? {
        let name = String(argument.dropFirst().prefix { $0 != "=" })
        return name.count > 2 && Options.named(name) != nil ? name : nil
    }

    /// Places are numbered once it is known how many of a name there are.
    private mutating func numberSettings() {
        var counts: [String: Int] = [:]
        for (option, _) in given { counts[option.long, default: 0] += 1 }
        var indices: [String: Int] = [:]
        for (option, value) in given {
            let index = indices[option.long, default: 0]
            indices[option.long] = index + 1
            let place = Setting.place("--\(option.long)", index: index, count: counts[option.long] ?? 1)
            settings.append(Setting(option: option, value: value, source: .flag, place: place))
        }
    }

    private static func unknownFlag(_ name: String) -> Diagnostic {
        let place = "--\(Quoted.word(name))"
        if Planned.options.contains(name) {
            return Diagnostic(place: place, problem: "is not part of this version", remedy: "leave it out")
        }
        let question = DidYouMean.question(for: name, among: Options.all.map(\.long), prefix: "--")
        let remedy = PeerHabits.flags[name] ?? question ?? "swivel --help names them all"
        return Diagnostic(place: place, problem: "unknown option", remedy: remedy)
    }

    private static func unknownLetter(_ letter: Character) -> Diagnostic {
        let place = "-\(Quoted.word(String(letter)))"
        if let planned = Planned.letters[letter] {
            let problem = "is not part of this version"
            return Diagnostic(place: "\(place) (--\(planned))", problem: problem, remedy: "leave it out")
        }
        let otherCase = Options.all.first { $0.short.map { $0.lowercased() == letter.lowercased() } ?? false }
        let question = otherCase?.short.map { "did you mean -\($0)?" }
        let remedy = PeerHabits.letters[letter] ?? question ?? "swivel --help names them all"
        return Diagnostic(place: place, problem: "unknown option", remedy: remedy)
    }
}
