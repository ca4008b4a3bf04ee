// One shard's socket on one listening address, with the clients that wait in its queue.

@testable import Engine

final class SimulatedListener {
    /// The listener's place in the plan.
    let place: Int
    let shard: Int
    var descriptor: Int32 = -1
    /// Clients that the kernel has connected and nobody has accepted.
    var queue: [Link] = []
    var isNonBlocking = false
    var isClosing = false
    var operations: [PendingOperation] = []
    /// When a connection was last taken, or the queue last empty, or at a limit.
    var servedAt: UInt64 = 0
    /// When the shard last looked for itself whether anybody waits.
    var lookedAt: UInt64 = 0

    init(place: Int, shard: Int) {
        self.place = place
        self.shard = shard
    }
}
