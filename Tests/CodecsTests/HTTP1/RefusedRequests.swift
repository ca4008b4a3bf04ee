// Requests that are refused, by technique, each with the fault that is named.

import Codecs

enum RefusedRequests {
    /// The request line, `Host: a`, and these lines.
    private static func lines(_ lines: String, _ rejection: Rejection) -> (text: String, rejection: Rejection) {
        ("POST / HTTP/1.1\r\nHost: a\r\n\(lines)\r\n\r\n", rejection)
    }

    private static func target(_ target: String, _ rejection: Rejection) -> (text: String, rejection: Rejection) {
        ("GET \(target) HTTP/1.1\r\nHost: a\r\n\r\n", rejection)
    }

    private static func host(_ value: String, _ rejection: Rejection = .hostMalformed) -> (text: String, rejection: Rejection) {
        ("GET / HTTP/1.1\r\nHost: \(value)\r\n\r\n", rejection)
    }

    static let all: [(text: String, rejection: Rejection)] =
        requestLines + targets + hosts + fieldLines + lengths + codings + framing + connection

    static let requestLines: [(text: String, rejection: Rejection)] = [
        ("\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", .emptyLine), ("\nGET / HTTP/1.1\r\n", .bareLineFeed),
        ("\rGET / HTTP/1.1\r\n", .bareCarriageReturn), ("\r\n\nGET / HTTP/1.1\r\n", .bareLineFeed),
        (" GET / HTTP/1.1\r\n", .methodMalformed), ("\tGET / HTTP/1.1\r\n", .methodMalformed),
        ("GET\t/ HTTP/1.1\r\n", .methodMalformed),
        ("G(T / HTTP/1.1\r\n", .methodMalformed), ("GET: / HTTP/1.1\r\n", .methodMalformed),
        ("G\0T / HTTP/1.1\r\n", .methodMalformed),
        ("G\u{c9}T / HTTP/1.1\r\n", .methodMalformed), ("GET\r\n", .methodMalformed),
        ("\u{16}\u{3}\u{1}\u{2}\0\u{1}", .methodMalformed),
        ("GET\n", .bareLineFeed), ("CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n", .connectRefused), ("CONNECT ", .connectRefused),
        ("GET /\r\n", .versionMalformed), ("GET / \r\n\r\n", .versionMalformed), ("GET /\n", .bareLineFeed),
        ("GET /  HTTP/1.1\r\n", .versionMalformed), ("GET / HTTP/1.1 \r\n", .versionMalformed),
        ("GET / HTTP/1.1\n", .bareLineFeed),
        ("GET / HTTP/1.1\rHost: a\r\n", .bareCarriageReturn), ("GET / HTTP/1.1x\r\n", .versionMalformed),
        ("GET / http/1.1\r\n", .versionMalformed), ("GET / HTTP/1\r\n", .versionMalformed),
        ("GET / HTTP/1.\r\n", .versionMalformed),
        ("GET / HTTP/11\r\n", .versionMalformed), ("GET / HTTP/1.10\r\n", .versionMalformed),
        ("GET / HTTP/01.1\r\n", .versionMalformed),
        ("GET / HTTP /1.1\r\n", .versionMalformed), ("GET / HTTP/+1.1\r\n", .versionMalformed),
        ("GET / HTTP/1,1\r\n", .versionMalformed),
        ("GET / ICE/1.0\r\n", .versionMalformed), ("GET /a b HTTP/1.1\r\n", .versionMalformed),
        ("GET / HTTP/\u{b2}.0\r\n", .versionMalformed),
        ("GET / HTTP/0.9\r\n", .versionUnsupported), ("GET / HTTP/2.0\r\n", .versionUnsupported),
        ("GET / HTTP/3.0\r\n", .versionUnsupported),
        ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .versionUnsupported), ("GET / HTTP/9.9\r\n", .versionUnsupported),
    ]

    static let targets: [(text: String, rejection: Rejection)] = [
        ("GET  / HTTP/1.1\r\n", .targetMalformed), ("GET \r\n", .targetMalformed), ("GET \tHTTP/1.1\r\n", .targetMalformed),
        target("/a#b", .targetMalformed), target("/a?b#c", .targetMalformed), target("#", .targetMalformed),
        target("/\0", .targetMalformed), target("/a\tb", .targetMalformed), target("/a\u{b}b", .targetMalformed),
        target("/\u{1f}", .targetMalformed), target("/\u{7f}", .targetMalformed), target("/\u{80}", .targetMalformed),
        target("/\u{ff}", .targetMalformed), target("/?\u{c3}\u{a9}", .targetMalformed), target("/?\u{1}", .targetMalformed),
        target("/a\rb", .versionMalformed), target("a", .targetMalformed), target("a/b", .targetMalformed),
        target("?a", .targetMalformed),
        target("a:80", .targetMalformed), target("**", .targetMalformed), target("*/", .targetMalformed),
        target("*", .asteriskMisplaced),
        target("http:/b", .targetMalformed), target("http:b", .targetMalformed), target("://b", .targetMalformed),
        target("ftp://b/", .schemeUnknown), target("ws://b/", .schemeUnknown), target("httpx://b/", .schemeUnknown),
        target("http://", .authorityMalformed), target("http:///a", .authorityMalformed),
        target("http://?a", .authorityMalformed),
        target("http://u@b/", .authorityMalformed), target("http://u:p@b/", .authorityMalformed),
        target("http://@b", .authorityMalformed),
        target("http://b:65536/", .authorityMalformed), target("http://b:8a/", .authorityMalformed),
        target("http://:80/", .authorityMalformed),
        target("http://[::1/", .authorityMalformed), target("http://b\\c/", .authorityMalformed),
        target("https://a:1:2/", .authorityMalformed),
    ]

    static let hosts: [(text: String, rejection: Rejection)] = [
        ("GET / HTTP/1.1\r\n\r\n", .hostMissing), ("GET / HTTP/1.1\r\nHosts: a\r\n\r\n", .hostMissing),
        ("GET http://b/ HTTP/1.1\r\n\r\n", .hostMissing), ("GET / HTTP/1.2\r\n\r\n", .hostMissing),
        ("GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", .hostRepeated),
        ("GET / HTTP/1.1\r\nHost: a\r\nA: b\r\nhost: b\r\n\r\n", .hostRepeated),
        ("GET / HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n", .hostRepeated), ("GET / HTTP/1.0\r\nHost:\r\n\r\n", .hostMalformed),
        host(""), host("\t"), host("a b"), host("a,b c"), host("u@a"), host("u:p@a"), host("a/"), host("a/b"), host("http://a"),
        host("a?b"),
        host("a#b"), host("a\\b"), host(":80"), host(":"), host("a:b"), host("a:-1"), host("a:+1"), host("a:65536"),
        host("a:100000"),
        host("a:000080"), host("a:80:80"), host("a:80 " + "b"), host("::1"), host("[::1"), host("::1]"), host("[]"),
        host("[a]"), host("[::1]a"),
        host("[::1]80"), host("[::1]:x"), host("[1.2.3.4]"), host("[fe80::1%25eth0]"), host("[fe80::1%1]"), host("[v1.x]"),
        host("[[::1]]"),
        host("a[::1]"), host("a%"), host("a%4"), host("a%4g"), host("a%zz"), host("a\"b"), host("<a>"), host("a|b"),
        host("a^b"),
        host("{a}"), host("a\tb"), host("\u{e4}.example"), host("a\u{ff}"), host("[::1]:65536"),
        host("[0123:4567:89ab:cdef:0123:4567:89ab:cdef:0]"), host("a\0b", .fieldValueMalformed),
        host("a\rb", .bareCarriageReturn),
    ]

    static let fieldLines: [(text: String, rejection: Rejection)] = [
        lines("A: b\r\n c: d", .foldedLine), lines("A: b\r\n\tc", .foldedLine), lines("A:\r\n b", .foldedLine),
        lines(" A: b", .foldedLine),
        ("GET / HTTP/1.1\r\n Host: a\r\n\r\n", .foldedLine), ("GET / HTTP/1.1\r\n\tHost: a\r\n\r\n", .foldedLine),
        lines("A : b", .blankBeforeColon), lines("A\t: b", .blankBeforeColon), lines("Content-Length : 5", .blankBeforeColon),
        lines("Transfer-Encoding : chunked", .blankBeforeColon), lines("A", .colonMissing), lines("A b: c", .blankBeforeColon),
        lines(": b", .fieldNameEmpty), lines(":", .fieldNameEmpty), lines("A(: b", .fieldNameMalformed),
        lines("A\0: b", .fieldNameMalformed),
        lines("\u{b}A: b", .fieldNameMalformed), lines("A\u{80}: b", .fieldNameMalformed),
        lines("\u{ef}\u{bb}\u{bf}A: b", .fieldNameMalformed),
        lines("A/B: b", .fieldNameMalformed), lines("A=B: b", .fieldNameMalformed), lines("\"A\": b", .fieldNameMalformed),
        lines("A\u{7f}: b", .fieldNameMalformed), lines("Transfer-Encoding\u{0}: chunked", .fieldNameMalformed),
        lines("A: \0", .fieldValueMalformed), lines("A: b\u{1}c", .fieldValueMalformed),
        lines("A: \u{8}", .fieldValueMalformed),
        lines("A: \u{b}", .fieldValueMalformed), lines("A: \u{c}b", .fieldValueMalformed),
        lines("A: \u{1f}", .fieldValueMalformed),
        lines("A: \u{7f}", .fieldValueMalformed), lines("A: \u{1b}[0m", .fieldValueMalformed),
        lines("A:\0b", .fieldValueMalformed),
        lines("A: b\nB: c", .bareLineFeed), lines("A: b\n", .bareLineFeed), lines("\nA: b", .bareLineFeed),
        lines("A\nB: c", .bareLineFeed),
        lines("A: b\rB: c", .bareCarriageReturn), lines("A: \r\rb", .bareCarriageReturn), lines("A\rB: c", .colonMissing),
        ("GET / HTTP/1.1\r\nHost: a\r\n\n", .bareLineFeed), ("GET / HTTP/1.1\r\nHost: a\r\n\rx", .bareCarriageReturn),
        ("GET / HTTP/1.1\r\nHost: a\n\n", .bareLineFeed), ("GET / HTTP/1.1\r\nHost: a\r\r\n\r\n", .bareCarriageReturn),
    ]

    static let lengths: [(text: String, rejection: Rejection)] =
        [
            "", "+5", "-5", "-0", "5 5", "5,5", "5, 5", "5,", ",5", "5, 6", "05", "00", "0x5", "5a", "a", "1e3", "5.0", "5;",
            "\"5\"", "5_0",
            "\u{b2}", "five", "1234567890123456789a", "00000000000000000005",
        ].map { lines("Content-Length: \($0)", .lengthMalformed) } + [
            lines("Content-Length: 9223372036854775808", .lengthTooLarge),
            lines("Content-Length: 9999999999999999999", .lengthTooLarge),
            lines("Content-Length: 18446744073709551616", .lengthTooLarge),
            lines("Content-Length: 18446744073709551621", .lengthTooLarge),
            lines("Content-Length: 100000000000000000000000000000000", .lengthTooLarge),
            lines("Content-Length: 5\r\nContent-Length: 5", .lengthRepeated),
            lines("Content-Length: 5\r\nA: b\r\ncontent-length: 6", .lengthRepeated),
            lines("Content-Length: 5\u{b}", .fieldValueMalformed),
        ]

    static let codings: [(text: String, rejection: Rejection)] =
        [
            "", "chunked ", "chunked\t", "xchunked", "chunkedx", "\"chunked\"", "'chunked'", "chunked;q=1", "chunked; a=b",
            "identity",
            "gzip", "foo", "chunked, gzip", "chunked, chunked", "chunked,chunked", ", chunked", "chunked,", ",",
            "identity, chunked",
            "chunked, identity", "gzip, chunked, chunked", "gzip, chunked;a", "gzip;q=1, chunked", "gzip chunked", "chunk",
            "chu nked",
            "chunked\u{a0}", "gzip,, chunked", "chunked\u{84}",
        ].map { lines("Transfer-Encoding: \($0)", .codingMalformed) } + [
            lines("Transfer-Encoding: gzip, chunked", .codingUnknown),
            lines("Transfer-Encoding: gzip,deflate,chunked", .codingUnknown),
            lines("Transfer-Encoding: x-foo , Chunked", .codingUnknown),
            lines("Transfer-Encoding: \u{b}chunked", .fieldValueMalformed),
            lines("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", .codingRepeated),
            lines("Transfer-Encoding: chunked\r\nA: b\r\ntransfer-encoding: identity", .codingRepeated),
            lines("Transfer-Encoding:\r\n chunked", .codingMalformed), lines("Transfer-Encoding: chunked\r\n , x", .foldedLine),
        ]

    static let framing: [(text: String, rejection: Rejection)] = [
        lines("Content-Length: 5\r\nTransfer-Encoding: chunked", .lengthAndCoding),
        lines("Transfer-Encoding: chunked\r\nContent-Length: 5", .lengthAndCoding),
        lines("Transfer-Encoding: chunked\r\nA: b\r\nContent-Length: x", .lengthAndCoding),
        ("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n", .codingInOldVersion),
        ("POST / HTTP/1.0\r\nTransfer-Encoding: identity\r\n\r\n", .codingInOldVersion),
        ("POST / HTTP/1.0\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", .codingInOldVersion),
        lines("Expect: 200-ok", .expectationUnknown), lines("Expect: ", .expectationUnknown),
        lines("Expect: 100-continue, a", .expectationUnknown),
        lines("Expect: 100-continue\r\nExpect: 100-continue", .expectationUnknown),
        lines("Expect: 100-continue;a", .expectationUnknown),
        ("GET / HTTP/1.0\r\nExpect: x\r\n\r\n", .expectationUnknown),
    ]

    static let connection: [(text: String, rejection: Rejection)] = [
        lines("Connection: host", .connectionNamesFraming), lines("Connection: close, Content-Length", .connectionNamesFraming),
        lines("Connection: keep-alive,TRANSFER-ENCODING", .connectionNamesFraming),
        lines("Connection: a\r\nConnection: Host", .connectionNamesFraming),
        lines("Connection: expect", .connectionNamesFraming), lines("Connection: close;", .connectionMalformed),
        lines("Connection: keep alive", .connectionMalformed), lines("Connection: \"close\"", .connectionMalformed),
        lines("Connection: a=b", .connectionMalformed), lines("Connection: \u{e9}", .connectionMalformed),
        lines("Connection: " + (0..<33).map { "o\($0)" }.joined(separator: ","), .tooManyConnectionOptions),
        lines(
            "Connection: " + (0..<20).map { "o\($0)" }.joined(separator: ",") + "\r\nConnection: "
                + (0..<13).map { "p\($0)" }.joined(separator: ","), .tooManyConnectionOptions),
    ]
}
