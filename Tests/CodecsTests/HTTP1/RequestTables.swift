// Requests that are read, by section of RFC 9110 and 9112, and what is read in them.

import Codecs

/// A head and what it says. `dropped` are the names of the fields that are not forwarded.
struct RequestCase {
    var text: String
    var method = Method.get
    var form = TargetForm.origin
    var path = "/"
    var query = ""
    var authority = "a"
    var minorVersion: UInt8 = 1
    var framing = BodyFraming.none
    var facts: HeadFacts = [.persistent]
    var dropped: [String] = []
    var isSecure = false

    /// A GET of `/` with these lines beside Host.
    static func lines(
        _ lines: String..., framing: BodyFraming = .none, facts: HeadFacts = [.persistent], dropped: [String] = []
    ) -> RequestCase {
        let text = "GET / HTTP/1.1\r\nHost: a\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
        return RequestCase(text: text, framing: framing, facts: facts, dropped: dropped)
    }

    /// The first line, with `Host: a` behind it.
    static func target(
        _ target: String, _ method: String = "GET", as known: Method = .get, form: TargetForm = .origin, path: String,
        query: String = "", authority: String = "a", isSecure: Bool = false
    ) -> RequestCase {
        RequestCase(
            text: "\(method) \(target) HTTP/1.1\r\nHost: a\r\n\r\n", method: known, form: form, path: path, query: query,
            authority: authority, isSecure: isSecure)
    }

    static func host(_ value: String) -> RequestCase {
        RequestCase(text: "GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n", authority: value)
    }
}

enum RequestTables {
    static let accepted: [RequestCase] = lines + targets + hosts + fields + framing + connection

