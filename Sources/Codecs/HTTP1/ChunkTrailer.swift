// The fields behind the last chunk, byte by byte, and the empty line that ends the body.
// Knows which fields may not stand there: whoever merges them into the head must not be fooled.

extension ChunkDecoder {
    mutating func receivedTrailer(_ byte: UInt8) -> Rejection? {
        switch state {
        case .lineStart where byte == Octet.carriageReturn:
            state = .lastLineFeed
            return nil
        case .lastLineFeed:
            guard byte == Octet.lineFeed else { return .bareCarriageReturn }
            state = .ended
            return nil
        default:
            guard trailerBytesLeft > 0 else { return .trailerTooLong }
            trailerBytesLeft -= 1
            return receivedLine(byte)
        }
    }

    private mutating func receivedLine(_ byte: UInt8) -> Rejection? {
        switch state {
        case .lineStart:
            guard !Octet.isBlank(byte) else { return .foldedLine }
            (state, count, first, last) = (.trailerName, 0, 0, 0)
            return receivedName(byte)
        case .trailerName:
            return receivedName(byte)
        case .trailerValue:
            if byte == Octet.carriageReturn {
                state = .trailerLineFeed
            } else if !Octet.isText(byte) {
                return Octet.rejection(byte, otherwise: .fieldValueMalformed)
            }
        default:
            guard byte == Octet.lineFeed else { return .bareCarriageReturn }
            state = .lineStart
        }
        return nil
    }

    private mutating func receivedName(_ byte: UInt8) -> Rejection? {
        if Octet.isToken(byte) {
            let letter = UInt64(byte | 0x20)
            if count < 8 { first |= letter << UInt64(8 * count) }
            last = last >> 8 | letter << 56
            if count < .max { count += 1 }
            return nil
        }
        switch byte {
        case Octet.colon where count > 0:
            let name = FieldName.named(count: Int(count), first: first, last: last)
            guard !name.isForbiddenInTrailers else { return .trailerForbidden }
            state = .trailerValue
            return nil
        case Octet.colon: return .fieldNameEmpty
        case Octet.blank, Octet.tab: return .blankBeforeColon
        case Octet.carriageReturn: return .colonMissing
        case Octet.lineFeed: return .bareLineFeed
        default: return .fieldNameMalformed
        }
    }
}

extension FieldName {
    /// Framing, routing, authentication, what one connection only is about, and what says who the client is.
    ///
    /// - SeeAlso: RFC 9110 section 6.5.1.
    var isForbiddenInTrailers: Bool {
        switch self {
        case .contentLength, .transferEncoding, .contentType, .contentEncoding, .range: true
        case .host, .forwarded, .xForwardedFor, .xForwardedProto, .xForwardedHost, .xForwardedPort, .xRealIP: true
        case .connection, .keepAlive, .proxyConnection, .te, .trailer, .upgrade, .http2Settings, .expect: true
        case .authorization, .proxyAuthorization, .proxyAuthenticate, .cookie, .setCookie: true
        case .date, .server, .referer, .userAgent, .via, .xRequestID, .retryAfter, .location, .origin, .etag: false
        case .lastModified, .secWebSocketKey, .secWebSocketVersion, .secWebSocketAccept: false
        case .secWebSocketProtocol, .secWebSocketExtensions, .other: false
        }
    }
}
