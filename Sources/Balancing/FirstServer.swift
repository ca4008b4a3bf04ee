// First: fills servers up in the order of the configuration, so that the last ones may sleep.

/// The first server with room. Without limits that is always the first one. A pick looks at every full
/// server before it.
public struct FirstServer: BitwiseCopyable, Sendable {
    func pick(from candidates: Candidates) -> Int? { candidates.firstOpen(from: 0) }
}
