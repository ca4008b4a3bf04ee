// Values of options that say who may connect and how sockets are set up.
// Knows how they are spelled. Knows nothing of what they are for.

import Codecs

extension ValueKind where Value == Network {
    /// `10.0.0.0/8`, or an address alone.
    static var network: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                do throws(NetworkFault) {
                    return try Network.parse(text)
                } catch {
                    throw fault(error, in: text)
                }
            },
            text: { $0.description })
    }

    private static func fault(_ fault: NetworkFault, in text: String) -> ValueFault {
        let quoted = Quoted.text(text)
        let example = "write one like 10.0.0.0/8 or 2001:db8::/32"
        if text.contains(",") || text.contains(" ") {
            return ValueFault("\(quoted) is more than one network", remedy: "give each by itself")
        }
        switch fault {
        case .empty:
            return ValueFault("a network is missing", remedy: example)
        case .addressMalformed:
            if ["all", "any", "*"].contains(text.lowercased()) {
                let remedy = "write 0.0.0.0/0 for every IPv4 address, ::/0 for every IPv6 address"
                return ValueFault("\(quoted) is no network", remedy: remedy)
            }
            return ValueFault("\(quoted) is no network", remedy: example)
        case .prefixMalformed(let bitsMax):
            let remedy = maskRemedy(text) ?? "write a number of bits from 0 to \(bitsMax) behind the slash"
            return ValueFault("\(quoted) does not end in the length of a prefix", remedy: remedy)
        case .hostBitsSet(let network):
            let host = text.prefix { $0 != "/" }
            let remedy = "write \(network), or \(Quoted.word(String(host))) for that address alone"
            return ValueFault("\(Quoted.word(text)) has host bits set", remedy: remedy)
        }
    }

    /// For `10.0.0.0/255.0.0.0`, where the mask is one.
    private static func maskRemedy(_ text: String) -> String? {
        let parts = text.split(separator: "/").map(String.init)
        guard parts.count == 2, case .ipv4(let mask)? = HostAddress.parse(parts[1]) else { return nil }
        let host = ~mask
        return host & (host &+ 1) == 0 ? "write \(Quoted.word(parts[0]))/\(mask.nonzeroBitCount)" : nil
    }
}

extension ValueKind where Value == [Network] {
    /// Networks joined by a letter; behind an address by `+`, as a comma would end them.
    static func networks(joinedBy separator: Character) -> ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                var networks: [Network] = []
                for part in text.split(separator: separator, omittingEmptySubsequences: false) {
                    networks.append(try ValueKind<Network>.network.parse(String(part)))
                }
                return networks
            },
            text: { networks in
                networks.isEmpty ? nil : networks.map(\.description).joined(separator: String(separator))
            })
    }

    /// Networks joined by commas, or a word for none.
    static func networks(none word: String) -> ValueKind {
        let kind = networks(joinedBy: ",")
        return ValueKind(
            parse: { (text) throws(ValueFault) in text == word ? [] : try kind.parse(text) },
            text: { kind.text($0) ?? word })
    }
}

extension ValueKind where Value == UInt32 {
    /// Permissions of a file in octal, without the bits that mean nothing for a socket.
    static var fileMode: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                guard (1...4).contains(text.utf8.count), text.isDigits, let mode = UInt32(text, radix: 8), mode <= 0o777
                else {
                    let remedy = "write three octal digits: 660 for owner and group, 666 for all"
                    throw ValueFault("\(Quoted.text(text)) is no mode of a socket", remedy: remedy)
                }
                return mode
            },
            text: { mode in
                let digits = String(mode, radix: 8)
                return String(repeating: "0", count: 3 - min(digits.count, 3)) + digits
            })
    }
}

extension ValueKind where Value == Account {
    /// A name, or a number where it is made of digits.
    static var account: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                if text.isDigits {
                    // The highest number means "leave it as it is" to chown(2).
                    guard let number = UInt32(text), number < UInt32.max else {
                        throw outOfBounds(text, lower: "0", upper: "\(UInt32.max - 1)")
                    }
                    return .number(number)
                }
                let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: ":") }
                guard isPlain, (1...32).contains(text.utf8.count), !text.hasPrefix("-") else {
                    let remedy = "write a name that the machine knows, or a number"
                    throw ValueFault("\(Quoted.text(text)) is no user or group", remedy: remedy)
                }
                return .name(text)
            },
            text: { account in
                switch account {
                case .name(let name): name
                case .number(let number): String(number)
                }
            })
    }
}

extension ValueKind where Value == Rate {
    static let countMax = 1_000_000
    static let periodMillisecondsMax: UInt64 = 24 * 3_600_000

    /// `100/10s`; `100/s` is 100 in one second.
    static var rate: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                let parts = text.split(separator: "/", omittingEmptySubsequences: false).map(String.init)
                guard parts.count == 2, parts[0].isDigits, !parts[1].isEmpty else {
                    let problem = "\(Quoted.text(text)) is no number in a time"
                    throw ValueFault(problem, remedy: "write one like 100/10s: 100 in ten seconds")
                }
                guard let count = Int(parts[0]), (1...countMax).contains(count) else {
                    throw outOfBounds(parts[0], lower: "1", upper: "\(countMax)")
                }
                let isUnitAlone = parts[1].first?.isNumber == false
                let period = try ValueKind<UInt64>.milliseconds(1...periodMillisecondsMax)
                    .parse(isUnitAlone ? "1\(parts[1])" : parts[1])
                return Rate(count: count, periodMilliseconds: period)
            },
            text: { "\($0.count)/\(Units.text(microseconds: $0.periodMilliseconds * 1_000))" })
    }
}

extension ValueKind where Value == Int {
    /// A duration in whole seconds within bounds, both allowed.
    static func seconds(_ range: ClosedRange<UInt64>) -> ValueKind {
        let milliseconds = ValueKind<UInt64>.milliseconds((range.lowerBound * 1_000)...(range.upperBound * 1_000))
        return ValueKind(
            parse: { (text) throws(ValueFault) in
                let value = try milliseconds.parse(text)
                guard value.isMultiple(of: 1_000) else {
                    let problem = "\(Quoted.word(text)) is no whole number of seconds"
                    throw ValueFault(problem, remedy: "write \(value / 1_000 + 1)s")
                }
                return Int(value / 1_000)
            },
            text: { Units.text(microseconds: UInt64($0) * 1_000_000) })
    }
}
