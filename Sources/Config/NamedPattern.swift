// What a field of the head or a parameter of the query must be.

/// A name and the values that it may have.
public struct NamedPattern: Hashable, Sendable {
    public var name: String
    /// Any of them; empty: it is there, whatever its value.
    public var values: [ValuePattern]

    public init(name: String, values: [ValuePattern] = []) {
        self.name = name
        self.values = values
    }
}

/// One value, or all that begin so; letter for letter.
public enum ValuePattern: Hashable, Sendable {
    case exact(String)
    case prefix(String)
}
