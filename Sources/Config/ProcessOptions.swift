// What concerns the whole process: shards, kernel resources, how it ends.

/// The options of the group PROCESS in SURFACE.md.
public struct ProcessOptions: Equatable, Sendable {
    /// Shards to run (1 to 256), or `nil` for one per core of the process's cpuset.
    public var workerCount: Int?
    public var affinity: Affinity = .auto
    public var engine: Engine = .auto
    /// File to write the process id to.
    public var pidFile: String?
    /// Descriptors to ask the kernel for, or `nil` to raise the soft limit to the hard one.
    public var descriptorLimit: Int?
    /// Submission queue entries of a ring (power of two, 64 to 32,768).
    public var ringEntries: Int = 1024
    /// Completion queue entries of a ring (power of two, at least twice `ringEntries`).
    public var completionEntries: Int = 8192
    /// Receive buffers of a shard (power of two, 16 to 32,768), or `nil` for the measured default.
    public var bufferCount: Int?
    /// Bytes of one receive buffer (1 KiB to 1 MiB).
    public var bufferBytes: Int = 4096
    /// How long a lightly loaded shard looks for work before it sleeps.
    public var spin: Spin = .auto
    public var splice: Splice = .auto
    /// How long a drain waits for what is open, in milliseconds.
    public var gracefulTimeoutMilliseconds: UInt64 = 30_000
    /// The time over which a drain spreads the closes of tunnels, in milliseconds; `nil`: as long as it may take.
    public var drainSpreadMilliseconds: UInt64?
    /// Client connections at once, or `nil` for what the descriptor limit allows.
    public var connectionsMax: Int?

    public init() {}

    public enum Affinity: Equatable, Sendable {
        case auto
        case off
        /// Core numbers; shard i runs on the i-th, wrapping around.
        case cores([Int])
    }

    public enum Engine: String, Equatable, Sendable, CaseIterable {
        case auto
        case ioUring = "io_uring"
        case epoll
    }

    public enum Splice: String, BitwiseCopyable, Equatable, Sendable, CaseIterable {
        case auto, on, off
    }

    public enum Spin: Equatable, Sendable {
        case auto
        case off
        case microseconds(UInt64)
    }
}
