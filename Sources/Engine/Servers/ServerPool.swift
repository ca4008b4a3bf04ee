// Idle connections of one server on one shard: last in, first out, so that the warm one is used and the rest
// may shrink away. The list goes through the table of connections.

/// One server's pool. Where its connections stand is theirs to say (`HTTPConnection.poolNext`).
struct ServerPool: BitwiseCopyable {
    static let none = UInt32.max
    /// What a server closes after is learned from it; until then connections are kept this long. gunicorn's
    /// shortest default is 2 s.
    static let unlearnedMilliseconds: UInt32 = 1_500
    static let learnedMax: UInt32 = 60_000

    private(set) var first = none
    private(set) var last = none
    private(set) var count = 0
    /// How long a connection is kept idle, under `--reuse-idle auto`.
    private(set) var idleMilliseconds = unlearnedMilliseconds
    /// The server has spoken unasked: until then none of its connections is used twice. What it says between two
    /// requests could be taken for the answer to the next, which then is somebody else's.
    var mistrustedUntil: UInt64 = 0
    static let mistrustNanoseconds: UInt64 = 600_000_000_000
    /// The server's own time is known.
    private var isLearned = false
    /// How old the last idle connection was that the server closed.
    private var closedAge: UInt32 = 0

    mutating func push(_ slot: UInt32, in connections: borrowing Slab<HTTPConnection>) {
        let connection = connections.place(slot)
        connection.pointee.poolNext = first
        connection.pointee.poolPrevious = Self.none
        if first == Self.none { last = slot } else { connections.place(first).pointee.poolPrevious = slot }
        first = slot
        count &+= 1
    }

    mutating func remove(_ slot: UInt32, in connections: borrowing Slab<HTTPConnection>) {
        let (next, previous) = (connections.place(slot).pointee.poolNext, connections.place(slot).pointee.poolPrevious)
        if previous == Self.none { first = next } else { connections.place(previous).pointee.poolNext = next }
        if next == Self.none { last = previous } else { connections.place(next).pointee.poolPrevious = previous }
        count &-= 1
    }

    /// The server closed a connection that had been idle so long. Where the one before was about as old, that is its
    /// habit, and others are given up in three quarters of that time; a server that restarts, or of which a worker
    /// leaves, closes connections of any age.
    mutating func closedByServer(afterMilliseconds idle: UInt32) {
        defer { closedAge = idle }
        guard idle >= 250, max(idle, closedAge) - min(idle, closedAge) <= idle / 4 else { return }
        isLearned = true
        idleMilliseconds = min(Self.learnedMax, max(200, idle / 4 * 3))
    }

    /// One was idle so long that it was given up, and the server had kept it: the next may stay longer.
    mutating func outlasted() {
        if !isLearned { idleMilliseconds = min(Self.learnedMax, idleMilliseconds / 2 * 3) }
    }

    /// The server has said how long it keeps a connection (`Keep-Alive: timeout=`).
    mutating func promised(seconds: Int) {
        isLearned = true
        idleMilliseconds = min(Self.learnedMax, UInt32(clamping: min(max(1, seconds), 3600) * 750))
    }
}
