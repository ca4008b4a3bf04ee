// Values of options that http mode has: names of fields, sizes that may be off, failures, shares.
// Knows how they are spelled. Knows nothing of what they are for.

extension ValueKind where Value == String {
    /// The name of a field that is added to requests.
    static var fieldName: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                let example = "write a name like X-Request-ID"
                guard FieldText.isToken(text), text.utf8.count <= 64 else {
                    throw ValueFault("\(Quoted.text(text)) is no name of a field", remedy: example)
                }
                guard !FieldText.isOfHTTPItself(text) else {
                    throw ValueFault("\(Quoted.text(text)) is a field that HTTP itself needs", remedy: example)
                }
                return text
            },
            text: { $0 })
    }

    /// How we call ourselves in Via: a name, or a host with a port (RFC 9110 section 7.6.3).
    static var viaName: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                let isPlain = text.utf8.allSatisfy { FieldText.isOfToken($0) || ":[]".utf8.contains($0) }
                guard isPlain, (1...64).contains(text.utf8.count) else {
                    let remedy = "write a name like swivel or edge-1.example.com"
                    throw ValueFault("\(Quoted.text(text)) is no name for Via", remedy: remedy)
                }
                return text
            },
            text: { $0 })
    }
}

extension ValueKind where Value == Bool {
    /// `on` or `off`.
    static var onOff: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                switch text.lowercased() {
                case "on", "yes", "true": return true
                case "off", "no", "false": return false
                default: throw ValueFault("\(Quoted.text(text)) is not known here", remedy: "write on or off")
                }
            },
            text: { $0 ? "on" : "off" })
    }
}

extension ValueKind where Value == UInt64 {
    /// A size within bounds, both allowed.
    static func size(_ range: ClosedRange<UInt64>) -> ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                let bytes = try Units.bytes(text)
                guard range.contains(bytes) else {
                    throw outOfBounds(
                        text, lower: Units.text(bytes: range.lowerBound), upper: Units.text(bytes: range.upperBound))
                }
                return bytes
            },
            text: { Units.text(bytes: $0) })
    }
}

extension ValueKind where Value == Int {
    /// A size within bounds, both allowed, or `off`, which is 0.
    static func bytesOrOff(_ range: ClosedRange<UInt64>) -> ValueKind {
        let kind = ValueKind<Int?>.optional(.bytes(range), none: "off")
        return ValueKind(
            parse: { (text) throws(ValueFault) in try kind.parse(text == "0" ? "off" : text) ?? 0 },
            text: { $0 == 0 ? "off" : kind.text($0) })
    }

    /// The least status of a line in the log, 0 for all.
    static var statusMin: ValueKind {
        let number = ValueKind.whole(0...599)
        return ValueKind(
            parse: { (text) throws(ValueFault) in
                let status = try number.parse(text)
                guard status == 0 || status >= 100 else {
                    throw ValueFault("\(status) is no status", remedy: "write 100 to 599, say 400, or 0 for all")
                }
                return status
            },
            text: number.text)
    }
}

extension ValueKind where Value == Double {
    /// A part of a whole, from a millionth to 1, with at most six digits behind the point.
    static var share: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                let fault = ValueFault("\(Quoted.text(text)) is no part of a whole", remedy: "write 0.000001 to 1, say 0.01")
                let parts = text.split(separator: ".", omittingEmptySubsequences: false)
                guard parts.count <= 2, let whole = parts.first, whole.isDigits, whole.utf8.count == 1 else { throw fault }
                let fraction = parts.count == 2 ? String(parts[1]) : "0"
                guard fraction.isDigits, fraction.utf8.count <= 6 else { throw fault }
                let padding = String(repeating: "0", count: 6 - fraction.utf8.count)
                guard let millionths = Int("\(whole)\(fraction)\(padding)"), (1...1_000_000).contains(millionths) else {
                    throw fault
                }
                return Double(millionths) / 1_000_000
            },
            text: { share in
                let millionths = Int((share * 1_000_000).rounded())
                guard millionths < 1_000_000 else { return "1" }
                let digits = String(millionths)
                let fraction = String(repeating: "0", count: max(6 - digits.utf8.count, 0)) + digits
                return "0." + String(fraction.reversed().drop { $0 == "0" }.reversed())
            })
    }
}

extension ValueKind where Value == RetryConditions {
    private static var words: [(word: String, condition: RetryConditions)] {
        [("connect", .connect), ("unsent", .unsent), ("reset", .reset), ("timeout", .timeout), ("503", .status503)]
    }
    /// HAProxy's and nginx's words.
    private static var aliases: [String: RetryConditions] {
        [
            "conn-failure": .connect, "empty-response": .reset, "response-timeout": .timeout, "http_503": .status503,
            "connect-failure": .connect,
        ]
    }

    /// Failures joined by commas, or `off`.
    static var conditions: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                if text == "off" || text == "none" { return [] }
                let names = words.map(\.word)
                var conditions: RetryConditions = []
                for part in text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) {
                    if let known = words.first(where: { $0.word == part })?.condition ?? aliases[part] {
                        conditions.insert(known)
                        continue
                    }
                    let remedy = "write \(names.joined(separator: ",")), or some of them, or off"
                    throw ValueFault(
                        "\(Quoted.text(part)) is no failure", remedy: DidYouMean.question(for: part, among: names) ?? remedy)
                }
                return conditions
            },
            text: { conditions in
                let names = words.filter { conditions.contains($0.condition) }.map(\.word)
                return names.isEmpty ? "off" : names.joined(separator: ",")
            })
    }
}
