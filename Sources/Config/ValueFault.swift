// Why a value was refused, before anyone has said where it was written.

/// What is wrong with one value, and what would be right.
struct ValueFault: Error, Equatable, Sendable {
    var problem: String
    var remedy: String
    /// Whether a file that was named is at fault, not what was written.
    var isOfData = false

    init(_ problem: String, remedy: String) {
        self.problem = problem
        self.remedy = remedy
    }
}
