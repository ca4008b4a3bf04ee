// The words of a command line that are no flags: which of the program's tasks is meant.

/// What the program can be told to do.
enum Verb: String, CaseIterable, Sendable {
    case run, demo, check

    /// The verb among the words of a command line; `nil` where it is not one, and a fault then.
    static func choose(_ words: [String], diagnostics: inout [Diagnostic]) -> Verb? {
        guard let word = words.first else { return .run }
        for further in words.dropFirst() {
            let problem = "is not understood behind \(Quoted.word(word))"
            diagnostics.append(Diagnostic(place: Quoted.word(further), problem: problem, remedy: advice(on: further)))
        }
        if let verb = Verb(rawValue: word) { return verb }
        if Planned.verbs.contains(word) {
            // What follows belongs to it, and would be misjudged.
            let problem = "is not part of this version"
            diagnostics = [Diagnostic(place: word, problem: problem, remedy: "write \(alternatives)")]
            return nil
        }
        diagnostics.insert(
            Diagnostic(place: Quoted.word(word), problem: "unknown command", remedy: advice(on: word)), at: 0)
        return nil
    }

    private static let alternatives = "run, demo or check"

    private static func advice(on word: String) -> String {
        if word == "help" { return "write --help" }
        if word == "version" { return "write --version" }
        if word.contains(":") || word.contains("/") {
            return "write --server \(Quoted.word(word)), or --bind \(Quoted.word(word)) to listen there"
        }
        if UInt16(word) != nil { return "write --bind :\(word) to listen there" }
        return DidYouMean.question(for: word, among: allCases.map(\.rawValue)) ?? "write \(alternatives), and flags"
    }
}
