// Source: a key keeps its server as long as the list of servers stays. The key is the client, or whatever
// else the caller hashes: a URI, a header, a cookie.

/// The place of the key in the weighted cycle, as HAProxy's map-based hash: perfectly even over keys, and as
/// many keys as not move when a server comes or goes (`Maglev` and `RingHash` move few). Where the server has no
/// room the key goes on to a place that follows from itself, so that the others share what it cannot take.
public struct SourceHash: BitwiseCopyable, Sendable {
    func pick(from candidates: Candidates, key: UInt64) -> Int? { candidates.draw(key) }
}
