// Hosts and paths of a route's conditions, as they are written.
// Knows the form that they are compared in. Compares none itself.

import Balancing

extension HostPattern {
    /// Reads `a.com`, `*.a.com` or `[::1]`.
    static func parse(_ text: String) throws(ValueFault) -> HostPattern {
        let quoted = Quoted.text(text)
        if text == "*" { throw ValueFault("\(quoted) is every host", remedy: "leave it out, or write path=* alone") }
        if text.contains("/") {
            throw ValueFault("\(quoted) is no host", remedy: "write the host alone, and path=/PATH beside it")
        }
        if text.hasPrefix("["), text.hasSuffix("]"), text.contains(":") { return .exact(text.lowercased()) }
        if let colon = text.lastIndex(of: ":") {
            let host = String(text[..<colon])
            throw ValueFault("\(quoted) has a port, and hosts are compared without", remedy: "write host=\(Quoted.word(host))")
        }
        let isBelow = text.hasPrefix("*.")
        var name = (isBelow ? String(text.dropFirst(2)) : text).lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        guard !name.contains("*") else {
            let problem = "\(quoted) has a * that does not stand for everything below a host"
            throw ValueFault(problem, remedy: "write host=*.example.com")
        }
        guard name.utf8.allSatisfy({ $0 < 0x80 }) else {
            throw ValueFault("\(quoted) is not as requests have it", remedy: "write its ASCII form, which begins with xn--")
        }
        let isPlain = name.utf8.allSatisfy { byte in
            switch byte {
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
            case UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"): true
            default: false
            }
        }
        let labels = name.split(separator: ".", omittingEmptySubsequences: false)
        guard isPlain, labels.allSatisfy({ !$0.isEmpty }), (1...253).contains(name.utf8.count) else {
            throw ValueFault("\(quoted) is no host", remedy: "write one like host=a.example.com or host=*.example.com")
        }
        return isBelow ? .below(name) : .exact(name)
    }
}

extension PathPattern {
    /// Reads `/exact` or `/prefix*`; what is written as `%XX` is decoded, as the paths are.
    static func parse(_ text: String) throws(ValueFault) -> PathPattern {
        let quoted = Quoted.text(text)
        guard text.hasPrefix("/") else {
            throw ValueFault("\(quoted) does not begin with a slash", remedy: "write path=/\(Quoted.word(text))")
        }
        if let end = text.firstIndex(where: { $0 == "?" || $0 == "#" }) {
            let remedy = "write path=\(Quoted.word(String(text[..<end]))), and query:NAME=VALUE beside it"
            throw ValueFault("\(quoted) is more than a path", remedy: remedy)
        }
        let isPrefix = text.hasSuffix("*")
        let body = isPrefix ? String(text.dropLast()) : text
        guard !body.contains("*") else {
            let problem = "\(quoted) has a * that is not its end"
            throw ValueFault(problem, remedy: "write an expression, as in path~=^/[^/]+/name$")
        }
        let path = try decoded(body, quoted: quoted)
        var segments = path.split(separator: "/", omittingEmptySubsequences: false).dropFirst()
        // Nothing follows a slash at the end, and the last segment of a prefix is not whole.
        if isPrefix || segments.last == "" { segments.removeLast() }
        guard segments.allSatisfy({ $0 != "" && $0 != "." && $0 != ".." }) else {
            let problem = "\(quoted) matches nothing: paths are compared without //, /./ and /../"
            throw ValueFault(problem, remedy: "write the path without them")
        }
        return isPrefix ? .prefix(path) : .exact(path)
    }

    private static func decoded(_ text: String, quoted: String) throws(ValueFault) -> String {
        var bytes: [UInt8] = []
        var rest = text.utf8[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                rest.first != UInt8(ascii: "+")
            else {
                throw ValueFault("\(quoted) has a % without two digits behind it", remedy: "write %25 for the sign itself")
            }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        guard bytes.allSatisfy({ $0 >= 0x20 && $0 != 0x7f }), let path = String(validating: bytes, as: UTF8.self) else {
            throw ValueFault("\(quoted) holds bytes that are no text", remedy: "write an expression: path~=REGEX")
        }
        return path
    }
}

extension PathPattern {
    /// An expression that does not compile is refused here, not when a request comes.
    static func judge(expression text: String) throws(ValueFault) {
        do throws(ExpressionFault) {
            try PathExpression.compile(text).destroy()
        } catch {
            let before = String(decoding: text.utf8.prefix(error.offset), as: UTF8.self)
            let place = before.isEmpty ? "" : " behind \(Quoted.text(before))"
            throw ValueFault(
                "\(Quoted.text(text)) does not compile\(place): \(error.problem)", remedy: "write one like path~=^/v[0-9]+/")
        }
    }
}
