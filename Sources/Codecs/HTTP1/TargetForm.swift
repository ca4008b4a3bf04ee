// The four forms of a request target.

/// - SeeAlso: RFC 9112 section 3.2.
public enum TargetForm: UInt8, BitwiseCopyable, Sendable, CaseIterable {
    /// A path, and perhaps a query.
    case origin
    /// A whole URI, whose authority replaces the Host field.
    case absolute
    /// `*`, for OPTIONS alone.
    case asterisk
    /// A host and a port, for CONNECT alone, which is refused: no head that is complete has this form.
    case authority
}
