// Which of the real engines a simulated one behaves like, and how it is made.

/// Habits of a simulated engine.
struct EngineHabits {
    /// Receives into the pool's buffers and answers sends later, as io_uring does; otherwise into scratch
    /// memory, with sends that end at once, as epoll does.
    var keepsReceivedBytes = true
    /// A receive stays armed after it has brought bytes.
    var isMultishot = true
    /// A receive may bring several buffers at once.
    var isBundling = true
    var isMultishotAccept = true
    /// The success of a send that is not urgent is told at the end of the turn that hands it over, and
    /// wakes nobody.
    var isQuiet = true
    /// Sends run some time after they were handed over, rather than at once (and are never quiet then).
    var sendsLate = false
    var receiveCount = 16
    var receiveBytes = 512
    var spillCount = 64
    var smallCount = 512
    var scratchBytes = 64 * 1024
    var bulkReceiveBytes = 4096
    /// Completions of one turn.
    var completionsMax = 1024
    /// Pieces of one gathered send.
    var piecesMax = 64
    /// A socket is reported as having room when a third of its buffer is free (as Linux does), or any of it.
    var reportsAnyRoom = false
    /// How late the kernel finds out that an operation can go on, and that a cancelled one has ended.
    var latency: ClosedRange<UInt64> = 0...20_000

    static let epoll: EngineHabits = {
        var habits = EngineHabits()
        habits.keepsReceivedBytes = false
        habits.receiveCount = 0
        habits.receiveBytes = 0
        return habits
    }()

    static let ring = EngineHabits()

    static let singleShotRing: EngineHabits = {
        var habits = EngineHabits()
        habits.isMultishot = false
        habits.isBundling = false
        habits.isMultishotAccept = false
        habits.isQuiet = false
        return habits
    }()
}
