// What a head says of an upgrade: the value of Upgrade where it has a meaning, and the fields of the handshake.

import Codecs
import Testing

@Suite("An upgrade")
struct UpgradeTests {
    static let examples: [(lines: [String], version: String, upgrade: String)] = [
        (["Connection: upgrade", "Upgrade: websocket"], "1.1", "websocket"),
        (["Upgrade:\t WebSocket \t", "Connection: keep-alive, Upgrade"], "1.1", "WebSocket"),
        (["Upgrade: h2c, foo/1, websocket", "Connection: UPGRADE"], "1.1", "h2c, foo/1, websocket"),
        (["Connection: upgrade", "Connection: close", "Upgrade: x"], "1.1", "x"),
        (["Connection: close", "Connection: upgrade", "Upgrade: x"], "1.2", "x"),
        // Connection does not name it, or names another.
        (["Upgrade: websocket"], "1.1", ""),
        (["Upgrade: websocket", "Connection: keep-alive"], "1.1", ""),
        (["Upgrade: websocket", "Connection: upgrades, up-grade"], "1.1", ""),
        // Nothing is named.
        (["Connection: upgrade"], "1.1", ""),
        (["Connection: upgrade", "Upgrade:"], "1.1", ""),
        (["Connection: upgrade", "Upgrades: websocket"], "1.1", ""),
        // More than one line, equal or not, together or apart.
        (["Connection: upgrade", "Upgrade: websocket", "Upgrade: websocket"], "1.1", ""),
        (["Upgrade: websocket", "Connection: upgrade", "Upgrade: h2c"], "1.1", ""),
        (["Upgrade: x", "Upgrade: x", "Upgrade: x", "Connection: upgrade"], "1.1", ""),
        (["Upgrade:", "Upgrade: x", "Connection: upgrade"], "1.1", ""),
        // HTTP/1.0 has none.
        (["Connection: upgrade", "Upgrade: websocket"], "1.0", ""),
    ]

    @Test("is its field's value where Connection names it, in requests and responses", arguments: examples.indices)
    func value(index: Int) {
        let (lines, version, upgrade) = Self.examples[index]
        let text = lines.map { $0 + "\r\n" }.joined()
        let request = ReadRequest("GET / HTTP/\(version)\r\nHost: a\r\n\(text)\r\n")
        #expect(request.outcome == .complete && request.text(request.head.upgrade) == upgrade, "\(text)")
        for status in ["101 Switching Protocols", "426 Upgrade Required"] {
            let response = ReadResponse("HTTP/\(version) \(status)\r\nContent-Length: 0\r\n\(text)\r\n")
            #expect(response.outcome == .complete && response.text(response.head.upgrade) == upgrade, "\(text)")
        }
        for field in request.fields where ["Upgrade", "Connection"].contains(field.name) { #expect(field.isDropped) }
    }

    @Test("agreed on has no body and ends the use of its connection for HTTP, whatever else it says")
    func switching() {
        for line in ["", "Content-Length: 5\r\n", "Connection: keep-alive\r\n"] {
            let text = "HTTP/1.1 101 Switching Protocols\r\n\(line)Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
            let read = ReadResponse(text + "\u{81}\u{01}a")
            #expect(read.outcome == .complete && read.head.framing == .none && read.head.status == 101)
            #expect(read.head.byteCount == text.utf8.count && !read.head.facts.contains(.persistent))
            #expect(read.head.facts.contains(.upgradesToWebSocket) && read.text(read.head.upgrade) == "websocket")
            let dropped = read.fields.filter { $0.known == .upgrade || $0.known == .connection }
            #expect(dropped.count >= 2 && dropped.allSatisfy(\.isDropped))
        }
    }

    private static func handshake(_ lines: [String]) -> (fields: HandshakeFields, bytes: [UInt8]) {
        let bytes = Array(("GET / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n").utf8)
        let fieldsMax = HeadLimits().fieldsMax
        let room = UnsafeMutablePointer<HeadField>.allocate(capacity: fieldsMax)
        defer { room.deallocate() }
        var head = RequestHead()
        let outcome = bytes.withUnsafeBytes { RequestHead.parse($0, limits: HeadLimits(), into: &head, fields: room) }
        #expect(outcome == .complete)
        return (HandshakeFields(UnsafeBufferPointer(start: room, count: head.fieldCount)), bytes)
    }

    private static func text(_ found: HandshakeFields.Found, _ bytes: [UInt8]) -> String {
        String(decoding: bytes[found.value.indices], as: UTF8.self)
    }

    @Test("has its fields found and counted")
    func fields() {
        let lines = [
            "sec-websocket-key: k", "X: y", "Sec-WebSocket-Version:13", "SEC-WEBSOCKET-ACCEPT: s", "Sec-WebSocket-Protocol: p",
        ]
        let (one, bytes) = Self.handshake(lines)
        #expect(one.key.count == 1 && one.version.count == 1 && one.accept.count == 1)
        #expect(
            Self.text(one.key, bytes) == "k" && Self.text(one.version, bytes) == "13" && Self.text(one.accept, bytes) == "s")
        let (none, _) = Self.handshake(["Sec-WebSocket-Keys: k", "Sec-WebSocket: 13"])
        #expect(none.key.count == 0 && none.version.count == 0 && none.accept.count == 0 && none.key.value.isEmpty)
        let (twice, all) = Self.handshake([
            "Sec-WebSocket-Key: k", "Sec-WebSocket-Version: 8", "Sec-WebSocket-Key: l", "sec-websocket-version: 13",
        ])
        #expect(twice.key.count == 2 && twice.version.count == 2 && twice.accept.count == 0)
        #expect(Self.text(twice.key, all) == "k" && Self.text(twice.version, all) == "8")
    }

    @Test("is broken where Connection names one of its fields", arguments: ["Key", "Version", "Accept"])
    func named(field: String) {
        for option in ["Sec-WebSocket-\(field)", "sec-websocket-\(field)".lowercased()] {
            let (found, _) = Self.handshake([
                "Connection: upgrade, \(option)", "Sec-WebSocket-Key: k", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Accept: s",
            ])
            #expect(found.key.count == (field == "Key" ? 2 : 1) && found.version.count == (field == "Version" ? 2 : 1))
            #expect(found.accept.count == (field == "Accept" ? 2 : 1))
        }
    }

    @Test("its fields go on to the server and back, as they are for both ends")
    func endToEnd() {
        let names = [
            "Sec-WebSocket-Key", "Sec-WebSocket-Version", "Sec-WebSocket-Accept", "Sec-WebSocket-Protocol",
            "Sec-WebSocket-Extensions",
        ]
        let read = ReadRequest("GET / HTTP/1.1\r\nHost: a\r\n" + names.map { "\($0): x\r\n" }.joined() + "\r\n")
        #expect(read.fields.dropFirst().map(\.name) == names && read.fields.allSatisfy { !$0.isDropped })
    }
}
