// What an operator changes of the fields of heads that go one way, as shards use it.
// Knows names and texts. Knows nothing of where heads come from.

internal import Config

/// Fields that are taken away, and fields that are put in.
struct PlannedFields: BitwiseCopyable {
    private let droppedNames: UnsafeMutableBufferPointer<PlannedName>
    /// Whole lines, with their line ends.
    let added: PlannedText
    /// Of our own fields those that are not to be written.
    let unwanted: OwnFields
    let isEmpty: Bool
    private let sparesUnderscores: Bool

    /// - Parameters:
    ///   - changes: in their order; a later one finds what an earlier one has put in.
    ///   - requestIDName: of the field with a request's identifier.
    ///   - isRequest: servers that make variables of fields (CGI, WSGI) take `_` in a name for `-`: what is taken
    ///     away is gone in either spelling.
    init(_ changes: [FieldChange], requestIDName: String = "", isRequest: Bool) {
        var names: [String] = []
        var lines: [(name: String, text: [TextTemplate.Piece])] = []
        for change in changes {
            let name = change.name.lowercased()
            // There is one Host in every request.
            if change.kind != .add || name == "host" {
                lines.removeAll { $0.name == name }
                if !names.contains(name) { names.append(name) }
            }
            if change.kind != .remove {
                lines.append((name, [.text("\(change.name): ")] + change.value.pieces + [.text("\r\n")]))
            }
        }
        droppedNames = .allocate(capacity: names.count)
        _ = droppedNames.initialize(from: names.map { PlannedName($0) })
        added = PlannedText(lines.flatMap(\.text))
        let requestIDName = requestIDName.lowercased()
        unwanted = names.reduce(into: []) { set, name in
            if let own = OwnFields(named: name, requestIDName: requestIDName) { set.insert(own) }
        }
        isEmpty = changes.isEmpty
        sparesUnderscores = isRequest
    }

    func destroy() {
        for name in droppedNames { name.destroy() }
        droppedNames.deallocate()
        added.destroy()
    }

    /// Whether a field of that name does not go on.
    func drops(_ name: UnsafeRawBufferPointer) -> Bool {
        for index in 0..<droppedNames.count
        where droppedNames[index].matches(name, sparesUnderscores: sparesUnderscores) { return true }
        return false
    }
}
