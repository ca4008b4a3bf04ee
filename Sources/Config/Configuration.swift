// What the operator asked for, whole and validated: one immutable value that every part reads.
// Knows nothing of where it came from (flags, variables, later a file) or of what acts on it.

/// A validated configuration. `Invocation.parse` makes it; nothing changes it afterwards.
public struct Configuration: Equatable, Sendable {
    public var process: ProcessOptions
    public var log: LogOptions
    /// In the order given; never empty.
    public var frontends: [Frontend]
    /// In the order given; every frontend's `backend` is the name of one of them.
    public var backends: [Backend]

    public init(
        process: ProcessOptions = ProcessOptions(), log: LogOptions = LogOptions(), frontends: [Frontend],
        backends: [Backend]
    ) {
        self.process = process
        self.log = log
        self.frontends = frontends
        self.backends = backends
    }
}
