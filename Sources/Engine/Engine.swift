// The data plane as the rest of the program sees it: start, drain, stop, and figures.
// Knows shards. Knows nothing of signals, files, or who asks.

internal import Balancing
internal import CLinux
public import Codecs
public import Config
internal import Glibc
internal import Synchronization

/// All shards of the process.
public final class DataPlane: Sendable {
    /// The engine that runs, with the reason where `auto` fell back.
    public enum Engine: Equatable, Sendable {
        case ioUring(KernelFeatures)
        case epoll(fallbackReason: String?)

        public var name: String {
            switch self {
            case .ioUring: "io_uring"
            case .epoll: "epoll"
            }
        }
    }

    /// An address that is listened on.
    public struct ListeningAddress: Equatable, Sendable {
        public let address: SocketAddress
        public let frontend: String
        public let mode: Frontend.Mode
    }

    public let engine: Engine
    public let resources: Resources
    /// In the configuration's order, port 0 replaced by the kernel's choice.
    public let listening: [ListeningAddress]
    /// Readable whenever a shard has started, failed to, or finished.
    public let noticeDescriptor: Int32

    private let configuration: Configuration
    private let plan: Plan
    private let sockets: [ListenSocket]
    private let members: [Member]
    /// By shard; the memory is the data plane's, so that a shard's hot path reaches it by a plain pointer.
    private let inboxes: Inboxes
    private let startFailure = Mutex<SetupError?>(nil)
    private let startedCount = Atomic<Int>(0)
    private let threads = Mutex<[ShardThread]>([])
    /// Descriptors open before the first shard started.
    private let descriptorsBefore = Atomic<Int>(0)

    /// What the data plane keeps of one shard.
    private struct Member: Sendable {
        let mailbox: Mailbox
        let counters: Counters
        let tally: ServerTally
        let log: LogQueue?
    }

    private struct Inboxes: @unchecked Sendable {
        // Unchecked: written before the first shard starts, then only read; what it points to is atomics.
        let all: UnsafeMutableBufferPointer<Inbox>
    }

    /// Binds every listener; nothing is served before `start`.
    ///
    /// - Parameters:
    ///   - configuration: validated, names resolved.
    ///   - featureMask: `SWIVEL_KERNEL_FEATURES`.
    public init(_ configuration: Configuration, featureMask: String = "") throws(SetupError) {
        self.configuration = configuration
        engine = try Self.chooseEngine(configuration.process.engine, featureMask)
        resources = try Resources(configuration)
        let isEpoll = engine.name == "epoll"
        var opened: [ListenSocket] = []
        var addresses: [ListeningAddress] = []
        var members: [Member] = []
        do throws(SetupError) {
            for backend in configuration.backends { try SourceTrial.run(backend) }
            for frontend in configuration.frontends {
                for listener in frontend.listeners {
                    let socket = try ListenSocket.open(
                        listener, keepaliveSeconds: frontend.keepaliveSeconds, shardCount: resources.shardCount,
                        isNonBlocking: isEpoll)
                    opened.append(socket)
                    addresses.append(ListeningAddress(address: socket.address, frontend: frontend.name, mode: frontend.mode))
                }
            }
            for _ in 0..<resources.shardCount {
                members.append(
                    Member(
                        mailbox: try Mailbox(), counters: Counters(),
                        tally: ServerTally(serverCount: configuration.backends.reduce(0) { $0 + $1.servers.count }),
                        log: configuration.log.accessTarget == .off ? nil : LogQueue(capacity: ShardLog.queueBytes)))
            }
        } catch {
            for socket in opened { socket.close() }
            throw error
        }
        sockets = opened
        listening = addresses
        self.members = members
        inboxes = Inboxes(all: .allocate(capacity: members.count))
        for (index, member) in members.enumerated() {
            inboxes.all.initializeElement(at: index, to: Inbox(index: index, wakeDescriptor: member.mailbox.descriptor))
        }
        plan = Plan(
            Self.bound(configuration, to: opened), connectionsMax: resources.connectionsMax,
            seed: UInt64.random(in: .min ... .max), shardCount: resources.shardCount)
        noticeDescriptor = swivel_eventfd()
    }

