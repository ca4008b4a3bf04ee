// The names that are known, in every spelling, and what is close to them.

import Codecs
import Testing

@Suite("Field names")
struct FieldNameTests {
    static let names: [(text: String, name: FieldName)] = [
        ("Host", .host), ("Connection", .connection), ("Keep-Alive", .keepAlive), ("Proxy-Connection", .proxyConnection),
        ("Content-Length", .contentLength), ("Transfer-Encoding", .transferEncoding), ("TE", .te), ("Trailer", .trailer),
        ("Upgrade", .upgrade),
        ("HTTP2-Settings", .http2Settings), ("Expect", .expect), ("Date", .date), ("Server", .server), ("Cookie", .cookie),
        ("Set-Cookie", .setCookie),
        ("Referer", .referer), ("User-Agent", .userAgent), ("Via", .via), ("Forwarded", .forwarded),
        ("X-Forwarded-For", .xForwardedFor),
        ("X-Forwarded-Proto", .xForwardedProto), ("X-Forwarded-Host", .xForwardedHost), ("X-Forwarded-Port", .xForwardedPort),
        ("X-Real-IP", .xRealIP),
        ("X-Request-ID", .xRequestID), ("Retry-After", .retryAfter), ("Authorization", .authorization),
        ("Proxy-Authenticate", .proxyAuthenticate),
        ("Proxy-Authorization", .proxyAuthorization), ("Content-Type", .contentType), ("Content-Encoding", .contentEncoding),
        ("Location", .location),
        ("Sec-WebSocket-Key", .secWebSocketKey), ("Sec-WebSocket-Version", .secWebSocketVersion),
        ("Sec-WebSocket-Accept", .secWebSocketAccept),
        ("Sec-WebSocket-Protocol", .secWebSocketProtocol), ("Sec-WebSocket-Extensions", .secWebSocketExtensions),
        ("Origin", .origin), ("Range", .range),
        ("ETag", .etag), ("Last-Modified", .lastModified),
    ]

    /// The name as a response's field shows it; a response is not refused for what the tests write behind it.
    private static func name(_ text: String) -> FieldName? {
        let value = text.lowercased() == "content-length" ? "1" : text.lowercased() == "transfer-encoding" ? "chunked" : ""
        return ReadResponse("HTTP/1.1 200 OK\r\n\(text):\(value)\r\n\r\n").fields.first?.known
    }

    @Test("each is known in any case", arguments: names.indices)
    func known(index: Int) {
        let (text, name) = Self.names[index]
        let mixed = "\(text.uppercased().prefix(3))\(text.lowercased().dropFirst(3))"
        for spelling in [text, text.lowercased(), text.uppercased(), mixed] {
            #expect(Self.name(spelling) == name, "\(spelling)")
        }
    }

    @Test("none is left out here")
    func all() {
        #expect(Set(Self.names.map(\.name)) == Set(FieldName.allCases).subtracting([.other]))
    }

    @Test("one letter more, less or other is another name", arguments: names.indices)
    func near(index: Int) {
        let text = Self.names[index].text
        var others = [text + "s", "x" + text, String(text.dropLast()), String(text.dropFirst()), text + "-" + text]
        for place in text.indices {
            for letter in ["z", "_", "~", "0", "^"] where text[place].lowercased() != letter {
                others.append("\(text[..<place])\(letter)\(text[text.index(after: place)...])")
            }
        }
        let known = Set(Self.names.map { $0.text.lowercased() })
        for other in others where !other.isEmpty && !known.contains(other.lowercased()) {
            #expect(Self.name(other) == .other, "\(other)")
        }
    }

    @Test("names and reasons of refusals are there, and told apart")
    func rejections() {
        let names = Rejection.allCases.map { "\($0.name)" }
        #expect(Set(names).count == names.count)
        for rejection in Rejection.allCases {
            #expect(Set([400, 405, 413, 414, 417, 431, 501, 502, 505]).contains(rejection.status))
            #expect("\(rejection.name)".allSatisfy { $0.isLowercase || $0.isNumber || $0 == "-" || $0 == "." })
            #expect(rejection.reason.utf8CodeUnitCount > 0 && !"\(rejection.reason)".contains("\n"))
        }
    }

    @Test("every refusal has an example", arguments: Rejection.allCases)
    func examples(rejection: Rejection) {
        let seen =
            RefusedRequests.all.map(\.rejection) + ResponseTables.refused.map(\.rejection)
            + ChunkTables.refused.map(\.rejection)
        // Limits have their own tests; the last two are the engine's to say.
        let elsewhere: Set<Rejection> = [
            .requestLineTooLong, .fieldTooLong, .tooManyFields, .headTooLong, .bodyTooLarge, .parentSegment,
        ]
        #expect(seen.contains(rejection) != elsewhere.contains(rejection))
    }
}
