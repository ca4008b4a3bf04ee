// The field names that somebody in the house asks for, found by length and words.
// Knows names. Knows nothing of what their fields mean.

/// A name that is known, or `other`.
public enum FieldName: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case other
    // Those that the parser itself acts on.
    case host, connection, keepAlive, proxyConnection, contentLength, transferEncoding, te, trailer, upgrade
    case http2Settings, expect, date
    case server, cookie, setCookie, referer, userAgent, via, forwarded, xForwardedFor, xForwardedProto
    case xForwardedHost, xForwardedPort, xRealIP, xRequestID, retryAfter, authorization, proxyAuthenticate
    case proxyAuthorization, contentType, contentEncoding, location, secWebSocketKey, secWebSocketVersion
    case secWebSocketAccept, secWebSocketProtocol, secWebSocketExtensions, origin, range, etag, lastModified

    /// The name that a token spells, in any case.
    ///
    /// - Parameter bytes: hold the token's `count` bytes from `start` on, which were found to be a token's.
    @inline(never)
    static func named(_ bytes: Span<UInt8>, start: Int, count: Int) -> FieldName {
        precondition(0 <= start && 0 < count && start <= bytes.count &- count, "a name is within its bytes")
        if count <= 8 {
            guard start <= bytes.count &- 8 else { return atEnd(bytes, start: start, count: count) }
            let word = unsafe ByteWord.eight(bytes, uncheckedAt: start) | ByteWord.lowerCase
            return short(count: count, word & ByteWord.mask(count))
        }
        guard count <= 16 else { return long(bytes, start: start, count: count) }
        // Both words are within the name, which is within the bytes.
        let first = unsafe ByteWord.eight(bytes, uncheckedAt: start) | ByteWord.lowerCase
        let last = unsafe ByteWord.eight(bytes, uncheckedAt: start &+ count &- 8) | ByteWord.lowerCase
        return medium(count: count, first: first, last: last)
    }

    @inline(never)
    private static func atEnd(_ bytes: Span<UInt8>, start: Int, count: Int) -> FieldName {
        let word = ByteWord.short(bytes, at: start, count: count)
        return short(count: count, (word | ByteWord.lowerCase) & ByteWord.mask(count))
    }

    /// Sixteen bytes are in two words: the longer names that are known have one to eight more between.
    @inline(never)
    private static func long(_ bytes: Span<UInt8>, start: Int, count: Int) -> FieldName {
        let first = ByteWord.eight(bytes, at: start) | ByteWord.lowerCase
        let last = ByteWord.eight(bytes, at: start &+ count &- 8) | ByteWord.lowerCase
        let name = long(count: count, first: first, last: last)
        let between = ByteWord.eight(bytes, at: start &+ 8) | ByteWord.lowerCase
        return between == name.between ? name : .other
    }

    /// - Parameters:
    ///   - first: the first eight bytes at most, in lower case.
    ///   - last: the last eight bytes of a longer name, in lower case.
    /// - Returns: the only name that it can be. What stands between the two words was not compared.
    static func named(count: Int, first: UInt64, last: UInt64) -> FieldName {
        if count <= 8 { return short(count: count, first) }
        return count <= 16 ? medium(count: count, first: first, last: last) : long(count: count, first: first, last: last)
    }

    @inline(__always)
    private static func short(count: Int, _ first: UInt64) -> FieldName {
        switch count {
        case 2: if first == ByteWord.of("te") { return .te }
        case 3: if first == ByteWord.of("via") { return .via }
        case 4:
            if first == ByteWord.of("host") { return .host }
            if first == ByteWord.of("date") { return .date }
            if first == ByteWord.of("etag") { return .etag }
        case 5: if first == ByteWord.of("range") { return .range }
        case 6:
            if first == ByteWord.of("cookie") { return .cookie }
            if first == ByteWord.of("server") { return .server }
            if first == ByteWord.of("origin") { return .origin }
            if first == ByteWord.of("expect") { return .expect }
        case 7:
            if first == ByteWord.of("upgrade") { return .upgrade }
            if first == ByteWord.of("referer") { return .referer }
            if first == ByteWord.of("trailer") { return .trailer }
        case 8: if first == ByteWord.of("location") { return .location }
        default: break
        }
        return .other
    }

    @inline(__always)
    private static func medium(count: Int, first: UInt64, last: UInt64) -> FieldName {
        switch count {
        case 9:
            if first == ByteWord.of("forwarde"), last == ByteWord.of("orwarded") { return .forwarded }
            if first == ByteWord.of("x-real-i"), last == ByteWord.of("-real-ip") { return .xRealIP }
        case 10:
            if first == ByteWord.of("connecti"), last == ByteWord.of("nnection") { return .connection }
            if first == ByteWord.of("user-age"), last == ByteWord.of("er-agent") { return .userAgent }
            if first == ByteWord.of("keep-ali"), last == ByteWord.of("ep-alive") { return .keepAlive }
            if first == ByteWord.of("set-cook"), last == ByteWord.of("t-cookie") { return .setCookie }
        case 11: if first == ByteWord.of("retry-af"), last == ByteWord.of("ry-after") { return .retryAfter }
        case 12:
            if first == ByteWord.of("content-"), last == ByteWord.of("ent-type") { return .contentType }
            if first == ByteWord.of("x-reques"), last == ByteWord.of("quest-id") { return .xRequestID }
        case 13:
            if first == ByteWord.of("last-mod"), last == ByteWord.of("modified") { return .lastModified }
            if first == ByteWord.of("authoriz"), last == ByteWord.of("rization") { return .authorization }
        case 14:
            if first == ByteWord.of("content-"), last == ByteWord.of("t-length") { return .contentLength }
            if first == ByteWord.of("http2-se"), last == ByteWord.of("settings") { return .http2Settings }
        case 15: if first == ByteWord.of("x-forwar"), last == ByteWord.of("rded-for") { return .xForwardedFor }
        case 16:
            if first == ByteWord.of("x-forwar"), last == ByteWord.of("ded-host") { return .xForwardedHost }
            if first == ByteWord.of("x-forwar"), last == ByteWord.of("ded-port") { return .xForwardedPort }
            if first == ByteWord.of("proxy-co"), last == ByteWord.of("nnection") { return .proxyConnection }
            if first == ByteWord.of("content-"), last == ByteWord.of("encoding") { return .contentEncoding }
        default: break
        }
        return .other
    }

    @inline(__always)
    private static func long(count: Int, first: UInt64, last: UInt64) -> FieldName {
        switch count {
        case 17:
            if first == ByteWord.of("transfer"), last == ByteWord.of("encoding") { return .transferEncoding }
            if first == ByteWord.of("x-forwar"), last == ByteWord.of("ed-proto") { return .xForwardedProto }
            if first == ByteWord.of("sec-webs"), last == ByteWord.of("cket-key") { return .secWebSocketKey }
        case 18: if first == ByteWord.of("proxy-au"), last == ByteWord.of("enticate") { return .proxyAuthenticate }
        case 19: if first == ByteWord.of("proxy-au"), last == ByteWord.of("rization") { return .proxyAuthorization }
        case 20: if first == ByteWord.of("sec-webs"), last == ByteWord.of("t-accept") { return .secWebSocketAccept }
        case 21: if first == ByteWord.of("sec-webs"), last == ByteWord.of("-version") { return .secWebSocketVersion }
        case 22: if first == ByteWord.of("sec-webs"), last == ByteWord.of("protocol") { return .secWebSocketProtocol }
        case 24: if first == ByteWord.of("sec-webs"), last == ByteWord.of("tensions") { return .secWebSocketExtensions }
        default: break
        }
        return .other
    }

    /// The ninth to the sixteenth byte of a name that is longer.
    private var between: UInt64 {
        switch self {
        case .transferEncoding: ByteWord.of("-encodin")
        case .xForwardedProto: ByteWord.of("ded-prot")
        case .proxyAuthenticate: ByteWord.of("thentica")
        case .proxyAuthorization: ByteWord.of("thorizat")
        case .secWebSocketKey, .secWebSocketAccept, .secWebSocketVersion, .secWebSocketProtocol, .secWebSocketExtensions:
            secWebSocketBetween
        default: 0
        }
    }

    private var secWebSocketBetween: UInt64 {
        switch self {
        case .secWebSocketKey: ByteWord.of("ocket-ke")
        case .secWebSocketAccept: ByteWord.of("ocket-ac")
        case .secWebSocketVersion: ByteWord.of("ocket-ve")
        case .secWebSocketProtocol: ByteWord.of("ocket-pr")
        default: ByteWord.of("ocket-ex")
        }
    }
}
