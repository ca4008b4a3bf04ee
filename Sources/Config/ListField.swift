// Several values of an object under one name: each text adds one, and they are read back as texts.

/// A list of `Owner` that an option adds to.
struct ListField<Owner>: Sendable {
    let append: @Sendable (String, inout Owner) throws(ValueFault) -> Void
    let texts: @Sendable (Owner) -> [String]

    /// - Parameter replaces: whether a value takes the place of one that was there.
    init<Value: Sendable>(
        _ path: any WritableKeyPath<Owner, [Value]> & Sendable, _ kind: ValueKind<Value>,
        replaces: @escaping @Sendable (Value, Value) -> Bool = { _, _ in false }
    ) {
        append = { (text, owner) throws(ValueFault) in
            let value = try kind.parse(text)
            if let index = owner[keyPath: path].firstIndex(where: { replaces(value, $0) }) {
                owner[keyPath: path][index] = value
            } else {
                owner[keyPath: path].append(value)
            }
        }
        texts = { owner in owner[keyPath: path].compactMap { kind.text($0) } }
    }
}