    /// RFC 9112 sections 2 and 3.1; RFC 9110 section 9.
    static let lines: [RequestCase] = [
        RequestCase(text: "GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        RequestCase(text: "\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"),
        RequestCase(text: "GET / HTTP/1.0\r\nHost: a\r\n\r\n", minorVersion: 0, facts: []),
        RequestCase(text: "GET / HTTP/1.0\r\n\r\n", authority: "", minorVersion: 0, facts: []),
        RequestCase(text: "GET / HTTP/1.2\r\nHost: a\r\n\r\n"),
        RequestCase(text: "GET / HTTP/1.9\r\nHost: a\r\n\r\n"),
        .target("/", "HEAD", as: .head, path: "/"), .target("/", "POST", as: .post, path: "/"),
        .target("/", "PUT", as: .put, path: "/"), .target("/", "DELETE", as: .delete, path: "/"),
        .target("/", "OPTIONS", as: .options, path: "/"), .target("/", "PATCH", as: .patch, path: "/"),
        .target("/", "TRACE", as: .trace, path: "/"), .target("/", "get", as: .other, path: "/"),
        .target("/", "G", as: .other, path: "/"), .target("/", "GETS", as: .other, path: "/"),
        .target("/", "PROPFIND", as: .other, path: "/"), .target("/", "VERSION-CONTROL", as: .other, path: "/"),
        .target("/", "!#$%&'*+-.^_`|~09azAZ", as: .other, path: "/"), .target("/", "connect", as: .other, path: "/"),
        .target("/", "CONNECTX", as: .other, path: "/"),
    ]

    /// RFC 9112 section 3.2.
    static let targets: [RequestCase] = [
        .target("/a/b.html", path: "/a/b.html"), .target("/?", path: "/"), .target("/a?b=c&d", path: "/a", query: "b=c&d"),
        .target("/a??b?", path: "/a", query: "?b?"), .target("//a//b", path: "//a//b"),
        .target("/../%2e%2e/%00", path: "/../%2e%2e/%00"),
        .target("/!\"$'()*+,-.:;<=>@[\\]^_`{|}~", path: "/!\"$'()*+,-.:;<=>@[\\]^_`{|}~"),
        .target("/http://b/", path: "/http://b/"), .target("/a?http://b/", path: "/a", query: "http://b/"),
        .target(
            "/0123456789abcdef0123456789abcdef?0123456789abcdef", path: "/0123456789abcdef0123456789abcdef",
            query: "0123456789abcdef"),
        .target("http://b", form: .absolute, path: "", authority: "b"),
        .target("http://b/", form: .absolute, path: "/", authority: "b"),
        .target("http://b:80/c/d?e", form: .absolute, path: "/c/d", query: "e", authority: "b:80"),
        .target("http://b?c", form: .absolute, path: "", query: "c", authority: "b"),
        .target("http://b?c/d", form: .absolute, path: "", query: "c/d", authority: "b"),
        .target("HTTP://B/", form: .absolute, path: "/", authority: "B"),
        .target("hTTps://[::1]:443/x", form: .absolute, path: "/x", authority: "[::1]:443", isSecure: true),
        .target("https://b/@", form: .absolute, path: "/@", authority: "b", isSecure: true),
        .target("*", "OPTIONS", as: .options, form: .asterisk, path: "*"),
        .target("http://b", "OPTIONS", as: .options, form: .absolute, path: "", authority: "b"),
    ]

    /// RFC 9110 section 7.2, RFC 3986 section 3.2.
    static let hosts: [RequestCase] = [
        .host("example.com"), .host("EXAMPLE.com."), .host("example.com:80"), .host("example.com:"), .host("a:0"),
        .host("a:65535"),
        .host("a:00080"), .host("10.0.0.1"), .host("10.0.0.1:8080"), .host("[::1]"), .host("[2001:db8::1]:8443"),
        .host("[::ffff:1.2.3.4]"), .host("[0123:4567:89ab:cdef:0123:4567:89ab:cdef]:1"), .host("a_b-c.d~e"), .host("a%41%2f"),
        .host("!$&'()*+,;="), .host("xn--bcher-kva.example"), .host(String(repeating: "a", count: 300)),
        RequestCase(text: "GET / HTTP/1.1\r\nhOST:a\r\n\r\n"), RequestCase(text: "GET / HTTP/1.1\r\nHost: \t a \t \r\n\r\n"),
        RequestCase(text: "GET / HTTP/1.1\r\nA: b\r\nHost: a\r\n\r\n"),
    ]

    /// RFC 9110 section 5, RFC 9112 section 5.
    static let fields: [RequestCase] = [
        .lines("A:"), .lines("A: "), .lines("A: \t "), .lines("A:b"), .lines("A:\tb\t"), .lines("A: b c"),
        .lines("A: \u{80}\u{ff}"),
        .lines("A: b\tc"), .lines("!#$%&'*+-.^_`|~09azAZ: x"), .lines("A: :"), .lines("A::"), .lines("A: \"b"),
        .lines("X_Y: z"),
        .lines("A: 0123456789abcdef0123456789abcdef0123456789abcdef"), .lines("0123456789abcdef0123456789abcdef: b"),
        .lines("A: b", "A: b", "a: c"), .lines("Date: now", facts: [.persistent, .hasDate]), .lines("Datee: now"),
    ]

    /// RFC 9112 section 6, RFC 9110 section 8.6 and 10.1.1.
    static let framing: [RequestCase] = [
        .lines("Content-Length: 0", framing: .length(0)), .lines("Content-Length: 5", framing: .length(5)),
        .lines("CONTENT-LENGTH:10", framing: .length(10)), .lines("Content-Length: \t7 ", framing: .length(7)),
        .lines("Content-Length: 9223372036854775807", framing: .length(UInt64(Int64.max))),
        .lines("Content-Length: 1234567890123456789", framing: .length(1_234_567_890_123_456_789)),
        .lines("Transfer-Encoding: chunked", framing: .chunked, dropped: ["Transfer-Encoding"]),
        .lines("transfer-encoding:CHUNKED", framing: .chunked, dropped: ["transfer-encoding"]),
        .lines("Transfer-Encoding: \tchunked", framing: .chunked, dropped: ["Transfer-Encoding"]),
        .lines("Transfer_Encoding: gzip"), .lines("TransferEncoding: x"), .lines("Transfer-Encodin: x"),
        .lines("Content-Lengt: x"),
        .lines("Content-Length1: 1", "Content_Length: 2"),
        .lines("Expect: 100-continue", facts: [.persistent, .expectsContinue]),
        .lines("expect:100-Continue", facts: [.persistent, .expectsContinue]),
        RequestCase(
            text: "GET / HTTP/1.0\r\nHost: a\r\nExpect: 100-continue\r\n\r\n", minorVersion: 0, facts: [], dropped: ["Expect"]),
        RequestCase(
            text: "POST / HTTP/1.0\r\nHost: a\r\nContent-Length: 3\r\n\r\n", method: .post, minorVersion: 0,
            framing: .length(3), facts: []),
    ]

    /// RFC 9110 section 7.6.1, 7.8 and 10.1.4, RFC 9112 section 9, RFC 6455 section 4.2.1.
    static let connection: [RequestCase] = [
        .lines("Connection: close", facts: [.saysClose], dropped: ["Connection"]),
        .lines("Connection: CLOSE", facts: [.saysClose], dropped: ["Connection"]),
        .lines("Connection: keep-alive", facts: [.persistent, .saysKeepAlive], dropped: ["Connection"]),
        .lines("Connection: Keep-Alive, close", facts: [.saysClose, .saysKeepAlive], dropped: ["Connection"]),
        .lines(
            "Connection: keep-alive", "Connection: close", facts: [.saysClose, .saysKeepAlive],
            dropped: ["Connection", "Connection"]),
        .lines("Connection:", dropped: ["Connection"]), .lines("Connection: ,, ,", dropped: ["Connection"]),
        .lines("Connection: closed", dropped: ["Connection"]),
        .lines("Connection: A , b,,c", "a: 1", "B: 2", "c: 3", "d: 4", dropped: ["Connection", "a", "B", "c"]),
        .lines("a^: 1", "a~: 2", "Connection: a~", dropped: ["a~", "Connection"]),
        .lines("X-Forwarded-For: 1", "Connection: x-forwarded-for", dropped: ["X-Forwarded-For", "Connection"]),
        .lines("Keep-Alive: timeout=5", "Proxy-Connection: close", dropped: ["Keep-Alive", "Proxy-Connection"]),
        .lines("TE: trailers", facts: [.persistent, .acceptsTrailers], dropped: ["TE"]),
        .lines("TE: gzip;q=0.5, Trailers", facts: [.persistent, .acceptsTrailers], dropped: ["TE"]),
        .lines("TE: trailersx", dropped: ["TE"]),
        .lines("Trailer: X"),
        .lines(
            "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: x",
            facts: [.persistent, .hasUpgrade, .namesUpgrade], dropped: ["Upgrade", "Connection", "HTTP2-Settings"]),
        .lines(
            "Upgrade: WebSocket", "Connection: keep-alive, upgrade",
            facts: [.persistent, .saysKeepAlive, .hasUpgrade, .namesUpgrade, .upgradesToWebSocket],
            dropped: ["Upgrade", "Connection"]),
        .lines(
            "Connection: upgrade", "Upgrade: foo/1, websocket",
            facts: [.persistent, .hasUpgrade, .namesUpgrade, .upgradesToWebSocket], dropped: ["Connection", "Upgrade"]),
        .lines("Upgrade: websocket", facts: [.persistent, .hasUpgrade], dropped: ["Upgrade"]),
        .lines("Connection: upgrade", facts: [.persistent, .namesUpgrade], dropped: ["Connection"]),
        .lines(
            "Connection: upgrade", "Upgrade: websocket/13", facts: [.persistent, .namesUpgrade, .hasUpgrade],
            dropped: ["Connection", "Upgrade"]),
        RequestCase(
            text: "GET / HTTP/1.0\r\nHost: a\r\nConnection: keep-alive\r\n\r\n", minorVersion: 0,
            facts: [.persistent, .saysKeepAlive], dropped: ["Connection"]),
        RequestCase(
            text: "GET / HTTP/1.0\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n", minorVersion: 0,
            facts: [.namesUpgrade, .hasUpgrade], dropped: ["Connection", "Upgrade"]),
        .lines("Connection: " + (0..<32).map { "o\($0)" }.joined(separator: ","), "o31: x", dropped: ["Connection", "o31"]),
    ]
}
