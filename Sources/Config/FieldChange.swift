// One change of a head.

/// A field that is set, added or removed.
public struct FieldChange: Equatable, Sendable {
    public var kind: Kind
    /// As it was written, and as it is sent. None of those that frame a message or are one connection's.
    public var name: String
    /// Empty where the field is removed.
    public var value: TextTemplate

    public init(_ kind: Kind, name: String, value: TextTemplate = TextTemplate()) {
        self.kind = kind
        self.name = name
        self.value = value
    }

    public enum Kind: BitwiseCopyable, Equatable, Sendable, CaseIterable {
        /// In place of all fields of the name.
        case set
        /// Beside those that are there.
        case add
        case remove
    }
}
