// The table of options: complete, without doubles, and the source of everything else.

import Testing

@testable import Config

@Suite("table of options")
struct OptionsTests {
    @Test("names and letters are unique")
    func unique() {
        let names = Options.all.map(\.long)
        #expect(Set(names).count == names.count)
        let letters = Options.all.compactMap(\.short)
        #expect(Set(letters).count == letters.count)
    }

    @Test("every option has a section of the manual, and every section options", arguments: Option.Group.allCases)
    func groups(group: Option.Group) throws {
        #expect(Options.all.contains { $0.group == group })
        #expect(try Help.page(topic: group.rawValue).hasPrefix(group.title))
    }

    @Test("every option stands in the manual with its names, its value and its default", arguments: Options.all)
    func inHelp(option: Option) throws {
        let entry = try Help.page(topic: option.long)
        let letter = option.short.map { "-\($0), " } ?? ""
        let argument = option.argument.map { " \($0)" } ?? ""
        #expect(entry.contains("\(letter)--\(option.long)\(argument)\n"))
        let flat = entry.replacing("\n", with: " ").split(separator: " ").joined(separator: " ")
        if let defaultText = option.defaultText { #expect(flat.contains("[\(defaultText)]")) }
        #expect(try Help.page(topic: nil).contains(entry))
        #expect(try Help.page(topic: option.group.rawValue).contains(entry))
    }

    @Test("every option that sets something is a variable", arguments: Options.all)
    func variable(option: Option) throws {
        guard let name = option.variable else {
            #expect(option.isAction)
            return
        }
        #expect(name == "SWIVEL_" + option.long.uppercased().replacing("-", with: "_"))
        let values = Variables([name: "x"]).settings
        #expect(values.map(\.option.long) == [option.long])
        #expect(values.map(\.place) == [name])
        #expect(warnings(valid, [name: ""]) == [], "an empty variable is not set")
    }

    @Test("every default is one that the option itself would take", arguments: Options.all)
    func defaults(option: Option) throws {
        let defaultWord = option.defaultText.map { String($0.prefix { $0 != ":" }) }
        guard let defaultWord, defaultWord != "required", option.long != "mode" else { return }
        let found = try configuration(valid + ["--\(option.long)", defaultWord])
        #expect(try found == configuration(valid))
    }

    @Test("every option that takes a value says what of")
    func arguments() {
        for option in Options.all where !option.isAction { #expect(option.argument != nil) }
    }

    @Test("inline options stand in the manual", arguments: ["bind", "server"])
    func inline(long: String) throws {
        let entry = try Help.page(topic: long)
        let keys = long == "bind" ? InlineOptions.listener.map(\.key) : InlineOptions.server.map(\.key)
        for key in keys { #expect(entry.contains(",\(key)=") || entry.contains(",\(key)\n") || entry.contains(",\(key)  ")) }
    }

    @Test("what is still to come is not here yet")
    func planned() {
        #expect(Set(Planned.listenerKeys).isDisjoint(with: InlineOptions.listener.map(\.key)))
        #expect(Set(Planned.serverKeys).isDisjoint(with: InlineOptions.server.map(\.key)))
        #expect(Set(Planned.verbs).isDisjoint(with: Verb.allCases.map(\.rawValue)))
        #expect(Set(Planned.policies).isDisjoint(with: Backend.Balance.words))
        #expect(Set(PeerHabits.flags.keys).isDisjoint(with: Options.all.map(\.long)))
        #expect(Set(PeerHabits.flags.keys).isDisjoint(with: Planned.options))
        #expect(Set(PeerHabits.letters.keys).isDisjoint(with: Options.all.compactMap(\.short)))
    }
}

extension Option: CustomTestStringConvertible {
    var testDescription: String { "--\(long)" }
}
