// The end of a start that the operator has to mend: every fault found, not the first alone.

/// What the command line, the variables and the files that they name are refused for.
public struct UsageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Never empty; in the order in which they were found.
    public let diagnostics: [Diagnostic]

    public init(diagnostics: [Diagnostic]) {
        self.diagnostics = diagnostics
    }

    /// What the process ends with, of sysexits(3): EX_DATAERR where files are at fault alone, else EX_USAGE.
    public var exitStatus: Int32 { diagnostics.allSatisfy(\.isOfData) ? 65 : 64 }

    /// One line a fault, without a final newline.
    public var description: String {
        diagnostics.map { "swivel: error: \($0)" }.joined(separator: "\n")
    }
}
