// `[NAME@]ADDR[,key=value]...`: the form of every value that makes an object.
// Knows how it comes apart. Knows nothing of what the keys are.

/// The parts of a listener or a server as it was written.
struct ObjectText: Equatable, Sendable {
    struct Setting: Equatable, Sendable {
        var key: String
        /// `nil` where there is no `=`.
        var value: String?
    }

    /// What stands before `@`; not judged yet.
    var name: String?
    var address: String
    var settings: [Setting]

    /// Takes a text apart; every text has parts.
    ///
    /// `unix:/PATH` has no name, whatever the path holds. A comma ends the address, a path with a
    /// comma cannot be written.
    init(_ text: String) {
        let parts = text.split(separator: ",", omittingEmptySubsequences: false)
        let first = parts.first ?? ""
        if !first.hasPrefix("unix:"), let at = first.firstIndex(of: "@") {
            name = String(first[..<at])
            address = String(first[first.index(after: at)...])
        } else {
            address = String(first)
        }
        settings = parts.dropFirst().map { part in
            guard let equals = part.firstIndex(of: "=") else { return Setting(key: String(part)) }
            return Setting(key: String(part[..<equals]), value: String(part[part.index(after: equals)...]))
        }
    }

    static let nameBytesMax = 64
    static let nameRule = "write 1 to \(nameBytesMax) letters, digits, dots, hyphens or underscores"

    static func isName(_ text: String) -> Bool {
        guard (1...nameBytesMax).contains(text.utf8.count) else { return false }
        return text.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
            case UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
    }

    /// The name, where there is one and it is a good one.
    func name(faults: inout [ValueFault]) -> String? {
        guard let name else { return nil }
        if Self.isName(name) { return name }
        faults.append(ValueFault("\(Quoted.text(name)) before @ is no name", remedy: Self.nameRule))
        return nil
    }

    /// Carries out the settings behind the address; every fault among them is noted.
    func apply<Owner>(
        to owner: inout Owner, options: [InlineOption<Owner>], planned: [String], faults: inout [ValueFault]
    ) {
        var seen: Set<String> = []
        for setting in settings {
            guard let option = options.first(where: { $0.key == setting.key }) else {
                faults.append(Self.unknown(setting.key, options: options, planned: planned))
                continue
            }
            guard seen.insert(setting.key).inserted else {
                faults.append(ValueFault("\(setting.key) is given twice", remedy: "give it once"))
                continue
            }
            if option.argument == nil, let value = setting.value {
                let problem = "\(setting.key) takes no value, and has \(Quoted.text(value))"
                faults.append(ValueFault(problem, remedy: "write \(setting.key), or leave it out"))
                continue
            }
            let value = setting.value ?? ""
            if let argument = option.argument, value.isEmpty {
                let remedy = "write \(setting.key)=\(argument)"
                faults.append(ValueFault("\(setting.key) has no value", remedy: remedy))
                continue
            }
            do {
                try option.field.assign(value, &owner)
            } catch {
                faults.append(ValueFault("\(setting.key): \(error.problem)", remedy: error.remedy))
            }
        }
    }

    /// The settings of an owner that are not those of `defaults`, each after its comma.
    static func text<Owner>(of owner: Owner, unlike defaults: Owner, options: [InlineOption<Owner>]) -> String {
        options.map { option in
            guard let value = option.field.text(owner), value != option.field.text(defaults) else { return "" }
            return option.argument == nil ? ",\(option.key)" : ",\(option.key)=\(value)"
        }.joined()
    }

    private static func unknown<Owner>(
        _ key: String, options: [InlineOption<Owner>], planned: [String]
    ) -> ValueFault {
        let keys = options.map(\.key)
        let all = "write one of \(keys.joined(separator: ", "))"
        if key.isEmpty { return ValueFault("nothing stands after a comma", remedy: all) }
        if planned.contains(key) { return ValueFault("\(key) is not part of this version", remedy: "leave it out") }
        if let ours = PeerHabits.inlineKeys[key], let option = options.first(where: { $0.key == ours }) {
            return ValueFault("\(key) is not known", remedy: "write \(ours)\(option.argument == nil ? "" : "=")")
        }
        let question = DidYouMean.question(for: key, among: keys)
        return ValueFault("\(Quoted.word(key)) is not known", remedy: question ?? all)
    }
}
