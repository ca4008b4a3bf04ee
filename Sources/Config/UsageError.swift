// The end of a start that the operator has to mend: every fault found, not the first alone.

/// What the command line and the variables are refused for; the process ends with `exitStatus`.
public struct UsageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// EX_USAGE of sysexits(3).
    public static let exitStatus: Int32 = 64

    /// Never empty; in the order in which they were found.
    public let diagnostics: [Diagnostic]

    public init(diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }

    /// One line a fault, without a final newline.
    public var description: String {
        diagnostics.map { "swivel: error: \($0)" }.joined(separator: "\n")
    }
}
