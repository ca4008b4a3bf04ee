// What a server of the simulation answers, as data, and the bytes of it.

struct Answer {
    enum Framing: Equatable {
        case length, chunked
        /// The end of the connection is the end of the body.
        case untilClose
    }

    enum Fault: Equatable {
        /// Before the first byte of an answer.
        case resetsFirst, closesFirst
        /// After so many bytes.
        case resetsAfter(Int)
        case closesAfter(Int)
        case malformed(Malformation)
        /// Nothing is ever answered.
        case silent
        /// The same again behind it.
        case twice
    }

    enum Malformation: CaseIterable {
        case lengthAndCoding, signedLength, laterVersion, shortStatus, zeroByte, foldedLine, switchesProtocols, bareLineFeed
        /// In the middle of the body.
        case chunkSize
    }

    var status = 200
    var minorVersion = 1
    var framing = Framing.length
    var bodyCount = 0
    var chunkBytesMax = 1000
    var interims: [Int] = []
    var hasDate = false
    var hasTrailers = false
    /// Says that the connection ends, and ends it.
    var closes = false
    /// Ends it without having said so.
    var closesSilently = false
    var fault: Fault?

    /// Whether the connection may carry another request.
    var keepsAlive: Bool { !closes && !closesSilently && fault == nil && framing != .untilClose && minorVersion == 1 }
    var hasNoBody: Bool { status == 204 || status == 304 }

    static func trailer(serial: Int) -> String { "answered-\(serial)" }

    /// - Returns: interim answers, then the answer.
    func bytes(for attempt: Attempt, _ chance: inout Chance) -> [UInt8] {
        var text = BodyText()
        for status in interims {
            text.put("HTTP/1.1 \(status) Wait\r\n")
            if status != 100 { text.put("X-Id: \(attempt.asked.id)\r\n") }
            text.put("\r\n")
        }
        putHead(attempt, &text)
        guard !attempt.asked.plan.isHead, !hasNoBody else { return text.bytes }
        switch framing {
        case .length, .untilClose: text.put(BodyText.bytes(attempt.stream, offset: 0, count: bodyCount))
        case .chunked:
            text.put(chunksOf: bodyCount, attempt.stream, atMost: chunkBytesMax, hasExtensions: chance.happens(200), &chance)
            if fault == .malformed(.chunkSize) { text.put("0x10\r\n0123456789abcdef\r\n") }
            text.put("0\r\n")
            if hasTrailers { text.put("X-Trailer: \(Self.trailer(serial: attempt.serial))\r\n") }
            text.put("\r\n")
        }
        return text.bytes
    }

    private func putHead(_ attempt: Attempt, _ text: inout BodyText) {
        var malformation: Malformation?
        if case .malformed(let kind)? = fault { malformation = kind }
        switch malformation {
        case .laterVersion: text.put("HTTP/3.1 200 OK\r\n")
        case .shortStatus: text.put("HTTP/1.1 20 OK\r\n")
        case .switchesProtocols: text.put("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: h2c\r\n")
        default: text.put("HTTP/1.\(minorVersion) \(status) Some reason\r\n")
        }
        text.put("X-Id: \(attempt.asked.id)\r\nX-Serial: \(attempt.serial)\r\nX-Hop: secret\r\nKeep-Alive: timeout=60\r\n")
        text.put("Connection: X-Hop\(closes ? ", close" : "")\r\n")
        if hasDate { text.put("Date: Sun, 06 Nov 1994 08:49:37 GMT\r\n") }
        switch framing {
        case .length: if status != 204 { text.put("Content-Length: \(bodyCount)\r\n") }
        case .chunked:
            if !hasNoBody { text.put("Transfer-Encoding: chunked\r\n\(hasTrailers ? "Trailer: X-Trailer\r\n" : "")") }
        case .untilClose: break
        }
        switch malformation {
        case .lengthAndCoding: text.put("Content-Length: 3\r\nTransfer-Encoding: chunked\r\n")
        case .signedLength: text.put("Content-Length: -3\r\n")
        case .zeroByte: text.put("X-Zero: a\0b\r\n")
        case .foldedLine: text.put("X-Folded: a\r\n b\r\n")
        case .bareLineFeed: text.put("X-Line: a\n")
        case .laterVersion, .shortStatus, .switchesProtocols, .chunkSize, nil: break
        }
        text.put("\r\n")
    }
}
