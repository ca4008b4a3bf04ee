// Maglev: a key keeps its server on every host, and nearly every key does when a server comes or goes.

/// The place of the key in Maglev's table (`MaglevTable`). Where the server has no room the key goes on to
/// a place that follows from itself, the same on every host.
public struct Maglev: BitwiseCopyable, Sendable {
    func pick(from candidates: Candidates, key: UInt64) -> Int? { candidates.draw(key) }
}
