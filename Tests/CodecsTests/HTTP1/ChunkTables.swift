// Chunked bodies by section of RFC 9112 (7.1), and those that are refused, by technique.

import Codecs

enum ChunkTables {
    /// Of each example's trailer.
    static let trailerBytesMax = 64

    static let accepted: [(text: String, data: String)] = sizes + extensions + trailers

    static let sizes: [(text: String, data: String)] = [
        ("0\r\n\r\n", ""), ("00\r\n\r\n", ""), ("000000000000000\r\n\r\n", ""), ("5\r\nhello\r\n0\r\n\r\n", "hello"),
        ("05\r\nhello\r\n0\r\n\r\n", "hello"), ("000000000000005\r\nhello\r\n0\r\n\r\n", "hello"),
        ("1\r\na\r\n1\r\nb\r\n0\r\n\r\n", "ab"), ("a\r\n0123456789\r\n0\r\n\r\n", "0123456789"),
        ("A\r\n0123456789\r\n0\r\n\r\n", "0123456789"), ("10\r\n0123456789abcdef\r\n0\r\n\r\n", "0123456789abcdef"),
        ("1F\r\n0123456789abcdef0123456789abcde\r\n0\r\n\r\n", "0123456789abcdef0123456789abcde"),
        ("4\r\n\r\n\r\n\r\n0\r\n\r\n", "\r\n\r\n"), ("5\r\n0\r\n\r\n\r\n0\r\n\r\n", "0\r\n\r\n"),
        ("2\r\n\0\u{ff}\r\n0\r\n\r\n", "\0\u{ff}"),
    ]

    static let extensions: [(text: String, data: String)] = [
        ("1;a\r\nx\r\n0\r\n\r\n", "x"), ("1;a=b\r\nx\r\n0;c\r\n\r\n", "x"), ("1;a=\"b\"\r\nx\r\n0\r\n\r\n", "x"),
        ("1;a;b;c=d\r\nx\r\n0\r\n\r\n", "x"),
        ("1 ;a\r\nx\r\n0\r\n\r\n", "x"), ("1\t ; \ta \t= \tb\r\nx\r\n0\r\n\r\n", "x"),
        ("1;a = \"b\" ; c\r\nx\r\n0\r\n\r\n", "x"),
        ("1;a=\"\"\r\nx\r\n0\r\n\r\n", "x"), ("1;a=\"\\\"\\\\\"\r\nx\r\n0\r\n\r\n", "x"),
        ("1;a=\" ;,=\t\u{ff}\"\r\nx\r\n0\r\n\r\n", "x"),
        ("1;!#$%&'*+-.^_`|~9=~\r\nx\r\n0\r\n\r\n", "x"),
        ("1;" + String(repeating: "a", count: 255) + "\r\nx\r\n0\r\n\r\n", "x"),
        (
            "1;a=\"" + String(repeating: "b", count: 251) + "\"\r\nx\r\n0;" + String(repeating: "a", count: 255) + "\r\n\r\n",
            "x"
        ),
    ]

    static let trailers: [(text: String, data: String)] = [
        ("0\r\nA: b\r\n\r\n", ""), ("0\r\nA:\r\n\r\n", ""), ("1\r\nx\r\n0\r\nA: b\r\nC: d e\t\r\n\r\n", "x"),
        ("0\r\nServer-Timing: a;dur=1\r\n\r\n", ""),
        ("0\r\nA: \u{80}\u{ff}\t\r\n\r\n", ""), ("0\r\nHosts: a\r\n\r\n", ""), ("0\r\nContent-Lengt: 1\r\n\r\n", ""),
        ("0\r\nX-Content-Length: 1\r\n\r\n", ""),
        ("0\r\nETag: \"x\"\r\nDate: now\r\n\r\n", ""), ("0\r\nX: " + String(repeating: "y", count: 59) + "\r\n\r\n", ""),
        ("0\r\n" + String(repeating: "a", count: 61) + ":\r\n\r\n", ""),
    ]

    static let refused: [(text: String, rejection: Rejection)] = refusedSizes + refusedExtensions + refusedTrailers

