// Responses that are read, and those that are refused, by section of RFC 9110 and 9112.

import Codecs

/// A head and what it says. `dropped` are the names of the fields that are not forwarded.
struct ResponseCase {
    var text: String
    var method = Method.get
    var status = 200
    var reason = "OK"
    var minorVersion: UInt8 = 1
    var framing = BodyFraming.untilClose
    var facts: HeadFacts = []
    var dropped: [String] = []
    var keepAliveSeconds = 0

    static func line(
        _ line: String, status: Int, reason: String = "", minorVersion: UInt8 = 1, framing: BodyFraming = .untilClose,
        facts: HeadFacts = []
    ) -> ResponseCase {
        ResponseCase(
            text: line + "\r\n\r\n", status: status, reason: reason, minorVersion: minorVersion, framing: framing, facts: facts)
    }

    /// An answer of this status with these lines.
    static func lines(
        _ lines: String..., status: Int = 200, to method: Method = .get, framing: BodyFraming = .untilClose,
        facts: HeadFacts = [], dropped: [String] = [], keepAliveSeconds: Int = 0
    ) -> ResponseCase {
        let text = "HTTP/1.1 \(status) OK\r\n" + lines.map { $0 + "\r\n" }.joined() + "\r\n"
        return ResponseCase(
            text: text, method: method, status: status, framing: framing, facts: facts, dropped: dropped,
            keepAliveSeconds: keepAliveSeconds)
    }
}

enum ResponseTables {
    static let accepted: [ResponseCase] = statusLines + framing + connection

    /// RFC 9112 section 4.
    static let statusLines: [ResponseCase] = [
        .line("HTTP/1.1 200 OK", status: 200, reason: "OK"), .line("HTTP/1.1 200 ", status: 200),
        .line("HTTP/1.1 200", status: 200),
        .line("HTTP/1.0 200 OK", status: 200, reason: "OK", minorVersion: 0),
        .line("HTTP/1.3 200 OK", status: 200, reason: "OK"),
        .line("HTTP/1.1 404 Not Found", status: 404, reason: "Not Found"), .line("HTTP/1.1 599 x", status: 599, reason: "x"),
        .line("HTTP/1.1 200  \t ", status: 200, reason: " \t "),
        .line("HTTP/1.1 200 \u{fc}\u{ff}", status: 200, reason: "\u{fc}\u{ff}"),
        .line("HTTP/1.1 200 a\tb", status: 200, reason: "a\tb"),
        .line("HTTP/1.1 500 0123456789abcdef0", status: 500, reason: "0123456789abcdef0"),
        .line("HTTP/1.1 100 Continue", status: 100, reason: "Continue", framing: .none, facts: [.persistent]),
        .line("HTTP/1.1 199 ", status: 199, framing: .none, facts: [.persistent]),
        .line("HTTP/1.1 101 Switching", status: 101, reason: "Switching", framing: .none),
    ]

    /// RFC 9112 section 6.3.
    static let framing: [ResponseCase] = [
        .lines("Content-Length: 0", framing: .length(0), facts: [.persistent]),
        .lines("Content-Length: 128", "Date: x", framing: .length(128), facts: [.persistent, .hasDate]),
        .lines("Content-Length: 9223372036854775807", framing: .length(UInt64(Int64.max)), facts: [.persistent]),
        .lines("Transfer-Encoding: chunked", framing: .chunked, facts: [.persistent], dropped: ["Transfer-Encoding"]),
        .lines(
            "Transfer-Encoding: Chunked", "Trailer: X", framing: .chunked, facts: [.persistent], dropped: ["Transfer-Encoding"]),
        .lines("Server: x"), .lines("Host: a@b", "Host: /"), .lines("Expect: what"),
        .lines("Content-Length: 5", to: .head, framing: .none, facts: [.persistent]),
        .lines("Transfer-Encoding: chunked", to: .head, framing: .none, facts: [.persistent], dropped: ["Transfer-Encoding"]),
        .lines("Server: x", to: .head, framing: .none, facts: [.persistent]),
        .lines("Content-Length: 5", status: 304, framing: .none, facts: [.persistent]),
        .lines("Transfer-Encoding: chunked", status: 304, framing: .none, facts: [.persistent], dropped: ["Transfer-Encoding"]),
        .lines("Server: x", status: 304, framing: .none, facts: [.persistent]),
        .lines("Server: x", status: 204, framing: .none, facts: [.persistent]),
        .lines("Content-Length: 5", status: 204, framing: .none, facts: [.persistent]),
        .lines("Content-Length: 5", status: 102, framing: .none, facts: [.persistent]),
        .lines("Content-Length: 5", status: 205, framing: .length(5), facts: [.persistent]),
        .lines("Content-Length: 5", status: 303, framing: .length(5), facts: [.persistent]),
        .lines("Server: x", status: 305),
    ]

