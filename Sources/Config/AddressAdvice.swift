// Why an address was refused, and what was probably meant: the habits of other programs included.
// Knows what listeners and servers ask of an address. Reads none itself.

import Codecs

/// Faults of addresses in words.
enum AddressAdvice {
    enum Role {
        case listener, server

        /// An address to copy.
        var example: String {
            switch self {
            case .listener: "127.0.0.1:8080, :8080 or unix:/run/app.sock"
            case .server: "10.0.0.1:8000, app.example.com:8000 or unix:/run/app.sock"
            }
        }
    }

    /// Says a fault of `text`, which `AddressText` has refused.
    static func fault(_ fault: AddressFault, in text: String, for role: Role) -> ValueFault {
        let quoted = Quoted.text(text)
        if let habit = habit(text, for: role) { return habit }
        switch fault {
        case .empty:
            return ValueFault("the address is missing", remedy: "write \(role.example)")
        case .portMissing:
            return ValueFault("\(quoted) has no port", remedy: "write \(Quoted.word(text)):PORT")
        case .portMalformed:
            let remedy = "write a port from 0 to 65535 after the colon"
            return ValueFault("\(quoted) does not end in a port", remedy: remedy)
        case .hostMalformed:
            return ValueFault("\(quoted) is no address", remedy: "write \(role.example)")
        case .ipv4Malformed:
            let remedy = "write four numbers from 0 to 255 without leading zeros: 10.0.0.1:8000"
            return ValueFault("\(quoted) is no IPv4 address", remedy: remedy)
        case .ipv6Malformed:
            return ValueFault("\(quoted) holds no IPv6 address", remedy: "write one like [2001:db8::1]:8000")
        case .ipv6Unbracketed:
            return ValueFault("\(quoted) does not say where its port begins", remedy: unbracketedRemedy(text))
        case .bracketUnclosed:
            return ValueFault("\(quoted) has no closing bracket", remedy: "write [2001:db8::1]:8000")
        case .zoneMalformed:
            let remedy = "write the interface's number (ip link shows it): [fe80::1%2]:8000"
            return ValueFault("\(quoted) has no number after %", remedy: remedy)
        case .zoneMisplaced:
            return ValueFault("\(quoted) has a zone and is not link-local", remedy: "leave the zone out")
        case .unixPathRelative:
            return ValueFault("\(quoted) has no absolute path", remedy: "write unix:/PATH")
        case .unixPathTooLong:
            let remedy = "write at most \(AddressText.unixPathBytesMax) bytes"
            return ValueFault("\(quoted) is too long for a Unix socket", remedy: remedy)
        case .unixPathMalformed:
            return ValueFault("\(quoted) holds a control character", remedy: "write a path without one")
        }
    }

    static func listenerName(_ host: String, port: UInt16) -> ValueFault {
        if host == "fd" {
            return ValueFault("fd: is not part of this version", remedy: "write \(Role.listener.example)")
        }
        let remedy =
            host == "localhost"
            ? "write 127.0.0.1:\(port), or [::1]:\(port) for IPv6" : "write its address, or :\(port) for every address"
        return ValueFault("\(Quoted.text(host)) is a name, and a listener needs an address", remedy: remedy)
    }

    static func portZero(_ text: String) -> ValueFault {
        ValueFault("\(Quoted.text(text)) has port 0, where no server listens", remedy: "write a port from 1 to 65535")
    }

    static func linkLocal(_ text: String) -> ValueFault {
        let remedy = "write the interface's number (ip link shows it): [fe80::1%2]:8000"
        return ValueFault("\(Quoted.text(text)) is link-local and does not say on which link", remedy: remedy)
    }

    static func hostMissing(port: UInt16) -> ValueFault {
        ValueFault(
            "\":\(port)\" does not say which host", remedy: "write 127.0.0.1:\(port) for a server on this machine")
    }

    /// What users of other programs write.
    private static func habit(_ text: String, for role: Role) -> ValueFault? {
        let quoted = Quoted.text(text)
        if text.isDigits, let port = UInt16(text) {
            let remedy = role == .listener ? "write :\(port)" : "write 127.0.0.1:\(port) for a server on this machine"
            return ValueFault("\(quoted) is a port alone", remedy: remedy)
        }
        if let scheme = schemeEnd(text) {
            let authority = text[scheme...].prefix { $0 != "/" }
            let remedy = authority.isEmpty ? "write \(role.example)" : "write \(Quoted.word(String(authority)))"
            return ValueFault("\(quoted) is a URL, not an address", remedy: remedy)
        }
        if text.hasPrefix("/") {
            return ValueFault("\(quoted) is a path, not an address", remedy: "write unix:\(Quoted.word(text))")
        }
        if text.hasPrefix("*:") {
            let remedy = role == .listener ? "write \(Quoted.word(String(text.dropFirst())))" : "write \(role.example)"
            return ValueFault("\(quoted) is no address", remedy: remedy)
        }
        if text.contains(" ") {
            return ValueFault("\(quoted) holds a blank", remedy: "write options after commas: NAME@HOST:PORT,weight=2")
        }
        return nil
    }

    private static func schemeEnd(_ text: String) -> String.Index? {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
        return text.index(colon, offsetBy: 3)
    }

    /// `2001:db8::1:80` may have ended in a port, or not: both are shown.
    private static func unbracketedRemedy(_ text: String) -> String {
        guard let colon = text.lastIndex(of: ":") else { return "write [2001:db8::1]:8000" }
        let host = text[..<colon]
        let port = text[text.index(after: colon)...]
        guard port.isDigits, UInt16(port) != nil, !host.isEmpty, !host.hasSuffix(":") || host.hasSuffix("::") else {
            return "write [\(Quoted.word(text))]:PORT"
        }
        return "write [\(Quoted.word(String(host)))]:\(port), or [\(Quoted.word(text))]:PORT"
    }
}
