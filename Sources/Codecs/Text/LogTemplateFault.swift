// What is wrong with the text of a log template, and where.

/// A template that cannot be used. The operator wrote it.
public struct LogTemplateFault: Error, Equatable, Sendable {
    public enum Problem: Equatable, Sendable {
        /// No variable has that name: `LogTemplate.names` has those there are.
        case unknownVariable(String)
        /// A `$` before what can be no name.
        case nameMissing
        /// A `${` without its `}`.
        case braceUnclosed
        /// A byte that would end the line or move a terminal's cursor; a tab is none.
        case controlByte
        /// More than `LogTemplate.fieldsMax` different `$http_NAME`.
        case tooManyFields
        /// A line could have more than `LogTemplate.lineBytesMax` bytes.
        case lineTooLong
    }

    /// Where it begins, in bytes of the text.
    public let offset: Int
    public let problem: Problem
}
