// The head of a response, read as strictly as that of a request.
// Knows RFC 9110 and 9112. Knows nothing of connections or of what is answered instead.

/// Places are offsets into the head's bytes. After a rejection it holds what had been read before the fault.
public struct ResponseHead: BitwiseCopyable, Sendable {
    /// Of the whole head with its empty line.
    public var byteCount = 0
    /// 100 to 599.
    public var status = 0
    /// 0 or 1, as for a request.
    public var minorVersion: UInt8 = 1
    public var facts: HeadFacts = []
    public var framing = BodyFraming.none
    public var fieldCount = 0
    /// May be empty.
    public var reason = ByteRange()
    /// As that of a request. With `upgradesToWebSocket` and as long as that word, it is that word alone.
    public var upgrade = ByteRange()
    /// How long the server says that it keeps an idle connection (`Keep-Alive: timeout=5`); 0 where it does not.
    public var keepAliveSeconds = 0

    public init() {}

    /// Reads the head at the beginning of `bytes`.
    ///
    /// - Parameters:
    ///   - method: what was asked: the answer to HEAD has no body, as those of 1xx, 204 and 304 have none.
    ///   - head: is written whole where the answer is `complete`.
    ///   - fields: has room for `limits.fieldsMax`.
    public static func parse(
        _ bytes: UnsafeRawBufferPointer, to method: Method, limits: HeadLimits, into head: inout ResponseHead,
        fields: UnsafeMutablePointer<HeadField>
    ) -> HeadOutcome {
        // Bytes have no alignment, and the caller lends all of them.
        let span = unsafe Span<UInt8>(_unsafeElements: bytes.bindMemory(to: UInt8.self))
        head = ResponseHead()
        do {
            unsafe try head.read(span, to: method, limits: limits, into: fields)
            return .complete
        } catch {
            return error.outcome
        }
    }

    @inline(__always)
    private mutating func read(
        _ bytes: Span<UInt8>, to method: Method, limits: HeadLimits, into fields: UnsafeMutablePointer<HeadField>
    ) throws(HeadStop) {
        let bounds = HeadBounds(byteCount: bytes.count, limits: limits)
        let fieldsStart = try readLine(bytes, bounds: bounds, bytesMax: limits.requestLineBytesMax)
        var block = FieldBlock(isRequest: false, minorVersion: minorVersion)
        byteCount = unsafe try block.read(bytes, from: fieldsStart, bounds: bounds, limits: limits, into: fields)
        fieldCount = block.fieldCount
        keepAliveSeconds = block.keepAliveSeconds
        facts = block.connectionFacts
        upgrade = block.meantUpgrade
        try setFraming(block, to: method)
        if framing == .untilClose || status == 101 { facts.remove(.persistent) }
    }

    /// - SeeAlso: RFC 9112 section 6.3.
    @inline(__always)
    private mutating func setFraming(_ block: FieldBlock, to method: Method) throws(HeadStop) {
        let hasNoContent = status < 200 || status == 204
        if block.seen.contains(.coding), hasNoContent { throw .rejected(.codingForbidden) }
        if hasNoContent || status == 304 || method == .head {
            framing = .none
        } else if block.seen.contains(.length) {
            framing = .length(block.contentLength)
        } else {
            framing = block.seen.contains(.coding) ? .chunked : .untilClose
        }
    }

    /// `HTTP/1.1 200 OK`. The blank behind the status may be missing with the reason, as some servers leave it out.
    ///
    /// - Returns: where the line behind it begins.
    @inline(__always)
    private mutating func readLine(_ bytes: Span<UInt8>, bounds: HeadBounds, bytesMax: Int) throws(HeadStop) -> Int {
        guard bounds.end > 0 else { throw bounds.shortage }
        guard bytes[0] != Octet.carriageReturn else { throw .rejected(.emptyLine) }
        minorVersion = try VersionText.read(bytes, at: 0, bounds: bounds)
        let bound = bounds.lineBound(from: 0, bytesMax: bytesMax)
        try readStatus(bytes, from: VersionText.bytes, bound: bound, bounds: bounds)
        let reasonStart = VersionText.bytes &+ 4
        guard reasonStart < bound else { throw bounds.lineStop(from: 0, bytesMax: bytesMax, rejection: .headTooLong) }
        guard bytes[reasonStart] == Octet.blank else {
            return try LineEnd.read(bytes, at: reasonStart, bounds: bounds, otherwise: .statusMalformed)
        }
        let end = bytes.valueEnd(from: reasonStart &+ 1, to: bound)
        guard end < bound else { throw bounds.lineStop(from: 0, bytesMax: bytesMax, rejection: .headTooLong) }
        reason = ByteRange(reasonStart &+ 1, end)
        return try LineEnd.read(bytes, at: end, bounds: bounds, otherwise: .reasonMalformed)
    }

    /// A blank and three digits.
    @inline(__always)
    private mutating func readStatus(
        _ bytes: Span<UInt8>, from start: Int, bound: Int, bounds: HeadBounds
    ) throws(HeadStop) {
        guard start < bounds.end else { throw bounds.shortage }
        guard bytes[start] == Octet.blank else { throw .rejected(.versionMalformed) }
        var number = 0
        for index in start &+ 1..<start &+ 4 {
            guard index < bounds.end else { throw bounds.shortage }
            guard let digit = DecimalDigit.value(bytes[index]) else { throw .rejected(.statusMalformed) }
            number = number &* 10 &+ Int(digit)
        }
        guard 100...599 ~= number else { throw .rejected(.statusMalformed) }
        status = number
    }
}
