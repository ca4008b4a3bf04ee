// A head as a strict reader found it, or why it is none. Independent of the codecs, so that it can judge them.

struct ReadHead {
    struct Field: Equatable {
        /// In small letters.
        var name: String
        var value: String
    }

    /// Why a head or a body is none.
    struct Fault: Error {
        var text: String
    }

    // Of a request.
    var method = ""
    var target = ""
    // Of a response.
    var status = 0
    var minorVersion = 1
    var fields: [Field] = []

    /// The values of all lines of a field.
    func values(_ name: String) -> [String] { fields.filter { $0.name == name }.map(\.value) }

    /// The value of a field that stands there once.
    func value(_ name: String) -> String? {
        let values = values(name)
        return values.count == 1 ? values[0] : nil
    }

    /// The options of all `Connection` lines, in small letters.
    var connectionOptions: [String] {
        values("connection").flatMap { $0.split(separator: ",") }.map { option in
            String(option.filter { $0 != " " }).lowercased()
        }
    }

    /// - Parameter bytes: with the empty line at the end.
    init(_ bytes: [UInt8], isRequest: Bool) throws(Fault) {
        let lines = try ReadHead.lines(of: bytes)
        if isRequest { try readRequestLine(lines[0]) } else { try readStatusLine(lines[0]) }
        fields.reserveCapacity(lines.count)
        for line in lines.dropFirst() { fields.append(try ReadHead.field(line)) }
    }

    /// Lines end with CR LF; neither stands anywhere else.
    static func lines(of bytes: [UInt8]) throws(Fault) -> [ArraySlice<UInt8>] {
        var lines: [ArraySlice<UInt8>] = []
        var start = 0
        while start < bytes.count {
            guard let end = bytes[start...].firstIndex(of: 13) else { throw Fault(text: "a line without an end") }
            guard end + 1 < bytes.count, bytes[end + 1] == 10 else { throw Fault(text: "a bare CR") }
            if bytes[start..<end].contains(10) { throw Fault(text: "a bare LF") }
            let isEmptyEnd = end == start && end + 2 == bytes.count
            if !isEmptyEnd { lines.append(bytes[start..<end]) }
            start = end + 2
        }
        return lines.isEmpty ? [[]] : lines
    }

    private mutating func readRequestLine(_ line: ArraySlice<UInt8>) throws(Fault) {
        let parts = line.split(separator: 32, omittingEmptySubsequences: false)
        guard parts.count == 3, ReadHead.isToken(parts[0]), !parts[1].isEmpty else {
            throw Fault(text: "no request line: \(String(decoding: line, as: UTF8.self))")
        }
        guard parts[1].allSatisfy({ $0 > 32 && $0 < 127 }) else {
            throw Fault(text: "a target with other bytes than it may have")
        }
        method = String(decoding: parts[0], as: UTF8.self)
        target = String(decoding: parts[1], as: UTF8.self)
        try readVersion(parts[2])
    }

    private mutating func readStatusLine(_ line: ArraySlice<UInt8>) throws(Fault) {
        let parts = line.split(separator: 32, maxSplits: 2, omittingEmptySubsequences: false)
        guard parts.count == 3, parts[1].count == 3, parts[1].allSatisfy({ (48...57).contains($0) }) else {
            throw Fault(text: "no status line: \(String(decoding: line, as: UTF8.self))")
        }
        try readVersion(parts[0])
        status = Int(String(decoding: parts[1], as: UTF8.self))!
        guard (100...599).contains(status) else { throw Fault(text: "status \(status)") }
    }

    private mutating func readVersion(_ text: ArraySlice<UInt8>) throws(Fault) {
        switch String(decoding: text, as: UTF8.self) {
        case "HTTP/1.1": minorVersion = 1
        case "HTTP/1.0": minorVersion = 0
        default: throw Fault(text: "version \(String(decoding: text, as: UTF8.self))")
        }
    }

    static func field(_ line: ArraySlice<UInt8>) throws(Fault) -> Field {
        guard let colon = line.firstIndex(of: 58), isToken(line[..<colon]) else {
            throw Fault(text: "no field: \(String(decoding: line, as: UTF8.self))")
        }
        var value = line[(colon + 1)...]
        while let first = value.first, first == 32 || first == 9 { value.removeFirst() }
        while let last = value.last, last == 32 || last == 9 { value.removeLast() }
        guard value.allSatisfy({ $0 == 9 || ($0 >= 32 && $0 != 127) }) else { throw Fault(text: "a value with control bytes") }
        return Field(
            name: String(decoding: line[..<colon], as: UTF8.self).lowercased(), value: String(decoding: value, as: UTF8.self))
    }

    static func isToken(_ bytes: ArraySlice<UInt8>) -> Bool {
        !bytes.isEmpty
            && bytes.allSatisfy { byte in
                switch byte {
                case 48...57, 65...90, 97...122: true
                case 33, 35, 36, 37, 38, 39, 42, 43, 45, 46, 94, 95, 96, 124, 126: true
                default: false
                }
            }
    }
}