    /// The configuration with the addresses that its listeners have got: port 0 replaced by the kernel's choice.
    private static func bound(_ configuration: Configuration, to sockets: [ListenSocket]) -> Configuration {
        var (configuration, sockets) = (configuration, sockets[...])
        for frontend in configuration.frontends.indices {
            for listener in configuration.frontends[frontend].listeners.indices {
                guard let socket = sockets.popFirst() else { preconditionFailure("every listener has been opened") }
                configuration.frontends[frontend].listeners[listener].address = socket.address
            }
        }
        return configuration
    }

    private static func chooseEngine(_ asked: ProcessOptions.Engine, _ featureMask: String) throws(SetupError) -> Engine {
        if asked == .epoll { return .epoll(fallbackReason: nil) }
        do throws(KernelFeatures.Missing) {
            return .ioUring(try KernelFeatures.probe(mask: featureMask))
        } catch {
            if asked == .auto { return .epoll(fallbackReason: error.reason) }
            throw SetupError(
                .unavailable, "--engine io_uring cannot run here (\(error.reason)); allow io_uring, or use --engine auto or epoll")
        }
    }

    // MARK: - Running

    /// Starts every shard, and returns once all of them serve; where one cannot, all end again.
    public func start() throws(SetupError) {
        descriptorsBefore.store(Resources.openDescriptors(), ordering: .relaxed)
        for index in members.indices {
            let core = resources.cores.isEmpty ? nil : resources.cores[index]
            let thread = try ShardThread(name: "swivel-\(index)", core: core) { [self] in runShard(index) }
            threads.withLock { $0.append(thread) }
        }
        while startedCount.load(ordering: .acquiring) < members.count { waitForNotice() }
        if let failure = startFailure.withLock({ $0 }) {
            stop()
            join()
            throw failure
        }
    }

    private func waitForNotice() {
        var entry = pollfd(fd: noticeDescriptor, events: Int16(POLLIN), revents: 0)
        _ = poll(&entry, 1, 1000)
        _ = swivel_eventfd_clear(noticeDescriptor)
    }

    private func runShard(_ index: Int) {
        defer {
            members[index].mailbox.finish()
            _ = swivel_eventfd_signal(noticeDescriptor)
        }
        var isStarted = false
        func started(_ failure: SetupError?) {
            guard !isStarted else { return }
            isStarted = true
            if let failure { startFailure.withLock { $0 = $0 ?? failure } }
            startedCount.wrappingAdd(1, ordering: .releasing)
            _ = swivel_eventfd_signal(noticeDescriptor)
        }
        do throws(SetupError) {
            switch engine {
            case .ioUring:
                var shard = makeShard(index, try Ring(options(index)))
                started(nil)
                shard.run()
            case .epoll:
                var shard = makeShard(index, try Epoll(options(index)))
                started(nil)
                shard.run()
            }
        } catch {
            started(error)
        }
    }

    private func makeShard<IO: ShardIO & ~Copyable>(_ index: Int, _ io: consuming IO) -> Shard<IO> {
        let member = members[index]
        return Shard(
            io: io, index: index, shardCount: members.count, plan: plan, counters: member.counters, tally: member.tally,
            mailbox: member.mailbox, inboxes: UnsafeBufferPointer(inboxes.all), log: ShardLog(queue: member.log), listenerDescriptors: sockets.map { $0.descriptors[index] },
            relaysMax: resources.connectionsMax, pipesMax: resources.pipesPerShard)
    }

