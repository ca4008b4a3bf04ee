// One option with its value, before anything is done with it: from a flag or a variable alike.

/// One option as it was given.
struct Setting: Sendable {
    enum Source: Equatable, Sendable { case variable, flag }

    let option: Option
    let value: String
    let source: Source
    /// Where it was written, for messages: `--server #2`, `SWIVEL_SERVER #2`.
    let place: String

    /// The place of the `index`-th of `count` values of a name; numbered where there are several.
    static func place(_ name: String, index: Int, count: Int) -> String {
        count > 1 ? "\(name) #\(index + 1)" : name
    }
}
