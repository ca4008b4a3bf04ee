// The head of a request: one pass over its bytes, and a plain answer.
// Knows RFC 9110 and 9112. Knows nothing of connections, routes or servers.

/// Places are offsets into the head's bytes. After a rejection it holds what had been read before the fault.
public struct RequestHead: BitwiseCopyable, Sendable {
    /// Of the whole head: one empty line before it, if there was one, and the empty line that ends it.
    public var byteCount = 0
    public var method = Method.other
    public var form = TargetForm.origin
    /// Of an absolute-form target.
    public var isSecureScheme = false
    /// 0 or 1. A version of 1.2 to 1.9 is served as 1.1 (RFC 9110 section 2.5).
    public var minorVersion: UInt8 = 1
    public var facts: HeadFacts = []
    public var framing = BodyFraming.none
    public var fieldCount = 0
    public var methodText = ByteRange()
    /// As it was sent.
    public var target = ByteRange()
    /// What is forwarded: the target, or its part behind the authority. Where `path` is empty a `/` belongs
    /// before it, or for OPTIONS without a query `*` (RFC 9112 section 3.2.4).
    public var pathAndQuery = ByteRange()
    public var path = ByteRange()
    /// Without its `?`.
    public var query = ByteRange()
    /// Of an absolute-form target, else the value of Host; empty only in HTTP/1.0 without Host. It has been
    /// found to be a host and perhaps a port.
    public var authority = ByteRange()
    /// The whole value of Upgrade, where Connection names it and the version is 1.1. Empty where it stands in
    /// more than one line.
    public var upgrade = ByteRange()

    public init() {}

    /// Reads the head at the beginning of `bytes`.
    ///
    /// - Parameters:
    ///   - head: is written whole where the answer is `complete`.
    ///   - fields: has room for `limits.fieldsMax`.
    public static func parse(
        _ bytes: UnsafeRawBufferPointer, limits: HeadLimits, into head: inout RequestHead,
        fields: UnsafeMutablePointer<HeadField>
    ) -> HeadOutcome {
        // Bytes have no alignment, and the caller lends all of them.
        let span = unsafe Span<UInt8>(_unsafeElements: bytes.bindMemory(to: UInt8.self))
        head = RequestHead()
        do {
            unsafe try head.read(span, limits: limits, into: fields)
            return .complete
        } catch {
            return error.outcome
        }
    }

    @inline(__always)
    private mutating func read(
        _ bytes: Span<UInt8>, limits: HeadLimits, into fields: UnsafeMutablePointer<HeadField>
    ) throws(HeadStop) {
        let bounds = HeadBounds(byteCount: bytes.count, limits: limits)
        let fieldsStart = try readLine(bytes, bounds: bounds, bytesMax: limits.requestLineBytesMax)
        // After the version: the preface of HTTP/2 has such a target (RFC 9113 section 3.4).
        if form == .asterisk, method != .options { throw .rejected(.asteriskMisplaced) }
        var block = FieldBlock(isRequest: true, minorVersion: minorVersion)
        byteCount = unsafe try block.read(bytes, from: fieldsStart, bounds: bounds, limits: limits, into: fields)
        fieldCount = block.fieldCount
        guard minorVersion == 0 || block.seen.contains(.host) else { throw .rejected(.hostMissing) }
        if form != .absolute { authority = block.host }
        if block.seen.contains(.coding) {
            framing = .chunked
        } else if block.seen.contains(.length) {
            framing = .length(block.contentLength)
        }
        facts = block.connectionFacts
        upgrade = block.meantUpgrade
    }
}
