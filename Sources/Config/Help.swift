// The manual as a page of text: whole, or the part that a topic names.
// Knows layout. What is said comes from Manual and from the table of options.

/// Writes the page of `--help`.
enum Help {
    static let columnCount = 80

    /// Topics of `--help`, besides the options themselves.
    static var topics: [String] {
        Option.Group.allCases.map(\.rawValue) + Verb.allCases.map(\.rawValue)
            + (Manual.leading + Manual.trailing).map(\.topic) + ["examples"]
    }

    /// The whole page, or one part of it.
    static func page(topic: String?) throws(ValueFault) -> String {
        guard let topic else { return wholePage() }
        let name = String(topic.lowercased().drop { $0 == "-" }.map { $0 == " " || $0 == "_" ? "-" : $0 })
        if let group = Option.Group(rawValue: name) { return section(of: group) }
        if let part = (Manual.leading + Manual.trailing).first(where: { $0.topic == name }) { return section(part) }
        if name == Verb.run.rawValue { return wholePage() }
        if Verb(rawValue: name) != nil { return section(Manual.leading[Manual.leading.count - 1]) }
        if name == "examples" { return examples() }
        if let option = option(topic, name: name) { return entry(option) }
        throw unknown(topic, name: name)
    }

    /// A topic may be an option with or without its hyphens; the case of a letter counts.
    private static func option(_ topic: String, name: String) -> Option? {
        let bare = topic.drop { $0 == "-" }
        if bare.count == 1, let letter = bare.first { return Options.lettered(letter) }
        return Options.named(name)
    }

    private static func unknown(_ topic: String, name: String) -> ValueFault {
        let problem = "\(Quoted.text(topic)) is no topic"
        if Planned.options.contains(name) {
            return ValueFault("\(Quoted.text(topic)) is not part of this version", remedy: "--help names what is")
        }
        let names = topics + Options.all.map(\.long)
        let remedy = DidYouMean.question(for: name, among: names) ?? "write one of \(topics.joined(separator: ", "))"
        return ValueFault(problem, remedy: remedy)
    }

    private static func wholePage() -> String {
        let parts =
            Manual.leading.map(section) + Option.Group.allCases.map(section(of:)) + Manual.trailing.map(section)
            + [examples(), topicList()]
        return parts.joined(separator: "\n")
    }

    private static func section(_ section: Manual.Section) -> String {
        var text = section.title + "\n"
        for (index, block) in section.blocks.enumerated() {
            switch block {
            case .paragraph(let words):
                if index > 0 { text += "\n" }
                text += TextWrap.wrap(words, indent: 4)
            case .definition(let term, let words):
                text += TextWrap.definition(term, words, indent: 4, textColumn: 12)
            case .literal(let line):
                text += TextWrap.wrap(line, indent: 4, hanging: 12)
            }
        }
        return text
    }

    private static func section(of group: Option.Group) -> String {
        var text = group.title + "\n"
        for option in Options.all where option.group == group { text += entry(option) }
        return text
    }

    /// An option with its names, what it says, its default, and what may stand behind its address.
    private static func entry(_ option: Option) -> String {
        let letter = option.short.map { "-\($0), " } ?? "    "
        let argument = option.argument.map { " \($0)" } ?? ""
        let defaultText = option.defaultText.map { " [\($0)]" } ?? ""
        var text = TextWrap.wrap("\(letter)--\(option.long)\(argument)", indent: 4, hanging: 8, keepsBlanks: true)
        text += TextWrap.wrap(option.help + defaultText, indent: 12)
        switch option.binding {
        case .listener: text += inlineEntries(InlineOptions.listener, defaults: ListenerText.Settings())
        case .server: text += inlineEntries(InlineOptions.server, defaults: ServerText.Settings())
        case .route: text += routeEntries()
        case .process, .log, .frontend, .frontendList, .rewriting, .rewritingList, .backend, .everyBackend, .newBackend,
            .action:
            break
        }
        return text
    }

    private static func inlineEntries<Owner>(_ options: [InlineOption<Owner>], defaults: Owner) -> String {
        options.map { option in
            let defaultText = (option.defaultNote ?? option.field.text(defaults)).map { " [\($0)]" } ?? ""
            let term = ",\(option.key)" + (option.argument.map { "=\($0)" } ?? "")
            return TextWrap.definition(term, option.help + defaultText, indent: 12, textColumn: 32)
        }.joined()
    }

    private static func routeEntries() -> String {
        let targets = RouteTargetText.rows.map { (form: "\(RouteText.arrow) \($0.form)", help: $0.help) }
        return (RouteConditionText.rows + targets).map {
            TextWrap.definition($0.form, $0.help, indent: 12, textColumn: 36)
        }.joined()
    }

    private static func examples() -> String {
        var text = "EXAMPLES\n"
        for (index, example) in Manual.examples.enumerated() {
            if index > 0 { text += "\n" }
            text += TextWrap.wrap(example.text, indent: 4)
            text += TextWrap.wrap(commandLine(of: example), indent: 8, hanging: 12, continuation: " \\")
        }
        return text
    }

    /// As a shell takes it; a flag and its value are one part, which no line break comes between.
    static func commandLine(of example: Manual.Example) -> [String] {
        let variables = example.variables.sorted { $0.key < $1.key }.map { name, value in
            value.contains(" ") ? "\(name)='\(value)'" : "\(name)=\(value)"
        }
        var parts = variables + ["swivel"]
        var flag: String?
        for argument in example.arguments {
            if argument.hasPrefix("-") {
                if let flag { parts.append(flag) }
                flag = argument
            } else {
                let word = argument.contains(" ") ? "'\(argument)'" : argument
                parts.append(flag.map { "\($0) \(word)" } ?? word)
                flag = nil
            }
        }
        return parts + (flag.map { [$0] } ?? [])
    }

    private static func topicList() -> String {
        let list = topics.joined(separator: ", ")
        return "TOPICS\n" + TextWrap.wrap("--help TOPIC prints one part: \(list), or an option's name.", indent: 4)
    }
}
