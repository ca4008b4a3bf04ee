// An HTTP message as a test reads it, by the plain rules and with nothing forgiven.

import Glibc

@testable import Engine

/// A request or an answer, whole.
struct Message {
    /// The first line.
    let start: String
    let fields: [(name: String, value: String)]
    var body: [UInt8] = []
    let isChunked: Bool
    /// The lines behind the last chunk.
    var trailers: [String] = []

    /// The value of the first field of that name.
    subscript(name: String) -> String? { all(name).first }

    func all(_ name: String) -> [String] { fields.filter { $0.name.lowercased() == name.lowercased() }.map(\.value) }

    var text: String { String(decoding: body, as: UTF8.self) }
    /// Of an answer.
    var status: Int { Int(start.split(separator: " ").dropFirst().first ?? "") ?? 0 }
    var method: String { String(start.split(separator: " ").first ?? "") }
    var target: String { String(start.split(separator: " ").dropFirst().first ?? "") }

    /// How a message is to be read.
    enum Kind { case request, answer, answerToHead }

    /// The head that begins at `start`, or `nil` while it has not come.
    static func head(_ bytes: [UInt8], from start: Int) -> (message: Message, end: Int)? {
        guard let end = find([13, 10, 13, 10], in: bytes, from: start) else { return nil }
        let lines = String(decoding: bytes[start..<end], as: UTF8.self).split(separator: "\r\n", omittingEmptySubsequences: false)
        let fields = lines.dropFirst().map { line in
            let parts = line.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            return (name: String(parts[0]), value: parts.count == 2 ? trimmed(parts[1]) : "")
        }
        let isChunked = fields.contains { $0.name.lowercased() == "transfer-encoding" }
        return (Message(start: String(lines.first ?? ""), fields: fields, isChunked: isChunked), end + 4)
    }

    /// The message that begins at `start`, or `nil` while it is not whole.
    ///
    /// - Parameter hasEnded: the connection has ended in order.
    static func whole(_ bytes: [UInt8], from start: Int, _ kind: Kind, hasEnded: Bool = false) -> (message: Message, end: Int)? {
        guard var (message, end) = head(bytes, from: start) else { return nil }
        let status = message.status
        if kind == .answerToHead || (kind == .answer && (status < 200 || status == 204 || status == 304)) { return (message, end) }
        if message.isChunked { return message.readChunks(bytes, from: end) }
        if let length = message["Content-Length"].flatMap({ Int($0) }) {
            guard bytes.count - end >= length else { return nil }
            message.body = Array(bytes[end..<end + length])
            return (message, end + length)
        }
        guard kind == .answer else { return (message, end) }
        guard hasEnded else { return nil }
        message.body = Array(bytes[end...])
        return (message, bytes.count)
    }

    private func readChunks(_ bytes: [UInt8], from start: Int) -> (message: Message, end: Int)? {
        var (message, place) = (self, start)
        while true {
            guard let lineEnd = Self.find([13, 10], in: bytes, from: place),
                let count = Int(String(decoding: bytes[place..<lineEnd].prefix { $0 != 59 }, as: UTF8.self), radix: 16)
            else { return nil }
            place = lineEnd + 2
            if count == 0 { break }
            guard bytes.count >= place + count + 2 else { return nil }
            message.body += bytes[place..<place + count]
            place += count + 2
        }
        while let lineEnd = Self.find([13, 10], in: bytes, from: place) {
            if lineEnd == place { return (message, place + 2) }
            message.trailers.append(String(decoding: bytes[place..<lineEnd], as: UTF8.self))
            place = lineEnd + 2
        }
        return nil
    }

    private static func find(_ pattern: [UInt8], in bytes: [UInt8], from start: Int) -> Int? {
        bytes.withUnsafeBytes { bytes in
            guard var place = bytes.baseAddress.map({ $0 + start }) else { return nil }
            let end = bytes.baseAddress! + bytes.count
            while place < end, let found = memchr(place, Int32(pattern[0]), end - place) {
                guard end - UnsafeRawPointer(found) >= pattern.count else { return nil }
                if memcmp(found, pattern, pattern.count) == 0 { return UnsafeRawPointer(found) - bytes.baseAddress! }
                place = UnsafeRawPointer(found) + 1
            }
            return nil
        }
    }

    private static func trimmed(_ text: Substring) -> String {
        String(text.drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
    }
}

/// A request's text: its line and fields, with a Host, and a length where it has a body.
func request(_ line: String, _ fields: String..., body: String = "") -> String {
    let length = body.isEmpty ? [] : ["Content-Length: \(body.utf8.count)"]
    return (["\(line) HTTP/1.1", "Host: h"] + fields + length).joined(separator: "\r\n") + "\r\n\r\n" + body
}

/// An answer's text, with a length.
func answer(_ status: Int = 200, _ fields: String..., body: String = "") -> String {
    (["HTTP/1.1 \(status) Said"] + fields + ["Content-Length: \(body.utf8.count)"]).joined(separator: "\r\n") + "\r\n\r\n" + body
}

/// A body whose bytes tell their place.
func patterned(_ count: Int, _ id: UInt32 = 1) -> [UInt8] {
    let pattern = Pattern(id, .up)
    var bytes: [UInt8] = []
    bytes.reserveCapacity(count)
    while bytes.count < count { bytes += pattern.bytes(at: bytes.count, count: count - bytes.count) }
    return bytes
}
