// How much of the machine the data plane takes: cores, descriptors, pipes.

internal import Balancing
internal import CLinux
internal import Config
internal import Glibc

/// What a configuration comes to on this machine.
public struct Resources: Equatable, Sendable {
    public let shardCount: Int
    /// The core of each shard; empty: not pinned.
    public let cores: [Int]
    public let descriptorLimit: Int
    public let connectionsMax: Int
    public let pipesPerShard: Int
    /// Said once at start: what was asked for and does not fit.
    public let warnings: [String]

    /// An unprivileged user has 16,384 pages of pipes; a pipe of 256 KiB takes 64. A quarter is left alone.
    private static let pipesMax = 192
    /// Standard streams, logs, signals, and what the libraries open.
    private static let processDescriptors = 16

    init(_ configuration: Configuration) throws(SetupError) {
        let process = configuration.process
        let allowed = Self.allowedCores()
        // Each has a bit in the records of those who wait for a server.
        shardCount = process.workerCount ?? min(max(1, allowed.count), WaitingShards.shardsMax)
        switch process.affinity {
        case .off: cores = []
        case .auto: cores = allowed.isEmpty ? [] : (0..<shardCount).map { allowed[$0 % allowed.count] }
        case .cores(let list):
            for core in list where !allowed.contains(core) {
                throw SetupError(
                    .systemError,
                    "--cpu-affinity names core \(core), which this process may not use; the cores are \(allowed.map(String.init).joined(separator: ","))")
            }
            cores = (0..<shardCount).map { list[$0 % list.count] }
        }
        let raised = swivel_raise_descriptor_limit(process.descriptorLimit ?? 0)
        guard raised > 0 else {
            throw SetupError(
                .systemError, "cannot set the descriptor limit to \(process.descriptorLimit ?? 0)", errno: Int32(-raised),
                advice: "the hard limit is the most without root: see 'ulimit -Hn'")
        }
        descriptorLimit = Int(min(raised, 1 << 22))
        let listenerCount = configuration.frontends.reduce(0) { $0 + $1.listeners.count }
        // A shard has a ring, a mailbox, one to spare, and its listeners.
        let reserve = Self.processDescriptors + shardCount * (3 + listenerCount)
        let free = descriptorLimit - reserve
        pipesPerShard = process.splice == .off ? 0 : max(0, min(Self.pipesMax, free / 16)) / shardCount
        let fitting = (free - 2 * pipesPerShard * shardCount) / 2
        guard fitting >= 1 else {
            throw SetupError(
                .systemError,
                "the descriptor limit of \(descriptorLimit) leaves none for connections; \(reserve + 2) are the least, see 'ulimit -n' and --rlimit-nofile")
        }
        connectionsMax = process.connectionsMax ?? fitting
        if let asked = process.connectionsMax, asked > fitting {
            warnings = [
                "--maxconn \(asked) does not fit the descriptor limit of \(descriptorLimit), which is enough for \(fitting); accepting will pause when descriptors run out"
            ]
        } else {
            warnings = []
        }
    }

    /// Descriptors that this process has open now.
    static func openDescriptors() -> Int {
        guard let directory = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(directory) }
        var count = 0
        while readdir(directory) != nil { count += 1 }
        return count - 3  // Itself, "." and "..".
    }

    static func allowedCores() -> [Int] {
        var cores = [Int32](repeating: 0, count: 1024)
        let count = Int(swivel_allowed_cores(&cores, Int32(cores.count)))
        return cores.prefix(max(0, count)).map(Int.init)
    }
}
