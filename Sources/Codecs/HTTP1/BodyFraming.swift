// How long a message's body is.

/// - SeeAlso: RFC 9112 section 6.3.
public enum BodyFraming: Equatable, BitwiseCopyable, Sendable {
    /// There is none: nothing was said of one, or the response is one that has none.
    case none
    /// So many bytes, at most `Int64.max`; 0 where that was said.
    case length(UInt64)
    case chunked
    /// A response's that ends with its connection.
    case untilClose
}
