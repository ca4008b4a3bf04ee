// Values of options that bound what a server gets, and say how it is reached.
// Knows how they are spelled. Knows nothing of what they are for.

import Codecs

extension ValueKind where Value == Int {
    /// Hundredths of the mean, 0 for no bound. Below the mean there would not be room for all.
    static var hashBalanceFactor: ValueKind {
        let percentMax = 65_535
        let number = ValueKind.whole(0...percentMax)
        return ValueKind(
            parse: { (text) throws(ValueFault) in
                let percent = try number.parse(text)
                guard percent == 0 || percent >= 100 else {
                    let problem = "\(percent) would leave no room: servers would take less than their connections"
                    throw ValueFault(problem, remedy: "write 100 to \(percentMax), say 150, or 0 for off")
                }
                return percent
            },
            text: number.text)
    }
}

extension ValueKind where Value == SourceAddresses {
    /// `10.0.0.9`, `2001:db8::9`, or one of each.
    static var sources: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                var sources = SourceAddresses()
                for part in text.split(separator: ",", omittingEmptySubsequences: false) {
                    let address = try source(String(part))
                    switch address {
                    case .ipv4 where sources.ipv4 == nil: sources.ipv4 = address
                    case .ipv6 where sources.ipv6 == nil: sources.ipv6 = address
                    case .ipv4, .ipv6, .unix:
                        let problem = "\(Quoted.text(text)) has two addresses of one family"
                        throw ValueFault(problem, remedy: "give one of each: 10.0.0.9,2001:db8::9")
                    }
                }
                return sources
            },
            text: { sources in
                let hosts = [sources.ipv4, sources.ipv6].compactMap { $0 }.map(hostText)
                return hosts.isEmpty ? nil : hosts.joined(separator: ",")
            })
    }

    private static func source(_ text: String) throws(ValueFault) -> SocketAddress {
        let quoted = Quoted.text(text)
        let isBare = text.contains(":") && !text.hasPrefix("[")
        guard case .socket(let address)? = try? AddressText.parse(isBare ? "[\(text)]:0" : "\(text):0"),
            let host = HostAddress(address)
        else {
            if case .socket(let address)? = try? AddressText.parse(text), address.port != nil {
                let remedy = "write \(hostText(address)): the kernel takes a free one"
                throw ValueFault("\(quoted) has a port", remedy: remedy)
            }
            throw ValueFault("\(quoted) is no IP address", remedy: "write 10.0.0.9, 2001:db8::9 or one of each")
        }
        guard host.mapped != HostAddress.ipv4(0).mapped, host != .ipv6(high: 0, low: 0) else {
            throw ValueFault("\(quoted) is every address", remedy: "leave it out: the kernel chooses one then")
        }
        if host != host.unmapped {
            throw ValueFault("\(quoted) is an IPv4 address", remedy: "write \(host.unmapped)")
        }
        if case .ipv6(let high, _, _, 0) = address, AddressText.isLinkLocal(high: high) {
            let remedy = "write the interface's number (ip link shows it): fe80::1%2"
            throw ValueFault("\(quoted) is link-local and does not say on which link", remedy: remedy)
        }
        return address
    }

    /// Without brackets and port; a zone stays.
    private static func hostText(_ address: SocketAddress) -> String {
        let text = address.description
        let host = text[..<(text.lastIndex(of: ":") ?? text.endIndex)]
        return String(host.hasPrefix("[") ? host.dropFirst().dropLast() : host)
    }
}

extension ValueKind where Value == String {
    /// A web address that a client can be sent to.
    static var url: ValueKind {
        ValueKind(
            parse: { (text) throws(ValueFault) in
                let rest = ["http://", "https://"].first { text.hasPrefix($0) }.map { text.dropFirst($0.count) }
                let isPlain = text.utf8.allSatisfy { $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "\"") }
                guard let rest, let first = rest.first, first != "/", isPlain else {
                    let problem = "\(Quoted.text(text)) is no URL that a client can be sent to"
                    throw ValueFault(problem, remedy: "write one like https://app.example.com")
                }
                guard !text.contains("?"), !text.contains("#") else {
                    let whole = String(text.prefix { $0 != "?" && $0 != "#" })
                    let problem = "\(Quoted.text(text)) has a query, and the URI of each request is to follow it"
                    throw ValueFault(problem, remedy: "write \(Quoted.word(whole))")
                }
                // The URI of a request begins with a slash of its own.
                return text.hasSuffix("/") ? String(text.dropLast()) : text
            },
            text: { $0 })
    }
}
