// One shard's socket on one listening address, and whether it accepts.

/// Accepting stops and goes on for several reasons, so they are kept apart.
struct ShardListener: BitwiseCopyable {
    var descriptor: Int32
    /// The kernel holds an accept.
    var isArmed = false
    /// That accept has been asked to end.
    var isCancelling = false
    /// Accepting waits for a place under a limit.
    var isPausedAtLimit = false
    /// Accepted connections that wait for such a place.
    var parkedCount: Int32 = 0
    /// Over for good: drained and shut.
    var isClosed = false
}
