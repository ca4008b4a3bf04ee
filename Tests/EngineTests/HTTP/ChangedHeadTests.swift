// What operators change in heads: fields both ways, and paths.

import Codecs
import Config
import Testing

@testable import Engine

@Suite("Heads that operators change")
struct ChangedHeadTests {
    private func rewritten(
        _ text: String, _ changes: Rewriting, route: Rewriting? = nil, _ configure: (inout Frontend) -> Void = Self.plain,
        _ change: (inout Rewriter) -> Void = { _ in }
    ) -> String {
        var rewriter = Rewriter(configure)
        defer { rewriter.destroy() }
        rewriter.changes = changes
        rewriter.routeChanges = route
        change(&rewriter)
        return rewriter.request(text)
    }

    private static func plain(_ frontend: inout Frontend) {
        frontend.forwarded = .off
        frontend.requestIDHeader = nil
    }

    private static let sent = lines("GET /a?b=c HTTP/1.1", "Host: h.example:81", "X-A: 1", "x-a: 2", "X-B: 3")

    @Test("a field is set in place of all of its name, added beside them, or removed", arguments: [
        (["X-A: 9"], ["X-B: 3", "X-A: 9"]), (["+X-A: 9"], ["X-A: 1", "x-a: 2", "X-B: 3", "X-A: 9"]), (["-X-A"], ["X-B: 3"]),
        (["-x-b"], ["X-A: 1", "x-a: 2"]), (["X-New: 1"], ["X-A: 1", "x-a: 2", "X-B: 3", "X-New: 1"]),
        (["-X-A", "-X-B", "-X-None"], []), (["X-A: 8", "+X-A: 9"], ["X-B: 3", "X-A: 8", "X-A: 9"]),
        (["+X-A: 8", "X-A: 9"], ["X-B: 3", "X-A: 9"]), (["X-A: 8", "-X-A"], ["X-B: 3"]),
    ])
    func fields(changes: [String], left: [String]) {
        var rewriting = Rewriting()
        rewriting.requestFields = changes.map { .read($0) }
        let expected = (["GET /a?b=c HTTP/1.1", "Host: h.example:81"] + left).map { $0 + "\r\n" }.joined() + "\r\n"
        #expect(rewritten(Self.sent, rewriting) == expected)
    }

    @Test("a name that differs by an underscore is removed as well: servers that make variables of fields take it for the same")
    func underscore() {
        let text = lines("GET / HTTP/1.1", "Host: h", "X_User: root", "X-User2: a")
        #expect(rewritten(text, Rewriting(up: "-X-User")) == lines("GET / HTTP/1.1", "Host: h", "X-User2: a"))
    }

    @Test("variables have the request's values", arguments: [
        ("$host", "h.example"), ("$request_uri", "/a?b=c"), ("$uri", "/a"), ("$args", "b=c"), ("$scheme", "http"),
        ("$remote_addr", "192.0.2.7"), ("$request_id", Rewriter.requestID), ("$server_name", "front"),
        ("$scheme://$host$request_uri!", "http://h.example/a?b=c!"),
    ])
    func variables(template: String, value: String) {
        let got = rewritten(Self.sent, Rewriting(up: "X-V: \(template)"))
        #expect(got.hasSuffix("X-B: 3\r\nX-V: \(value)\r\n\r\n"), "\(got)")
    }

    @Test("variables of requests that lack something", arguments: [
        ("GET http://b:8?x=1 HTTP/1.1", "Host: a", "b|/?x=1|/|x=1"), ("GET http://[::1]:8 HTTP/1.1", "Host: a", "[::1]|/|/|"),
        ("OPTIONS * HTTP/1.1", "Host: a:1", "a|/|/|"), ("GET / HTTP/1.0", "A: 1", "10.0.0.1|/|/|"),
    ])
    func lacking(line: String, field: String, value: String) {
        let got = rewritten(lines(line, field), Rewriting(up: "X-V: $host|$request_uri|$uri|$args"))
        #expect(got.contains("\r\nX-V: \(value)\r\n"), "\(got)")
    }

    @Test("https is the scheme where a proxy that is believed says so")
    func secure() {
        let got = rewritten(Self.sent, Rewriting(up: "X-V: $scheme"), Self.plain, { $0.isSecure = true })
        #expect(got.contains("\r\nX-V: https\r\n"))
    }

    @Test("of our own fields, one that is set is not written twice, and one that is removed not at all")
    func own() {
        let changes = Rewriting(up: "X-Forwarded-Proto: https", "-X-Forwarded-Host", "X-Request-ID: mine", "Host: other", "-Via")
        for line in ["GET / HTTP/1.1", "GET http://b/ HTTP/1.1"] {
            let got = rewritten(lines(line, "Host: a"), changes, { $0.via = "me" })
            let expected = lines(
                "GET / HTTP/1.1", "X-Forwarded-For: 192.0.2.7", "X-Forwarded-Proto: https", "X-Request-ID: mine", "Host: other")
            #expect(got == expected)
        }
        let without = rewritten(lines("GET / HTTP/1.1", "Host: a"), Rewriting(up: "-X-Forwarded-For", "-Forwarded", "-X-Request-ID", "-X-Forwarded-Proto", "-X-Forwarded-Host")) {
            $0.forwarded = .both
        }
        #expect(without == lines("GET / HTTP/1.1", "Host: a"))
    }

