// What the values say that rule a message: framing, the connection, the expectation.
// Everything that two readers could understand differently is refused.

extension FieldName {
    /// The parser reads the value of these, or drops their field.
    @inline(__always)
    var isActedOn: Bool { rawValue &- 1 < FieldName.date.rawValue }
}

extension FieldBlock {
    /// - Parameter value: within `bytes`, without the white space around it; `hasBlankEnd` where some followed.
    /// - Returns: whether the field is for this connection only.
    @inline(never)
    mutating func act(
        on name: FieldName, _ bytes: Span<UInt8>, _ value: Range<Int>, hasBlankEnd: Bool
    ) throws(HeadStop) -> Bool {
        switch name {
        case .host: try readHost(bytes, value)
        case .connection: try readConnection(bytes, value)
        case .contentLength: try readLength(bytes, value)
        case .transferEncoding: try readCoding(bytes, value, hasBlankEnd: hasBlankEnd)
        case .keepAlive: readKeepAlive(bytes, value)
        case .te: readTE(bytes, value)
        case .upgrade: readUpgrade(bytes, value)
        case .expect where isRequest: return try readExpectation(bytes, value)
        case .date: facts.insert(.hasDate)
        default: break
        }
        switch name {
        case .connection, .keepAlive, .proxyConnection, .te, .transferEncoding, .upgrade, .http2Settings: return true
        default: return false
        }
    }