    private func options(_ index: Int) -> EngineOptions {
        let process = configuration.process
        var options = EngineOptions()
        options.ringEntries = process.ringEntries
        options.completionEntries = process.completionEntries
        if let count = process.bufferCount { options.bufferCount = count }
        options.bufferBytes = process.bufferBytes
        options.smallCount = min(max(options.smallCount, 4 * resources.connectionsMax), 262_144)
        options.descriptorLimit = resources.descriptorLimit
        options.seed = swivel_monotonic_ns() &+ UInt64(index)
        switch process.spin {
        case .auto: break
        case .off: options.spinNanoseconds = 0
        case .microseconds(let count): options.spinNanoseconds = count * 1000
        }
        if case .ioUring(let features) = engine { options.features = features }
        return options
    }

    /// Accept no more; each shard ends when its last connection has.
    public func drain() { for member in members { member.mailbox.post(.drain) } }

    /// End every connection now.
    public func stop() { for member in members { member.mailbox.post([.drain, .stop]) } }

    /// Every shard has ended.
    public var isFinished: Bool { members.allSatisfy { $0.mailbox.isFinished } }

    /// Waits for the threads of shards that have ended or are about to, and removes socket files.
    public func join() {
        let started = threads.withLock { threads in
            defer { threads = [] }
            return threads
        }
        for thread in started { thread.join() }
        for socket in sockets { socket.removeFile() }
    }

    deinit {
        plan.destroy()
        for member in members {
            member.counters.destroy()
            member.tally.destroy()
            member.log?.destroy()
            close(member.mailbox.descriptor)
        }
        for inbox in inboxes.all { inbox.destroy() }
        inboxes.all.deallocate()
        close(noticeDescriptor)
    }

    // MARK: - Figures

    /// The counter's sum over all shards.
    public func total(_ counter: Counter) -> UInt64 { members.reduce(0) { $0 &+ $1.counters[counter] } }

    /// Requests refused for this reason, over all shards.
    public func total(_ rejection: Rejection) -> UInt64 { members.reduce(0) { $0 &+ $1.counters[rejection] } }

    /// The counter of each shard.
    public func byShard(_ counter: Counter) -> [UInt64] { members.map { $0.counters[counter] } }

    /// The figure's sum over all shards for one server, by its place among all backends' servers.
    public func total(_ figure: ServerFigure, server: Int) -> UInt64 {
        members.reduce(0) { $0 &+ $1.tally.value(figure, of: server) }
    }

    /// Servers of all backends.
    public var serverCount: Int { plan.serverCount }

    /// How often WebSockets of one server ended with such a code, said first by `initiator`, over all shards.
    public func closes(_ group: CloseGroup, by initiator: CloseInitiator, server: Int) -> UInt64 {
        members.reduce(0) { $0 &+ $1.tally.closes(group, by: initiator, of: server) }
    }

    /// Connections of one server now, by its place among all backends' servers.
    public func currentConnections(server: Int) -> Int {
        for backend in plan.backends where server < backend.firstServer + backend.table.count {
            return Int(backend.table.load(server - backend.firstServer).pointee.current.load(ordering: .relaxed))
        }
        return 0
    }

    /// Descriptors that the shards have left open: 0 after `join`, as the listeners are closed by then.
    public var leftoverDescriptors: Int {
        let listeners = sockets.reduce(0) { $0 + $1.descriptors.count }
        return Resources.openDescriptors() - (descriptorsBefore.load(ordering: .relaxed) - listeners)
    }

    /// Places still taken on any server, under any limit, or by any address: 0 once every connection has ended.
    public var placesTaken: Int {
        let addresses = plan.admissions.reduce(0) { $0 + ($1.limits?.placesTaken ?? 0) }
        return plan.backends.reduce(0) { $0 + $1.table.currentTotal } + plan.processLimit.current + addresses
    }

    /// Hands `write` the log lines that wait, until none do or it takes none. It answers the bytes taken.
    public func takeLog(_ write: (UnsafeRawBufferPointer) -> Int) {
        for member in members {
            guard let queue = member.log else { continue }
            while queue.take(write) > 0 {}
        }
    }
}
