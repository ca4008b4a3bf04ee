// Parts of the Forwarded field, after the examples of RFC 7239.

import Codecs
import Testing

@Suite("forwarded text")
struct ForwardedTextTests {
    private func node(_ host: HostAddress?, _ port: UInt16? = nil, room: Int = ForwardedText.nodeBytesMax) -> String {
        written(room: room) { ForwardedText.writeNode(host, port: port, into: $0) }
    }

    @Test(
        "nodes are quoted where they hold a colon",
        arguments: [
            ("192.0.2.43", nil, "192.0.2.43"), ("192.0.2.43", 47011, "\"192.0.2.43:47011\""),
            ("2001:db8:cafe::17", nil, "\"[2001:db8:cafe::17]\""),
            ("2001:db8:cafe::17", 4711, "\"[2001:db8:cafe::17]:4711\""), ("::", 0, "\"[::]:0\""),
        ] as [(String, UInt16?, String)])
    func nodes(host: String, port: UInt16?, expected: String) throws {
        #expect(node(try #require(HostAddress.parse(host)), port) == expected)
    }

    @Test("who has no address is unknown")
    func unknown() { #expect(node(nil) == "unknown") }

    @Test("the longest node fits in the room that is promised, and in no less")
    func longest() {
        let host = HostAddress.ipv6(high: .max, low: .max)
        #expect(node(host, .max) == "\"[ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:65535\"")
        #expect(node(host, .max).utf8.count == ForwardedText.nodeBytesMax)
        #expect(node(host, .max, room: 48).utf8.count == 48)
    }

    @Test(
        "values are tokens or quoted",
        arguments: [
            ("example.org", "example.org"), ("example.org:8080", "\"example.org:8080\""), ("", "\"\""),
            ("a\"b\\", "\"a\\\"b\\\\\""), ("a b", "\"a b\""), ("a\r\nb", "\"a__b\""), ("é", "\"__\""), ("[::1]", "\"[::1]\""),
            ("!#$%&'*+-.^_`|~09azAZ", "!#$%&'*+-.^_`|~09azAZ"), ("a;proto=https", "\"a;proto=https\""),
        ])
    func values(value: String, expected: String) {
        let answer = withGuarded(value) { bytes in
            written(room: 2 * bytes.count + 2) { room in
                bytes.withUnsafeBytes { ForwardedText.writeValue($0, into: room) }
            }
        }
        #expect(answer == expected)
    }

    @Test("a value that may not fit is not begun")
    func room() {
        let answer = withGuarded("a:b") { bytes in
            written(room: 7) { room in bytes.withUnsafeBytes { ForwardedText.writeValue($0, into: room) } }
        }
        #expect(answer == "")
    }

    @Test("an address is written into a buffer as it is read")
    func address() throws {
        for text in ["10.0.0.1", "2001:db8::1", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"] {
            let host = try #require(HostAddress.parse(text))
            #expect(written(room: HostAddress.bytesMax) { host.write(into: $0) } == text)
        }
    }
}
