// One value of an object: how a text is written into it, and how it is read back as a text.

/// A value of `Owner` that an option sets.
struct Field<Owner>: Sendable {
    let assign: @Sendable (String, inout Owner) throws(ValueFault) -> Void
    /// `nil` where the value is one that cannot be written (none, and no word for it).
    let text: @Sendable (Owner) -> String?

    init<Value>(_ path: any WritableKeyPath<Owner, Value> & Sendable, _ kind: ValueKind<Value>) {
        assign = { (text, owner) throws(ValueFault) in owner[keyPath: path] = try kind.parse(text) }
        self.text = { owner in kind.text(owner[keyPath: path]) }
    }

    /// Several values that one text says together.
    init(
        assign: @escaping @Sendable (String, inout Owner) throws(ValueFault) -> Void,
        text: @escaping @Sendable (Owner) -> String?
    ) {
        self.assign = assign
        self.text = text
    }
}
