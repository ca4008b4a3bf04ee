// What servers are told: the request line, the fields that go on, and the fields that are added.

import Codecs
import Config
import Testing

@testable import Engine

@Suite("Requests as servers get them")
struct RequestRewritingTests {
    private func rewritten(_ text: String, _ configure: (inout Frontend) -> Void, _ change: (inout Rewriter) -> Void = { _ in }) -> String {
        var rewriter = Rewriter(configure)
        defer { rewriter.destroy() }
        change(&rewriter)
        return rewriter.request(text)
    }

    /// Without anything added.
    private func plain(_ text: String) -> String {
        rewritten(text) { frontend in
            frontend.forwarded = .off
            frontend.requestIDHeader = nil
        }
    }

    @Test("a request line is written anew, its target as it was", arguments: [
        ("GET / HTTP/1.1", "GET / HTTP/1.1"), ("GET /a/../b?c=%20 HTTP/1.1", "GET /a/../b?c=%20 HTTP/1.1"),
        ("get / HTTP/1.1", "get / HTTP/1.1"), ("PROPFIND //x HTTP/1.1", "PROPFIND //x HTTP/1.1"),
        ("OPTIONS * HTTP/1.1", "OPTIONS * HTTP/1.1"), ("GET /? HTTP/1.1", "GET /? HTTP/1.1"),
        ("GET / HTTP/1.0", "GET / HTTP/1.1"), ("GET / HTTP/1.7", "GET / HTTP/1.1"),
    ])
    func line(sent: String, got: String) {
        #expect(plain(lines(sent, "Host: a")) == lines(got, "Host: a"))
    }

    @Test("a whole URI is taken apart: its path is the target, its authority is Host, whatever Host said", arguments: [
        ("GET http://b.c:81/x?y=1 HTTP/1.1", "GET /x?y=1 HTTP/1.1", "b.c:81"), ("GET http://b HTTP/1.1", "GET / HTTP/1.1", "b"),
        ("GET http://b/ HTTP/1.1", "GET / HTTP/1.1", "b"), ("GET http://b?y=1 HTTP/1.1", "GET /?y=1 HTTP/1.1", "b"),
        ("OPTIONS http://b HTTP/1.1", "OPTIONS * HTTP/1.1", "b"), ("OPTIONS http://b/ HTTP/1.1", "OPTIONS / HTTP/1.1", "b"),
        ("OPTIONS http://b?y HTTP/1.1", "OPTIONS /?y HTTP/1.1", "b"), ("GET HTTPS://[::1]:8/ HTTP/1.1", "GET / HTTP/1.1", "[::1]:8"),
    ])
    func absolute(sent: String, line: String, host: String) {
        #expect(plain(lines(sent, "A: 1", "Host: a", "B: 2")) == lines(line, "Host: \(host)", "A: 1", "B: 2"))
        #expect(plain(lines(sent.replacing("1.1", with: "1.0"), "A: 1")) == lines(line, "Host: \(host)", "A: 1"))
    }

    @Test("HTTP/1.0 without a Host gets the listener's own")
    func missingHost() {
        #expect(plain(lines("GET / HTTP/1.0")) == lines("GET / HTTP/1.1", "Host: \(Rewriter.ownHost)"))
        #expect(plain(lines("GET / HTTP/1.0", "A: 1")) == lines("GET / HTTP/1.1", "A: 1", "Host: \(Rewriter.ownHost)"))
        #expect(plain(lines("GET / HTTP/1.0", "hOST: a")) == lines("GET / HTTP/1.1", "hOST: a"))
    }

    @Test("fields that are for one connection stay behind, wherever they stand", arguments: [
        "Connection: keep-alive", "Keep-Alive: timeout=5", "Proxy-Connection: close", "TE: trailers", "Upgrade: h2c",
        "HTTP2-Settings: AAMA", "connection:close", "Connection: X-Mine, close",
    ])
    func hopByHop(field: String) {
        for place in 0...3 {
            var fields = ["Host: a", "A: 1", "B: 2"]
            fields.insert(field, at: place)
            let text = (["GET / HTTP/1.1"] + fields).map { $0 + "\r\n" }.joined() + "\r\n"
            #expect(plain(text) == lines("GET / HTTP/1.1", "Host: a", "A: 1", "B: 2"), "at place \(place)")
        }
    }

