// `GET /path?query HTTP/1.1`, and the four forms of its target.

extension RequestHead {
    /// - Returns: where the line behind the request line begins.
    @inline(__always)
    mutating func readLine(_ bytes: Span<UInt8>, bounds: HeadBounds, bytesMax: Int) throws(HeadStop) -> Int {
        guard bounds.end > 0 else { throw bounds.shortage }
        let start = try Self.lineStart(bytes, bounds: bounds)
        let bound = bounds.lineBound(from: start, bytesMax: bytesMax)
        let methodEnd = readMethod(bytes, from: start, bound: bound)
        guard methodEnd < bound else { throw Self.lineStop(start, bounds, bytesMax) }
        guard bytes[methodEnd] == Octet.blank, methodEnd > start else {
            throw .rejected(Octet.rejection(bytes[methodEnd], otherwise: .methodMalformed))
        }
        methodText = ByteRange(start, methodEnd)
        guard method != .connect else { throw .rejected(.connectRefused) }

        let targetEnd = try readTarget(bytes, from: methodEnd &+ 1, lineStart: start, bounds: bounds, bytesMax: bytesMax)
        let versionStart = targetEnd &+ 1
        guard versionStart &+ VersionText.bytes &- start <= bytesMax else { throw .rejected(.requestLineTooLong) }
        minorVersion = try VersionText.read(bytes, at: versionStart, bounds: bounds)
        let lineEnd = versionStart &+ VersionText.bytes
        guard lineEnd < bounds.end else { throw bounds.shortage }
        return try LineEnd.read(bytes, at: lineEnd, bounds: bounds, otherwise: .versionMalformed)
    }

    /// One empty line may stand before a request (RFC 9112 section 2.2).
    @inline(__always)
    private static func lineStart(_ bytes: Span<UInt8>, bounds: HeadBounds) throws(HeadStop) -> Int {
        guard bytes[0] == Octet.carriageReturn else { return 0 }
        let start = try LineEnd.read(bytes, at: 0, bounds: bounds, otherwise: .emptyLine)
        guard start < bounds.end else { throw bounds.shortage }
        guard bytes[start] != Octet.carriageReturn else { throw .rejected(.emptyLine) }
        return start
    }

    /// - Returns: where the token ends that begins at `start`: the method, if a blank is there.
    @inline(__always)
    private mutating func readMethod(_ bytes: Span<UInt8>, from start: Int, bound: Int) -> Int {
        if bound &- start >= 8 {
            // The two that nearly every request has are known by one look.
            let word = ByteWord.eight(bytes, at: start)
            if word & ByteWord.mask(4) == ByteWord.of("GET ") {
                method = .get
                return start &+ 3
            }
            if word & ByteWord.mask(5) == ByteWord.of("POST ") {
                method = .post
                return start &+ 4
            }
        }
        let end = bytes.tokenEnd(from: start, to: bound)
        if 1...8 ~= end &- start { method = Method(ByteWord.short(bytes, at: start, count: end &- start)) }
        return end
    }

    private static func lineStop(_ start: Int, _ bounds: HeadBounds, _ bytesMax: Int) -> HeadStop {
        bounds.lineStop(from: start, bytesMax: bytesMax, rejection: .requestLineTooLong)
    }

    /// - Returns: the place of the blank behind the target.
    @inline(__always)
    private mutating func readTarget(
        _ bytes: Span<UInt8>, from start: Int, lineStart: Int, bounds: HeadBounds, bytesMax: Int
    ) throws(HeadStop) -> Int {
        let bound = bounds.lineBound(from: lineStart, bytesMax: bytesMax)
        let pathEnd = bytes.pathEnd(from: start, to: bound)
        var end = pathEnd
        if pathEnd < bound, bytes[pathEnd] == Octet.question {
            end = bytes.targetEnd(from: pathEnd &+ 1, to: bound)
            query = ByteRange(pathEnd &+ 1, end)
        }
        guard end < bound else { throw Self.lineStop(lineStart, bounds, bytesMax) }
        guard bytes[end] == Octet.blank, end > start else { throw Self.targetStop(bytes[end], isEmpty: end == start) }
        target = ByteRange(start, end)
        if bytes[start] == Octet.slash {
            path = ByteRange(start, pathEnd)
            pathAndQuery = target
        } else {
            try readOtherForm(bytes, start, pathEnd: pathEnd, end)
        }
        return end
    }

    /// What a target is that is empty or not followed by a blank.
    private static func targetStop(_ byte: UInt8, isEmpty: Bool) -> HeadStop {
        switch byte {
        case Octet.lineFeed: .rejected(.bareLineFeed)
        // A request of HTTP/0.9 ends here.
        case Octet.carriageReturn where !isEmpty: .rejected(.versionMalformed)
        default: .rejected(.targetMalformed)
        }
    }

    private mutating func readOtherForm(
        _ bytes: Span<UInt8>, _ start: Int, pathEnd: Int, _ end: Int
    ) throws(HeadStop) {
        if bytes[start] == UInt8(ascii: "*") {
            guard end == start + 1 else { throw .rejected(.targetMalformed) }
            form = .asterisk
            path = target
            pathAndQuery = target
            return
        }
        let schemeEnd = try Self.schemeEnd(bytes, start, pathEnd)
        // `https` is one letter longer than `http`, and both have three signs behind them.
        isSecureScheme = schemeEnd == start + 8
        var authorityEnd = schemeEnd
        while authorityEnd < pathEnd, bytes[authorityEnd] != Octet.slash { authorityEnd += 1 }
        guard HostText.isValid(bytes, schemeEnd, authorityEnd) else { throw .rejected(.authorityMalformed) }
        form = .absolute
        authority = ByteRange(schemeEnd, authorityEnd)
        path = ByteRange(authorityEnd, pathEnd)
        pathAndQuery = ByteRange(authorityEnd, end)
    }

    /// The place behind `http://` or `https://`.
    private static func schemeEnd(_ bytes: Span<UInt8>, _ start: Int, _ end: Int) throws(HeadStop) -> Int {
        if end - start >= 7, bytes.equal(start..<start + 7, "http://") { return start + 7 }
        if end - start >= 8, bytes.equal(start..<start + 8, "https://") { return start + 8 }
        for index in start..<end where bytes[index] == Octet.colon {
            let hasAuthority = end - index >= 3 && bytes[index + 1] == Octet.slash && bytes[index + 2] == Octet.slash
            throw .rejected(index > start && hasAuthority ? .schemeUnknown : .targetMalformed)
        }
        throw .rejected(.targetMalformed)
    }
}
