// What is changed in messages on their way.

/// Changes of fields both ways, and of the path that servers are asked for.
public struct Rewriting: Equatable, Sendable {
    /// Of requests (`--header-up`), in their order.
    public var requestFields: [FieldChange] = []
    /// Of responses (`--header-down`), in their order.
    public var responseFields: [FieldChange] = []
    /// Taken off where the path begins with it and it ends where a segment does. Begins with a slash, does not
    /// end in one.
    public var stripPrefix: String?
    /// Put before the path, after that. Begins with a slash, does not end in one.
    public var addPrefix: String?

    public init() {}

    /// Whether nothing is changed.
    public var isEmpty: Bool { self == Rewriting() }
}
