// What may stand behind an address, after a comma: `--server 10.0.0.1:80,weight=2`.

/// One row of the table of options that belong to a single address.
struct InlineOption<Owner: Sendable>: Sendable {
    let key: String
    /// What stands for its value in the manual; `nil` where it takes none.
    let argument: String?
    let field: Field<Owner>
    var defaultNote: String?
    let help: String
}
