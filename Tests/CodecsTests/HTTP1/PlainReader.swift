// A second reader of heads, written to be plainly right: lines are split, fields are split, and all is looked at.
// It takes no part of the parser's way, so that both are not wrong together.

import Codecs

/// Of a head that has been taken for complete.
struct PlainReader {
    /// Without CR LF; the first is the request or status line, and the empty one at the end is left out.
    let lines: [[UInt8]]
    let isWellCut: Bool

    init(_ bytes: [UInt8]) {
        var rest = bytes[...]
        if rest.starts(with: [13, 10]) { rest = rest.dropFirst(2) }
        var lines: [[UInt8]] = []
        var line: [UInt8] = []
        for byte in rest {
            line.append(byte)
            if line.suffix(2) == [13, 10] {
                lines.append(Array(line.dropLast(2)))
                line = []
            }
        }
        let hasOneEmptyLine = lines.last == [] && lines.dropLast().allSatisfy { !$0.isEmpty }
        // No byte below a blank but a tab, and no DEL, is left in a line.
        isWellCut = line.isEmpty && hasOneEmptyLine && lines.joined().allSatisfy { ($0 >= 32 && $0 != 127) || $0 == 9 }
        self.lines = lines.dropLast()
    }

    func judgesRequest(_ read: ReadRequest) -> Bool {
        guard isWellCut, let line = lines.first, let fields else { return false }
        let words = line.split(separator: 32, omittingEmptySubsequences: false)
        guard words.count == 3, Self.isToken(words[0]), words[1].allSatisfy({ (33...126).contains($0) && $0 != 35 }) else {
            return false
        }
        guard words[2].starts(with: Array("HTTP/1.".utf8)), words[2].count == 8, (48...57).contains(words[2].last ?? 0) else {
            return false
        }
        let isOld = words[2].last == 48
        guard Self.text(words[0]) == read.text(read.head.methodText), Self.text(words[0]) != "CONNECT" else { return false }
        guard Self.text(words[1]) == read.text(read.head.target), isOld == (read.head.minorVersion == 0) else { return false }
        guard isSame(fields, read.fields), let framing = framing(fields, isOld: isOld), framing == read.head.framing else {
            return false
        }
        let hosts = fields.filter { $0.name.lowercased() == "host" }
        return hosts.count == 1 || hosts.isEmpty && isOld
    }

    func judgesResponse(_ read: ReadResponse, to method: Method) -> Bool {
        guard isWellCut, let line = lines.first, let fields else { return false }
        let words = Self.text(line[...]).split(separator: " ", maxSplits: 2, omittingEmptySubsequences: false)
        guard words.count >= 2, words[0].count == 8, words[0].hasPrefix("HTTP/1."), let status = Int(words[1]) else {
            return false
        }
        guard words[1].utf8.count == 3, 100...599 ~= status, status == read.head.status else { return false }
        guard words.count == 2 || String(words[2]) == read.text(read.head.reason) else { return false }
        guard isSame(fields, read.fields), let framing = framing(fields, isOld: words[0].hasSuffix("0")) else { return false }
        if status < 200 || status == 204 || status == 304 || method == .head { return read.head.framing == .none }
        return read.head.framing == (framing == .none ? .untilClose : framing)
    }

    private typealias Field = (name: String, value: String)

    /// `nil` where a line is no field.
    private var fields: [Field]? {
        var fields: [Field] = []
        for line in lines.dropFirst() {
            let parts = line.split(separator: UInt8(ascii: ":"), maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, Self.isToken(parts[0]) else { return nil }
            var value = parts[1]
            while let first = value.first, first == 32 || first == 9 { value = value.dropFirst() }
            while let last = value.last, last == 32 || last == 9 { value = value.dropLast() }
            fields.append((Self.text(parts[0]), Self.text(value)))
        }
        return fields
    }

    private func isSame(_ fields: [Field], _ read: [ReadField]) -> Bool {
        guard fields.count == read.count else { return false }
        let options = fields.filter { $0.name.lowercased() == "connection" }
            .flatMap { $0.value.split(separator: ",").map { $0.lowercased().filter { $0 != " " && $0 != "\t" } } }
        let always = ["connection", "keep-alive", "proxy-connection", "te", "transfer-encoding", "upgrade", "http2-settings"]
        return zip(fields, read).allSatisfy { field, read in
            let name = field.name.lowercased()
            let isDropped = always.contains(name) || options.contains(name)
            // Expect alone is dropped in some versions and not in others.
            return field.name == read.name && field.value == read.value && (isDropped == read.isDropped || name == "expect")
        }
    }

    /// `nil` where it is not beyond doubt.
    private func framing(_ fields: [Field], isOld: Bool) -> BodyFraming? {
        let lengths = fields.filter { $0.name.lowercased() == "content-length" }
        let codings = fields.filter { $0.name.lowercased() == "transfer-encoding" }
        guard lengths.count + codings.count <= 1 else { return nil }
        if let coding = codings.first { return coding.value.lowercased() == "chunked" && !isOld ? .chunked : nil }
        guard let length = lengths.first else { return BodyFraming.none }
        guard let number = Int64(length.value), String(number) == length.value, number >= 0 else { return nil }
        return .length(UInt64(number))
    }

    private static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
        let letters = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
        return !bytes.isEmpty && bytes.allSatisfy { letters.utf8.contains($0) }
    }

    private static func text(_ bytes: ArraySlice<UInt8>) -> String {
        String(String.UnicodeScalarView(bytes.map { Unicode.Scalar($0) }))
    }
}
