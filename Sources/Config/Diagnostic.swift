// What is wrong with what the operator wrote, and what would be right.
// Knows how to say it in one line. Knows nothing of what is judged.

/// One fault, or one warning, in one line: `place: what is wrong; what would be right`.
public struct Diagnostic: Equatable, Sendable, CustomStringConvertible {
    /// Where it was written: `--server #2`, `SWIVEL_SERVER`; later `file:line:column`.
    public var place: String
    public var problem: String
    public var remedy: String
    /// Whether a file that was named is at fault, not what was written.
    public var isOfData = false

    public init(place: String, problem: String, remedy: String) {
        self.place = place
        self.problem = problem
        self.remedy = remedy
    }

    init(place: String, _ fault: ValueFault) {
        self.init(place: place, problem: fault.problem, remedy: fault.remedy)
        isOfData = fault.isOfData
    }

    public var description: String { "\(place): \(problem); \(remedy)" }
}
