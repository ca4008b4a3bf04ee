// Why a pattern is not taken, and where. For whoever wrote it: at start, never while serving.

/// What is wrong with an expression.
public struct ExpressionFault: Error, Equatable, Sendable {
    /// Bytes of the pattern before the place that is meant.
    public let offset: Int
    /// Plain English, with what would be right where that is short.
    public let problem: String

    public init(offset: Int, problem: String) {
        self.offset = offset
        self.problem = problem
    }
}