    @Test("a route's changes come after its frontend's")
    func order() {
        let got = rewritten(Self.sent, Rewriting(up: "X-A: front", "X-C: front"), route: Rewriting(up: "X-A: route", "-X-C", "+X-B: 4"))
        #expect(got == lines("GET /a?b=c HTTP/1.1", "Host: h.example:81", "X-B: 3", "X-A: route", "X-B: 4"))
    }

    @Test("a prefix is stripped where a segment ends, and one is added", arguments: [
        ("/api", nil, "/api/x?y", "/x?y"), ("/api", nil, "/api", "/"), ("/api", nil, "/api?y", "/?y"), ("/api", nil, "/apix", "/apix"),
        ("/api", nil, "/API/x", "/API/x"), ("/api", nil, "/x/api", "/x/api"), ("/api", nil, "/%61pi/x", "/%61pi/x"),
        ("/api", nil, "/api/", "/"), ("/api", nil, "/api//x", "/x"), ("/api", nil, "/api///x//y", "/x//y"), ("/api", nil, "/api//", "/"),
        ("/api", nil, "/api//?y", "/?y"), ("/api", "/v2", "/api//x", "/v2/x"), (nil, "/v2", "//x", "/v2//x"), ("/api", nil, "//x", "//x"), (nil, "/v2", "/", "/v2/"), (nil, "/v2", "/x?y", "/v2/x?y"),
        ("/api", "/v2", "/api/x", "/v2/x"), ("/api", "/v2", "/api", "/v2"), ("/api", "/v2", "/api?y", "/v2?y"), ("/api", "/v2", "/b", "/v2/b"),
    ] as [(String?, String?, String, String)])
    func prefixes(strip: String?, add: String?, path: String, got: String) {
        for form in [path, "http://h\(path)"] {
            let text = rewritten(lines("GET \(form) HTTP/1.1", "Host: h"), Rewriting(strip: strip, add: add))
            #expect(text == lines("GET \(got) HTTP/1.1", "Host: h"))
        }
    }

    @Test("a whole URI without a path has one to add to; the asterisk is no path")
    func pathless() {
        let changes = Rewriting(strip: "/a", add: "/b")
        #expect(rewritten(lines("GET http://h HTTP/1.1", "Host: h"), changes) == lines("GET /b/ HTTP/1.1", "Host: h"))
        #expect(rewritten(lines("GET http://h?q HTTP/1.1", "Host: h"), changes) == lines("GET /b/?q HTTP/1.1", "Host: h"))
        #expect(rewritten(lines("OPTIONS * HTTP/1.1", "Host: h"), changes) == lines("OPTIONS * HTTP/1.1", "Host: h"))
    }

    @Test("a route edits the path that its frontend's edit left")
    func pathOrder() {
        let got = rewritten(lines("GET /a/x HTTP/1.1", "Host: h"), Rewriting(strip: "/a", add: "/b"), route: Rewriting(strip: "/b/x", add: "/c"))
        #expect(got == lines("GET /c HTTP/1.1", "Host: h"))
    }

    @Test("a head that outgrows its memory is none", arguments: 0...400)
    func room(room: Int) {
        var rewriter = Rewriter(Self.plain)
        defer { rewriter.destroy() }
        rewriter.changes = Rewriting(up: "X-V: $request_uri$request_uri", strip: "/api", add: "/very/long/prefix")
        let whole = lines("GET /very/long/prefix/x HTTP/1.1", "Host: h", "X-V: /api/x/api/x")
        let got = rewriter.request(lines("GET /api/x HTTP/1.1", "Host: h"), room: room)
        #expect(got == (room < whole.utf8.count ? "no room" : whole))
    }

    @Test("fields of answers are set, added and removed, ours among them; what comes before an answer too, but its date")
    func answers() {
        let sent = lines("HTTP/1.1 200 OK", "Server: x", "X-A: 1", "Content-Length: 0")
        func got(_ changes: String...) -> String { Rewriter.response(sent, via: "1.1 me", changes: changes.map { .read($0) }) }
        let date = "Date: Sat, 21 Nov 2026 06:00:00 GMT"
        #expect(got("-Server") == lines("HTTP/1.1 200 OK", "X-A: 1", "Content-Length: 0", date, "Via: 1.1 me"))
        #expect(got("Server: y", "+X-A: 2") == lines("HTTP/1.1 200 OK", "X-A: 1", "Content-Length: 0", date, "Via: 1.1 me", "Server: y", "X-A: 2"))
        #expect(got("-Date", "-Via") == lines("HTTP/1.1 200 OK", "Server: x", "X-A: 1", "Content-Length: 0"))
        #expect(got("-Server", "-x-a") == lines("HTTP/1.1 200 OK", "Content-Length: 0", date, "Via: 1.1 me"))
    }
}
