// The methods that a balancer tells apart; any other token is one as well.

/// - SeeAlso: RFC 9110 section 9.
public enum Method: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    case get, head, post, put, delete, options, patch, trace, connect
    /// A token that is none of these. Methods are told apart by case: `get` is another one than `GET`.
    case other

    /// Whether the request asks for no change at the server (RFC 9110 section 9.2.1).
    public var isSafe: Bool {
        switch self {
        case .get, .head, .options, .trace: true
        case .post, .put, .delete, .patch, .connect, .other: false
        }
    }

    /// Whether the request may be sent twice to the effect of once (RFC 9110 section 9.2.2).
    public var isIdempotent: Bool {
        switch self {
        case .get, .head, .options, .trace, .put, .delete: true
        case .post, .patch, .connect, .other: false
        }
    }

    /// - Parameter text: a token of up to eight bytes as `ByteWord` holds it.
    @inline(__always)
    init(_ text: UInt64) {
        self =
            switch text {
            case ByteWord.of("GET"): .get
            case ByteWord.of("POST"): .post
            case ByteWord.of("HEAD"): .head
            case ByteWord.of("PUT"): .put
            case ByteWord.of("DELETE"): .delete
            case ByteWord.of("OPTIONS"): .options
            case ByteWord.of("PATCH"): .patch
            case ByteWord.of("TRACE"): .trace
            case ByteWord.of("CONNECT"): .connect
            default: .other
            }
    }
}