    @Test("fields that Connection names stay behind, before and after it, and their likes do not")
    func named() {
        let text = lines("GET / HTTP/1.1", "X-Mine: 1", "Host: a", "X-Mine2: 2", "Connection: x-mine, Y", "y: 3", "Y: 4", "Z: 5", "x-MINE: 6")
        #expect(plain(text) == lines("GET / HTTP/1.1", "Host: a", "X-Mine2: 2", "Z: 5"))
    }

    @Test("several that stay behind in a row, and nothing but such")
    func rows() {
        let text = lines("GET / HTTP/1.1", "TE: trailers", "Connection: TE", "Host: a", "Upgrade: x", "Keep-Alive: 1", "A: 1", "TE: gzip", "Upgrade: y")
        #expect(plain(text) == lines("GET / HTTP/1.1", "Host: a", "A: 1"))
        #expect(plain(lines("GET http://b/ HTTP/1.1", "Host: a", "Connection: close")) == lines("GET / HTTP/1.1", "Host: b"))
    }

    @Test("a body's framing is said once: a length as it was, chunks anew at the end")
    func framing() {
        #expect(plain(lines("POST / HTTP/1.1", "Content-Length: 0", "Host: a")) == lines("POST / HTTP/1.1", "Content-Length: 0", "Host: a"))
        let chunked = lines("POST / HTTP/1.1", "transfer-encoding: Chunked", "Host: a", "Trailer: X-Sum", "Expect: 100-continue")
        #expect(
            plain(chunked)
                == lines("POST / HTTP/1.1", "Host: a", "Trailer: X-Sum", "Expect: 100-continue", "Transfer-Encoding: chunked"))
    }

    @Test("a server that is not to keep the connection is told so")
    func last() {
        let text = rewritten(lines("GET / HTTP/1.1", "Connection: keep-alive", "Host: a"), { $0.forwarded = .off }) { $0.isLast = true }
        #expect(text == lines("GET / HTTP/1.1", "Host: a", "X-Request-ID: \(Rewriter.requestID)", "Connection: close"))
    }

    // MARK: - Who asked

    private static let told = lines(
        "GET / HTTP/1.1", "X-Forwarded-For: 1.2.3.4", "Host: a:81", "x-forwarded-proto: https", "X-Forwarded-Host: b", "Forwarded: for=5.6.7.8",
        "X-Real-IP: 9.9.9.9", "X-Request-ID: mine", "X-Forwarded-Port: 443", "A: 1")

    @Test("by default X-Forwarded fields and an identifier are added, and a stranger's own are dropped")
    func byDefault() {
        let added = [
            "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: http", "X-Forwarded-Host: a:81", "X-Request-ID: \(Rewriter.requestID)",
        ]
        let expected = (["GET / HTTP/1.1", "Host: a:81", "A: 1"] + added).map { $0 + "\r\n" }.joined() + "\r\n"
        #expect(rewritten(Self.told, { _ in }) == expected)
    }

    @Test("what a trusted proxy has said goes on, and the proxy is added to those whom it names")
    func trusted() {
        let text = rewritten(Self.told, { $0.sendsRealIP = true }) { $0.isTrusted = true }
        #expect(
            text
                == lines(
                    "GET / HTTP/1.1", "X-Forwarded-For: 1.2.3.4", "Host: a:81", "x-forwarded-proto: https", "X-Forwarded-Host: b",
                    "Forwarded: for=5.6.7.8", "X-Real-IP: 9.9.9.9", "X-Request-ID: mine", "X-Forwarded-Port: 443", "A: 1",
                    "X-Forwarded-For: 192.0.2.7"))
    }

    @Test("a trusted proxy that has said nothing is treated as a client")
    func silent() {
        let text = rewritten(lines("GET / HTTP/1.1", "Host: a"), { $0.sendsRealIP = true }) { $0.isTrusted = true }
        #expect(
            text
                == lines(
                    "GET / HTTP/1.1", "Host: a", "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: http", "X-Forwarded-Host: a",
                    "X-Real-IP: 192.0.2.7", "X-Request-ID: \(Rewriter.requestID)"))
    }

    @Test("X-Forwarded-Host is the authority that was asked for")
    func forwardedHost() {
        let text = rewritten(lines("GET http://b:9/ HTTP/1.1", "Host: a"), { $0.requestIDHeader = nil })
        #expect(text.contains("X-Forwarded-Host: b:9\r\n"))
        let old = rewritten(lines("GET / HTTP/1.0"), { $0.requestIDHeader = nil })
        #expect(old.contains("X-Forwarded-Host: \(Rewriter.ownHost)\r\n"))
    }

    @Test("Forwarded names the client by RFC 7239", arguments: [
        (PeerAddress.ipv4(host: 0xc000_0207, port: 1), "192.0.2.7"),
        (.ipv6(high: 0x2001_0db8_0000_0000, low: 0x17, port: 1), "\"[2001:db8::17]\""),
        (.ipv6(high: 0, low: 0xffff_c000_0207, port: 1), "192.0.2.7"), (.unnamed, "unknown"),
    ])
    func forwarded(client: PeerAddress, node: String) {
        let text = rewritten(
            lines("GET / HTTP/1.1", "Host: a:81"),
            { frontend in
                frontend.forwarded = .rfc7239
                frontend.requestIDHeader = nil
            }
        ) { $0.client = client }
        #expect(text == lines("GET / HTTP/1.1", "Host: a:81", "Forwarded: for=\(node);host=\"a:81\";proto=http"))
    }

    @Test("both kinds, when both are asked for; none, when none is")
    func kinds() {
        let both = rewritten(lines("GET / HTTP/1.1", "Host: a"), { $0.forwarded = .both })
        #expect(both.contains("X-Forwarded-For: 192.0.2.7\r\n") && both.contains("Forwarded: for=192.0.2.7;host=\"a\";proto=http\r\n"))
        let none = rewritten(Self.told, { $0.forwarded = .off })
        #expect(none == lines("GET / HTTP/1.1", "Host: a:81", "A: 1", "X-Request-ID: \(Rewriter.requestID)"))
    }

    @Test("a client's address stands unbracketed and unmapped in fields of plain text", arguments: [
        (PeerAddress.ipv6(high: 0x2001_0db8_0000_0000, low: 0x17, port: 1), "2001:db8::17"), (.ipv6(high: 0, low: 0xffff_c000_0207, port: 1), "192.0.2.7"),
        (.unnamed, "unknown"),
    ])
    func addresses(client: PeerAddress, text: String) {
        let head = rewritten(lines("GET / HTTP/1.1", "Host: a"), { $0.sendsRealIP = true }) { $0.client = client }
        #expect(head.contains("X-Forwarded-For: \(text)\r\n") && head.contains("X-Real-IP: \(text)\r\n"))
    }

    @Test("the identifier's field has the operator's name, and a stranger's own is dropped in any spelling", arguments: ["X-Trace", "X-Request-ID"])
    func requestID(name: String) {
        for sent in [name, name.lowercased(), name.uppercased()] {
            let head = lines("GET / HTTP/1.1", "\(sent): theirs", "Host: a")
            func setUp(_ frontend: inout Frontend) {
                frontend.forwarded = .off
                frontend.requestIDHeader = name
            }
            #expect(rewritten(head, setUp) == lines("GET / HTTP/1.1", "Host: a", "\(name): \(Rewriter.requestID)"))
            #expect(rewritten(head, setUp) { $0.isTrusted = true } == lines("GET / HTTP/1.1", "\(sent): theirs", "Host: a"))
        }
    }

    @Test("without an identifier, or with another name, X-Request-ID is a field like others")
    func otherID() {
        let head = lines("GET / HTTP/1.1", "X-Request-ID: theirs", "Host: a")
        #expect(plain(head) == head)
    }

    @Test("Via is added behind those that are there")
    func via() {
        let text = rewritten(
            lines("GET / HTTP/1.1", "Via: 1.0 first", "Host: a"),
            { frontend in
                frontend.forwarded = .off
                frontend.requestIDHeader = nil
                frontend.via = "lb"
            })
        #expect(text == lines("GET / HTTP/1.1", "Via: 1.0 first", "Host: a", "Via: 1.1 lb"))
    }

    @Test("a head that finds no room is not half written")
    func room() {
        let rewriter = Rewriter()
        defer { rewriter.destroy() }
        let head = lines("GET / HTTP/1.1", "Host: a")
        let count = rewriter.request(head).utf8.count
        #expect(rewriter.request(head, room: count).utf8.count == count)
        for room in 0..<count { #expect(rewriter.request(head, room: room) == "no room") }
    }
}
