// One flat JSON object, read strictly and by the letter: what a line of the access log has to be.

/// The members of an object in their order; `nil` where the text is anything but one.
struct FlatJSON {
    enum Value: Equatable {
        case text(String)
        case number(String)
        case boolean(Bool)
        case null
    }

    private(set) var members: [(key: String, value: Value)] = []

    subscript(key: String) -> Value? { members.first { $0.key == key }?.value }

    init?(_ bytes: [UInt8]) {
        var rest = bytes[...]
        guard rest.popFirst() == UInt8(ascii: "{") else { return nil }
        while true {
            guard let key = Self.text(&rest), rest.popFirst() == UInt8(ascii: ":") else { return nil }
            guard let value = Self.value(&rest), self[key] == nil else { return nil }
            members.append((key, value))
            let sign = rest.popFirst()
            if sign == UInt8(ascii: "}") { break }
            guard sign == UInt8(ascii: ",") else { return nil }
        }
        guard rest.isEmpty else { return nil }
    }

    private static func value(_ rest: inout ArraySlice<UInt8>) -> Value? {
        if rest.first == UInt8(ascii: "\"") { return text(&rest).map { .text($0) } }
        let word = String(decoding: rest.prefix { $0 != UInt8(ascii: ",") && $0 != UInt8(ascii: "}") }, as: UTF8.self)
        rest = rest.dropFirst(word.utf8.count)
        switch word {
        case "null": return .null
        case "true": return .boolean(true)
        case "false": return .boolean(false)
        default: return word.wholeMatch(of: /-?(0|[1-9][0-9]*)(\.[0-9]+)?/) == nil ? nil : .number(word)
        }
    }

    private static func text(_ rest: inout ArraySlice<UInt8>) -> String? {
        guard rest.popFirst() == UInt8(ascii: "\"") else { return nil }
        var units: [UInt16] = []
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\""):
                // Halves of code points stand in pairs, or repairing would put U+FFFD in their place.
                let text = String(decoding: units, as: UTF16.self)
                return Array(text.utf16) == units ? text : nil
            case UInt8(ascii: "\\"):
                guard let unit = escaped(&rest) else { return nil }
                units.append(unit)
            case 0x20..<0x7f: units.append(UInt16(byte))
            default: return nil
            }
        }
        return nil
    }

    private static func escaped(_ rest: inout ArraySlice<UInt8>) -> UInt16? {
        guard let letter = rest.popFirst() else { return nil }
        guard letter == UInt8(ascii: "u") else {
            return letter == UInt8(ascii: "\"") || letter == UInt8(ascii: "\\") ? UInt16(letter) : nil
        }
        let digits = String(decoding: rest.prefix(4), as: UTF8.self)
        rest = rest.dropFirst(4)
        return digits.utf8.count == 4 ? UInt16(digits, radix: 16) : nil
    }
}