    private mutating func readHost(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(HeadStop) {
        guard isRequest else { return }
        guard !seen.contains(.host) else { throw .rejected(.hostRepeated) }
        // An empty Host is legal for a target without an authority, which no target here is; nginx refuses it too.
        guard HostText.isValid(bytes, value.lowerBound, value.upperBound) else { throw .rejected(.hostMalformed) }
        seen.insert(.host)
        host = ByteRange(value.lowerBound, value.upperBound)
    }

    private mutating func readLength(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(HeadStop) {
        guard !seen.contains(.length) else { throw .rejected(.lengthRepeated) }
        guard !seen.contains(.coding) else { throw .rejected(.lengthAndCoding) }
        guard value.count > 0 else { throw .rejected(.lengthMalformed) }
        var length: UInt64 = 0
        var isTooLarge = false
        for index in value {
            guard let digit = DecimalDigit.value(bytes[index]) else { throw .rejected(.lengthMalformed) }
            // 19 digits are less than 2^64, and Int64.max has as many.
            if index - value.lowerBound < 19 { length = length &* 10 &+ UInt64(digit) } else { isTooLarge = true }
        }
        guard bytes[value.lowerBound] != UInt8(ascii: "0") || value.count == 1 else { throw .rejected(.lengthMalformed) }
        guard !isTooLarge, length <= UInt64(Int64.max) else { throw .rejected(.lengthTooLarge) }
        seen.insert(.length)
        contentLength = length
    }

    /// Only `chunked` itself is taken, in any case. White space behind it is legal, and no honest peer writes it:
    /// it has led readers apart often enough.
    private mutating func readCoding(_ bytes: Span<UInt8>, _ value: Range<Int>, hasBlankEnd: Bool) throws(HeadStop) {
        guard minorVersion > 0 else { throw .rejected(.codingInOldVersion) }
        guard !seen.contains(.coding) else { throw .rejected(.codingRepeated) }
        guard !seen.contains(.length) else { throw .rejected(.lengthAndCoding) }
        guard !hasBlankEnd, bytes.equal(value, "chunked") else { throw .rejected(Self.codingRejection(bytes, value)) }
        seen.insert(.coding)
    }

    /// Plain tokens, of which the last alone is `chunked`: codings that we do not know. All else is malformed.
    private static func codingRejection(_ bytes: Span<UInt8>, _ value: Range<Int>) -> Rejection {
        var elements = ListElements(value)
        var commasMin = -1
        var isLast = false
        while let element = elements.next(in: bytes) {
            let isToken = bytes.tokenEnd(from: element.lowerBound, to: element.upperBound) == element.upperBound
            guard isToken, !isLast, !bytes.equal(element, "identity") else { return .codingMalformed }
            isLast = bytes.equal(element, "chunked")
            commasMin += 1
        }
        var commas = 0
        for index in value where bytes[index] == Octet.comma { commas += 1 }
        return isLast && commas == commasMin && commas > 0 ? .codingUnknown : .codingMalformed
    }

    @inline(__always)
    private mutating func readConnection(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(HeadStop) {
        // What nearly every message says, and nothing else with it.
        if value.count == 10, FieldName.named(bytes, start: value.lowerBound, count: 10) == .keepAlive {
            facts.insert(.saysKeepAlive)
        } else if value.count == 5, bytes.equal(value, "close") {
            facts.insert(.saysClose)
        } else {
            try readOptions(bytes, value)
        }
    }

    private mutating func readOptions(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(HeadStop) {
        var elements = ListElements(value)
        while let option = elements.next(in: bytes) {
            guard bytes.tokenEnd(from: option.lowerBound, to: option.upperBound) == option.upperBound else {
                throw .rejected(.connectionMalformed)
            }
            switch FieldName.named(bytes, start: option.lowerBound, count: option.count) {
            case .keepAlive: facts.insert(.saysKeepAlive)
            case .upgrade: facts.insert(.namesUpgrade)
            case .host, .contentLength, .transferEncoding, .expect: throw .rejected(.connectionNamesFraming)
            case .te, .http2Settings, .proxyConnection, .connection: break
            case .other where bytes.equal(option, "close"): facts.insert(.saysClose)
            default:
                optionCount += 1
                guard optionCount <= Self.optionsMax else { throw .rejected(.tooManyConnectionOptions) }
            }
        }
    }

    /// `timeout=5, max=100`, of which the first is wanted. Anything else is no fault: the field is not forwarded.
    private mutating func readKeepAlive(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var elements = ListElements(value)
        while let element = elements.next(in: bytes) {
            let digits = element.lowerBound + 8
            guard element.count > 8, element.count <= 16, bytes.equal(element.lowerBound..<digits, "timeout=") else { continue }
            var seconds = 0
            for index in digits..<element.upperBound {
                guard let digit = DecimalDigit.value(bytes[index]) else { return }
                seconds = seconds * 10 + Int(digit)
            }
            keepAliveSeconds = seconds
            return
        }
    }

    private mutating func readTE(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        var elements = ListElements(value)
        while let element = elements.next(in: bytes) {
            if bytes.equal(element, "trailers") { facts.insert(.acceptsTrailers) }
        }
    }

    private mutating func readUpgrade(_ bytes: Span<UInt8>, _ value: Range<Int>) {
        upgrade = facts.contains(.hasUpgrade) ? ByteRange() : ByteRange(value.lowerBound, value.upperBound)
        facts.insert(.hasUpgrade)
        var elements = ListElements(value)
        while let element = elements.next(in: bytes) {
            if bytes.equal(element, "websocket") { seen.insert(.webSocket) }
        }
    }

    /// - Returns: whether it is to be dropped: one from HTTP/1.0 has no meaning (RFC 9110 section 10.1.1).
    private mutating func readExpectation(_ bytes: Span<UInt8>, _ value: Range<Int>) throws(HeadStop) -> Bool {
        guard !seen.contains(.expectation), bytes.equal(value, "100-continue") else {
            throw .rejected(.expectationUnknown)
        }
        seen.insert(.expectation)
        if minorVersion > 0 { facts.insert(.expectsContinue) }
        return minorVersion == 0
    }

    /// The protocols that are asked for or agreed on: what Upgrade says has a meaning where Connection names it, and
    /// none in HTTP/1.0 (RFC 9110 section 7.8).
    @inline(__always)
    var meantUpgrade: ByteRange {
        facts.contains(.namesUpgrade) && minorVersion > 0 ? upgrade : ByteRange()
    }

    /// What follows from version, Connection and Upgrade together.
    @inline(__always)
    var connectionFacts: HeadFacts {
        var facts = facts
        if !facts.contains(.saysClose), minorVersion > 0 || facts.contains(.saysKeepAlive) { facts.insert(.persistent) }
        if seen.contains(.webSocket), facts.contains(.namesUpgrade), minorVersion > 0 { facts.insert(.upgradesToWebSocket) }
        return facts
    }
}