    static let refusedSizes: [(text: String, rejection: Rejection)] =
        [
            "\r\n", ";a\r\n", " 5\r\n", "\t5", "+5", "-5", "-0", "g", "x5", "0x5", "0X5", "5x", "5g\r\n", "5_0", "5,", "5\0",
            "\0", "5\u{b}\r\n",
            "\"5\"", "\u{b2}", "5.0", "5h", "5=a\r\n", "/", ":", "@", "G", "`", "5\r\nhello\r\n\r\n", "5\r\nhello\r\ng",
            "0\u{a0}\r\n",
        ].map { ($0, .chunkSizeMalformed) } + [
            ("0000000000000005\r\n", .chunkSizeTooLarge), ("1000000000000000\r\n", .chunkSizeTooLarge),
            ("ffffffffffffffff\r\n", .chunkSizeTooLarge),
            ("10000000000000005\r\nhello", .chunkSizeTooLarge), ("5\n", .bareLineFeed), ("\n", .bareLineFeed),
            ("0\n\n", .bareLineFeed),
            ("5\r\r\n", .bareCarriageReturn), ("5\rhello", .bareCarriageReturn), ("5\r\nhellox", .chunkEndMalformed),
            ("5\r\nhello\n", .chunkEndMalformed),
            ("5\r\nhello\rx", .chunkEndMalformed), ("5\r\nhello0\r\n\r\n", .chunkEndMalformed),
            ("1\r\nab\r\n", .chunkEndMalformed),
            ("5\r\nhello\r\r\n", .chunkEndMalformed),
        ]

    static let refusedExtensions: [(text: String, rejection: Rejection)] =
        [
            "5 \r\n", "5\t\r\n", "5 5\r\n", "5 a\r\n", "5;\r\n", "5; \r\n", "5;a;\r\n", "5;;a\r\n", "5;=b\r\n", "5;a=\r\n",
            "5;a= \r\n", "5;a==b\r\n",
            "5;a=b=c\r\n", "5;a b\r\n", "5;a=b c\r\n", "5;a \r\n", "5;a=b \r\n", "5;a=\"b\r\n", "5;a=\"b\\\r\n",
            "5;a=\"b\"c\r\n", "5;a=\"b\" \r\n",
            "5;a\"b\"\r\n", "5;a=b\"c\"\r\n", "5;a(\r\n", "5;\0\r\n", "5;a=\0\r\n", "5;a=\"\0\"\r\n", "5;a=\"\u{7f}\"\r\n",
            "5;a=\"\\\u{1}\"\r\n", "5;a\u{80}\r\n",
            "5;a=\u{80}\r\n", "5;a,b\r\n",
        ].map { ($0, .chunkExtensionMalformed) } + [
            ("5;" + String(repeating: "a", count: 256) + "\r\n", .chunkExtensionTooLong),
            ("5" + String(repeating: " ", count: 257), .chunkExtensionTooLong),
            ("1;a\r\nx\r\n1;a=\"" + String(repeating: "b", count: 253), .chunkExtensionTooLong), ("5;a\n", .bareLineFeed),
            ("5;a=\"\n\"\r\n", .bareLineFeed),
            ("5;a\rb", .bareCarriageReturn),
        ]

    static let refusedTrailers: [(text: String, rejection: Rejection)] =
        [
            "Content-Length: 5", "CONTENT-LENGTH:5", "Transfer-Encoding: chunked", "Host: a", "Connection: close",
            "Keep-Alive: x", "Trailer: x",
            "TE: x", "Upgrade: x", "Proxy-Connection: x", "HTTP2-Settings: x", "Expect: x", "Authorization: x",
            "Proxy-Authorization: x", "Cookie: a",
            "Set-Cookie: a", "X-Forwarded-For: 1", "X-Forwarded-Proto: s", "X-Forwarded-Host: h", "Forwarded: x",
            "X-Real-IP: 1",
            "Content-Type: x", "Content-Encoding: gzip", "A: b\r\ncontent-length: 1",
        ].map { ("0\r\n\($0)\r\n\r\n", .trailerForbidden) } + [
            ("0\r\n A: b\r\n", .foldedLine), ("0\r\nA: b\r\n c\r\n", .foldedLine), ("0\r\n\tA", .foldedLine),
            ("0\r\nA : b\r\n", .blankBeforeColon),
            ("0\r\n: b\r\n", .fieldNameEmpty), ("0\r\nA\r\n", .colonMissing), ("0\r\nA(", .fieldNameMalformed),
            ("0\r\n\0", .fieldNameMalformed),
            ("0\r\nA\u{80}", .fieldNameMalformed), ("0\r\nA: \0", .fieldValueMalformed),
            ("0\r\nA: b\u{7f}", .fieldValueMalformed), ("0\r\nA: \u{b}", .fieldValueMalformed),
            ("0\r\nA: b\n", .bareLineFeed), ("0\r\n\n", .bareLineFeed), ("0\r\nA\n", .bareLineFeed),
            ("0\r\nA: b\rc", .bareCarriageReturn), ("0\r\n\rx", .bareCarriageReturn),
            ("0\r\nX: " + String(repeating: "y", count: 60) + "\r\n\r\n", .trailerTooLong),
            ("0\r\n" + String(repeating: "a", count: 65), .trailerTooLong),
            ("0\r\n" + String(repeating: "A: b\r\n", count: 11), .trailerTooLong),
        ]
}
