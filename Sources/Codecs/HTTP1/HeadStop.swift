// Why the reading of a head ends before its empty line.

/// Thrown typed, so that it is a plain value: nothing is allocated.
enum HeadStop: Error {
    case partial
    case rejected(Rejection)

    var outcome: HeadOutcome {
        switch self {
        case .partial: .partial
        case .rejected(let rejection): .rejected(rejection)
        }
    }
}
