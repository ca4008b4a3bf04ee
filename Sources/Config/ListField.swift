// Several values of an object under one name: each text adds one, and they are read back as texts.

/// A list of `Owner` that an option adds to.
struct ListField<Owner>: Sendable {
    let append: @Sendable (String, inout Owner) throws(ValueFault) -> Void
    let texts: @Sendable (Owner) -> [String]

    init<Value: Sendable>(_ path: any WritableKeyPath<Owner, [Value]> & Sendable, _ kind: ValueKind<Value>) {
        append = { (text, owner) throws(ValueFault) in owner[keyPath: path].append(try kind.parse(text)) }
        texts = { owner in owner[keyPath: path].compactMap { kind.text($0) } }
    }
}
