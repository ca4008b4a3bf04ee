// What the bytes of a head are.

/// An answer that is not `partial` does not change when more bytes come.
public enum HeadOutcome: Equatable, BitwiseCopyable, Sendable {
    /// The head is there, to its empty line.
    case complete
    /// So far the beginning of one.
    case partial
    case rejected(Rejection)
}
