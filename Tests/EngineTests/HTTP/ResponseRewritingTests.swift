// What clients are told of an answer: its line, the fields that go on, and the few that are added.

import Codecs
import Testing

@testable import Engine

@Suite("Answers as clients get them")
struct ResponseRewritingTests {
    private static let date = "Date: Sat, 21 Nov 2026 06:00:00 GMT"
    private static let own = "Date: Sun, 06 Nov 1994 08:49:37 GMT"

    @Test("the line is written anew, with the server's own words", arguments: [
        ("HTTP/1.1 200 OK", "HTTP/1.1 200 OK"), ("HTTP/1.0 200 OK", "HTTP/1.1 200 OK"), ("HTTP/1.1 299 I  am\tfine", "HTTP/1.1 299 I  am\tfine"),
        ("HTTP/1.1 404 ", "HTTP/1.1 404 "), ("HTTP/1.1 404", "HTTP/1.1 404 "), ("HTTP/1.1 200 \u{e9}", "HTTP/1.1 200 \u{e9}"),
    ])
    func line(sent: String, got: String) {
        #expect(Rewriter.response(lines(sent, Self.own, "Content-Length: 0")) == lines(got, Self.own, "Content-Length: 0"))
    }

    @Test("Date is added where the server sent none, and not to what comes before the answer")
    func date() {
        #expect(Rewriter.response(lines("HTTP/1.1 200 OK", "A: 1")) == lines("HTTP/1.1 200 OK", "A: 1", Self.date))
        #expect(Rewriter.response(lines("HTTP/1.1 200 OK")) == lines("HTTP/1.1 200 OK", Self.date))
        #expect(Rewriter.response(lines("HTTP/1.1 200 OK", "dATE: x", "A: 1")) == lines("HTTP/1.1 200 OK", "dATE: x", "A: 1"))
        #expect(Rewriter.response(lines("HTTP/1.1 103 Early Hints", "Link: </a>")) == lines("HTTP/1.1 103 Early Hints", "Link: </a>"))
    }

    @Test("fields that are for one connection stay behind, wherever they stand", arguments: [
        "Connection: keep-alive", "Keep-Alive: timeout=5", "Proxy-Connection: close", "Upgrade: h2c", "connection: X-Mine",
    ])
    func hopByHop(field: String) {
        for place in 0...3 {
            var fields = [Self.own, "A: 1", "B: 2"]
            fields.insert(field, at: place)
            let text = (["HTTP/1.1 200 OK"] + fields + ["Content-Length: 3"]).map { $0 + "\r\n" }.joined() + "\r\n"
            #expect(Rewriter.response(text) == lines("HTTP/1.1 200 OK", Self.own, "A: 1", "B: 2", "Content-Length: 3"), "at place \(place)")
        }
    }

    @Test("fields that Connection names stay behind")
    func named() {
        let text = lines("HTTP/1.1 200 OK", "X-Mine: 1", Self.own, "Connection: x-MINE", "X-Mine: 2", "B: 2")
        #expect(Rewriter.response(text) == lines("HTTP/1.1 200 OK", Self.own, "B: 2"))
    }

    @Test("chunks are said anew to those who know them, and not to HTTP/1.0")
    func chunks() {
        let text = lines("HTTP/1.1 200 OK", "Transfer-Encoding: chunked", Self.own)
        #expect(Rewriter.response(text) == lines("HTTP/1.1 200 OK", Self.own, "Transfer-Encoding: chunked"))
        #expect(Rewriter.response(text, isOldClient: true, isPersistent: false) == lines("HTTP/1.1 200 OK", Self.own, "Connection: close"))
    }

    @Test("an answer to HEAD, and 304, say how long the body would be; 204 and 1xx do not", arguments: [
        (200, Method.head, true), (304, .get, true), (200, .get, true), (204, .get, false), (103, .get, false),
    ])
    func lengths(status: Int, method: Method, isKept: Bool) {
        let text = Rewriter.response(lines("HTTP/1.1 \(status) X", "A: 1", "Content-Length: 5", Self.own, "B: 2"), to: method)
        let expected = ["HTTP/1.1 \(status) X", "A: 1"] + (isKept ? ["Content-Length: 5"] : []) + [Self.own, "B: 2"]
        #expect(text == expected.map { $0 + "\r\n" }.joined() + "\r\n")
    }

    @Test("a chunked answer to HEAD has no body, and says so")
    func chunkedToHead() {
        let text = Rewriter.response(lines("HTTP/1.1 200 OK", Self.own, "Transfer-Encoding: chunked"), to: .head)
        #expect(text == lines("HTTP/1.1 200 OK", Self.own) || text == lines("HTTP/1.1 200 OK", Self.own, "Transfer-Encoding: chunked"))
    }

    @Test("a client learns whether its connection goes on, as its version needs it", arguments: [
        (false, true, nil), (false, false, "Connection: close"), (true, true, "Connection: keep-alive"), (true, false, "Connection: close"),
    ] as [(Bool, Bool, String?)])
    func connection(isOld: Bool, isPersistent: Bool, field: String?) {
        let text = Rewriter.response(lines("HTTP/1.1 200 OK", Self.own, "Content-Length: 0"), isOldClient: isOld, isPersistent: isPersistent)
        let expected = ["HTTP/1.1 200 OK", Self.own, "Content-Length: 0"] + (field.map { [$0] } ?? [])
        #expect(text == expected.map { $0 + "\r\n" }.joined() + "\r\n")
        // What comes before the answer says nothing of that.
        #expect(Rewriter.response(lines("HTTP/1.1 100 Continue"), isOldClient: isOld, isPersistent: isPersistent) == lines("HTTP/1.1 100 Continue"))
    }

    @Test("Via is added behind those that are there")
    func via() {
        let text = Rewriter.response(lines("HTTP/1.1 200 OK", "Via: 1.1 first", Self.own), via: "1.1 lb")
        #expect(text == lines("HTTP/1.1 200 OK", "Via: 1.1 first", Self.own, "Via: 1.1 lb"))
    }
}