    /// RFC 9112 section 9, RFC 9110 section 7.6.1.
    static let connection: [ResponseCase] = [
        .lines("Content-Length: 1", "Connection: close", framing: .length(1), facts: [.saysClose], dropped: ["Connection"]),
        .lines(
            "Content-Length: 1", "Connection: keep-alive", framing: .length(1), facts: [.persistent, .saysKeepAlive],
            dropped: ["Connection"]),
        .lines("Connection: keep-alive", facts: [.saysKeepAlive], dropped: ["Connection"]),
        .lines(
            "Content-Length: 1", "Keep-Alive: timeout=5, max=100", framing: .length(1), facts: [.persistent],
            dropped: ["Keep-Alive"], keepAliveSeconds: 5),
        .lines("Keep-Alive: max=7 ,Timeout=75", dropped: ["Keep-Alive"], keepAliveSeconds: 75),
        .lines("Keep-Alive: timeout=", dropped: ["Keep-Alive"]), .lines("Keep-Alive: timeout=5s", dropped: ["Keep-Alive"]),
        .lines("Keep-Alive: timeout=123456789", dropped: ["Keep-Alive"]),
        .lines("Keep-Alive: timeout=-1", dropped: ["Keep-Alive"]),
        .lines("Keep-Alive: timeout=12345678", dropped: ["Keep-Alive"], keepAliveSeconds: 12_345_678),
        .lines("Keep-Alive: ;;", dropped: ["Keep-Alive"]),
        .lines("Connection: X-Internal", "x-internal: secret", "X-Internal2: b", dropped: ["Connection", "x-internal"]),
        .lines(
            "Upgrade: websocket", "Connection: Upgrade", status: 101, framing: .none,
            facts: [.hasUpgrade, .namesUpgrade, .upgradesToWebSocket], dropped: ["Upgrade", "Connection"]),
        .lines("Upgrade: h2", status: 426, facts: [.hasUpgrade], dropped: ["Upgrade"]),
        .lines("Proxy-Authenticate: Basic", "Set-Cookie: a=b", "Set-Cookie: c=d", status: 407),
        ResponseCase(
            text: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n", minorVersion: 0,
            framing: .length(2), facts: [.persistent, .saysKeepAlive], dropped: ["Connection"]),
        ResponseCase(text: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n", minorVersion: 0, framing: .length(2)),
    ]

    private static func lines(_ lines: String, _ rejection: Rejection, status: Int = 200) -> (
        text: String, rejection: Rejection
    ) {
        ("HTTP/1.1 \(status) OK\r\n\(lines)\r\n\r\n", rejection)
    }

    static let refused: [(text: String, rejection: Rejection)] = refusedLines + refusedFields

    static let refusedLines: [(text: String, rejection: Rejection)] = [
        ("\r\nHTTP/1.1 200 OK\r\n", .emptyLine), ("\nHTTP/1.1 200 OK\r\n", .versionMalformed),
        ("HTTP/2.0 200 OK\r\n", .versionUnsupported),
        ("HTTP/0.9 200 OK\r\n", .versionUnsupported), ("http/1.1 200 OK\r\n", .versionMalformed),
        ("HTTP/1.1\r\n", .versionMalformed),
        ("HTTP/1.1  200 OK\r\n", .statusMalformed), ("HTTP/1.1\t200 OK\r\n", .versionMalformed),
        ("ICY 200 OK\r\n", .versionMalformed),
        (" HTTP/1.1 200 OK\r\n", .versionMalformed), ("<html>", .versionMalformed), ("HTTP/1.11 200 OK\r\n", .versionMalformed),
        ("HTTP/1.1 099 OK\r\n", .statusMalformed), ("HTTP/1.1 000 OK\r\n", .statusMalformed),
        ("HTTP/1.1 600 OK\r\n", .statusMalformed),
        ("HTTP/1.1 999 OK\r\n", .statusMalformed), ("HTTP/1.1 20 OK\r\n", .statusMalformed),
        ("HTTP/1.1 2000 OK\r\n", .statusMalformed),
        ("HTTP/1.1 +20 OK\r\n", .statusMalformed), ("HTTP/1.1 2a0 OK\r\n", .statusMalformed),
        ("HTTP/1.1 200\tOK\r\n", .statusMalformed),
        ("HTTP/1.1 200OK\r\n", .statusMalformed), ("HTTP/1.1 \r\n", .statusMalformed), ("HTTP/1.1 OK\r\n", .statusMalformed),
        ("HTTP/1.1 200\n", .bareLineFeed), ("HTTP/1.1 200 OK\n\n", .bareLineFeed), ("HTTP/1.1 200 OK\rX", .bareCarriageReturn),
        ("HTTP/1.1 200\rX", .bareCarriageReturn), ("HTTP/1.1 200 O\0K\r\n", .reasonMalformed),
        ("HTTP/1.1 200 \u{7f}\r\n", .reasonMalformed),
        ("HTTP/1.1 200 a\u{1}\r\n", .reasonMalformed),
    ]

    static let refusedFields: [(text: String, rejection: Rejection)] = [
        lines("A: b\r\n c", .foldedLine), lines("A : b", .blankBeforeColon), lines("A", .colonMissing),
        lines(": b", .fieldNameEmpty),
        lines("A\u{1}: b", .fieldNameMalformed), lines("A: \0", .fieldValueMalformed), lines("A: b\nB: c", .bareLineFeed),
        lines("A: b\rB: c", .bareCarriageReturn), lines("Content-Length: 5\r\nContent-Length: 5", .lengthRepeated),
        lines("Content-Length: 5, 5", .lengthMalformed), lines("Content-Length: +5", .lengthMalformed),
        lines("Content-Length:", .lengthMalformed),
        lines("Content-Length: 9223372036854775808", .lengthTooLarge),
        lines("Content-Length: x", .lengthMalformed, status: 204),
        lines("Content-Length: x", .lengthMalformed, status: 304), lines("Content-Length: x", .lengthMalformed, status: 100),
        lines("Content-Length: 5\r\nTransfer-Encoding: chunked", .lengthAndCoding),
        lines("Transfer-Encoding: chunked\r\nContent-Length: 5", .lengthAndCoding, status: 304),
        lines("Transfer-Encoding: gzip", .codingMalformed), lines("Transfer-Encoding: gzip, chunked", .codingUnknown),
        lines("Transfer-Encoding: xchunked", .codingMalformed),
        lines("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", .codingRepeated),
        lines("Transfer-Encoding: chunked", .codingForbidden, status: 100),
        lines("Transfer-Encoding: chunked", .codingForbidden, status: 101),
        lines("Transfer-Encoding: chunked", .codingForbidden, status: 199),
        lines("Transfer-Encoding: chunked", .codingForbidden, status: 204),
        ("HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", .codingInOldVersion),
        lines("Connection: content-length", .connectionNamesFraming),
        lines("Connection: transfer-encoding", .connectionNamesFraming), lines("Connection: a b", .connectionMalformed),
    ]
}
