// The control thread's own small loop: signals, the drain's deadline, log lines, and what the operator
// should hear of. Knows the data plane's public face; knows nothing of connections.

internal import CLinux
internal import Codecs
public import Config
public import Engine
internal import Glibc

/// Runs a data plane from its start to its end.
public final class Supervision {
    private let configuration: Configuration
    private let plane: DataPlane
    private let signals: Signals
    private let events: EventLog
    private let accessLog: LogFile
    private let notice: ServiceNotice
    private var pidFile: PidFile?
    private var drainDeadline: UInt64?
    private var isStopping = false
    private var troubles = Troubles()
    /// Called once, when every shard serves.
    public var whenReady: ((DataPlane) -> Void)?
    /// Called once, when every shard has ended and before the totals.
    public var whenEnded: (() -> Void)?
    /// Called about once a second with the data plane, for a display.
    public var everySecond: ((DataPlane) -> Void)?

    /// - Throws: `ControlError` where a log or the pid file cannot be written.
    public init(
        _ configuration: Configuration, _ plane: DataPlane, signals: Signals, events: EventLog, notice: ServiceNotice
    ) throws(ControlError) {
        self.configuration = configuration
        self.plane = plane
        self.signals = signals
        self.events = events
        self.notice = notice
        accessLog = try LogFile(configuration.log.accessTarget, standard: STDOUT_FILENO, flag: "--access-logfile")
        if let path = configuration.process.pidFile { pidFile = try PidFile(path) }
    }

    /// Starts the shards, serves until a signal ends it, and answers the exit code.
    public func run() throws(SetupError) -> Int32 {
        do throws(SetupError) {
            try plane.start()
        } catch {
            pidFile?.remove()
            throw error
        }
        announce()
        loop()
        plane.join()
        whenEnded?()
        writeLastLogs()
        pidFile?.remove()
        Totals(plane: plane, lostLogLines: accessLog.lostLineCount).write(to: events)
        return 0
    }

    private func announce() {
        if case .epoll(let reason?) = plane.engine {
            events.write(.warn, "io_uring cannot be used here (\(reason)), so epoll runs; it costs more processor time for bulk traffic")
        }
        for warning in plane.resources.warnings { events.write(.warn, warning) }
        for listening in plane.listening {
            let frontend = "frontend \(listening.frontend), \(listening.mode.rawValue)"
            events.write(.info, "listening on \(listening.address) (\(frontend))")
        }
        let count = plane.resources.shardCount
        events.write(.info, "ready, engine \(plane.engine.name), \(count) shard\(count == 1 ? "" : "s")")
        notice.send("READY=1")
        whenReady?(plane)
    }

    private func loop() {
        var nextSecond = swivel_monotonic_ns() + 1_000_000_000
        while !plane.isFinished {
            wait()
            while let signal = signals.next() { obey(signal) }
            writeLogs()
            let now = swivel_monotonic_ns()
            if let drainDeadline, now >= drainDeadline { giveUp() }
            if now >= nextSecond {
                nextSecond = now + 1_000_000_000
                troubles.report(plane, to: events)
                everySecond?(plane)
            }
        }
    }

    private func wait() {
        var entries = [
            pollfd(fd: signals.descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: plane.noticeDescriptor, events: Int16(POLLIN), revents: 0),
        ]
        // Log lines wait a tenth of a second at most; a shard never signals for them.
        let milliseconds: Int32 = configuration.log.accessTarget == .off && drainDeadline == nil ? 1000 : 100
        _ = unsafe poll(&entries, nfds_t(entries.count), milliseconds)
        if entries[1].revents != 0 { _ = swivel_eventfd_clear(plane.noticeDescriptor) }
    }

    private func obey(_ signal: Int32) {
        switch signal {
        case SIGUSR1: reopenLogs()
        case SIGTERM, SIGINT, SIGQUIT: drainDeadline == nil ? drain() : stop("a second signal")
        case SIGHUP, SIGUSR2, SIGTTIN, SIGTTOU:
            // Their default would end or stop the process, and every connection with it.
            let names = [SIGHUP: "HUP", SIGUSR2: "USR2", SIGTTIN: "TTIN", SIGTTOU: "TTOU"]
            events.write(.warn, "signal \(names[signal] ?? "") has no effect: reload, upgrade and scaling are not part of this version")
        default: break
        }
    }

    private func drain() {
        let milliseconds = configuration.process.gracefulTimeoutMilliseconds
        drainDeadline = swivel_monotonic_ns() + milliseconds * 1_000_000
        let open = plane.total(.connections)
        let spread = plane.resources.shardCount > 1 ? " (by shard \(list(.connections)))" : ""
        events.write(.info, "draining: no new connections, \(open) open\(spread), at most \(milliseconds) ms")
        notice.send("STOPPING=1")
        plane.drain()
    }

    private func giveUp() {
        guard !isStopping else { return }
        stop("the graceful timeout has passed")
    }

    private func stop(_ reason: String) {
        guard !isStopping else { return }
        isStopping = true
        events.write(.warn, "stopping: \(reason), \(plane.total(.connections)) connections end now")
        plane.stop()
    }

    private func reopenLogs() {
        do throws(ControlError) {
            writeLogs()
            try events.reopen()
            try accessLog.reopen()
            events.write(.info, "logs reopened")
        } catch {
            events.write(.error, error.message)
        }
    }

    private func writeLogs() { unsafe plane.takeLog { unsafe accessLog.write($0) } }

    /// Whoever reads a log has a moment for the last lines. What is not taken by then is lost, and counted.
    private func writeLastLogs() {
        accessLog.bePatient(nanoseconds: 500_000_000)
        writeLogs()
        unsafe plane.takeLog { unsafe accessLog.lose($0) }
    }

    /// A counter of every shard, in the order of their numbers.
    private func list(_ counter: Counter) -> String { plane.byShard(counter).map(String.init).joined(separator: " ") }
}
