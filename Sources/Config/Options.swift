// The one table: every option once; rows of frontends, backends, timeouts and limits are in files of their
// own. From it come the flag parser, the variables, the manual, what
// "did you mean" chooses from, and the keys of the configuration that is printed.
// Knows every option. Knows nothing of command lines, files or pages.

/// The options of this version, in the order of the manual.
enum Options {
    static let all: [Option] =
        process + frontend + fields + routes + backend + retry + timeouts + limits + websocket + log + general

    static func named(_ long: String) -> Option? {
        all.first { $0.long == long }
    }

    static func lettered(_ short: Character) -> Option? {
        all.first { $0.short == short }
    }

    /// A year: longer is a slip, and this keeps every sum of times far from overflow.
    static let durationMax: UInt64 = 8_760 * 3_600_000
    /// More connections than descriptors a kernel gives: nr_open is at most 2^30 (proc_sys_fs(5)).
    static let connectionsMax = 1 << 30

    private static let process: [Option] = [
        Option(
            long: "test", short: "t", group: .process, binding: .action(.test),
            help: "Judge the configuration and exit: 0 where it is good, 64 with every fault where it is not."),
        Option(
            long: "dump-config", short: "T", group: .process, binding: .action(.dumpConfiguration),
            help: "Print the configuration that would run, every default filled in, and exit."),
        Option(
            long: "workers", short: "w", argument: "N|auto", group: .process,
            binding: .process(Field(\.workerCount, .optional(.whole(1...64), none: "auto"))),
            defaultNote: "auto: one per core of the cpuset, at most 64",
            help: "Shards to run, 1 to 64: each is a thread with a ring, buffers and connections of its own."),
        Option(
            long: "cpu-affinity", argument: "auto|off|LIST", group: .process,
            binding: .process(Field(\.affinity, .affinity)),
            help: "Cores that shards are pinned to, in their order: 0,2,4-7. auto takes those of the cpuset."),
        Option(
            long: "engine", argument: "auto|io_uring|epoll", group: .process,
            binding: .process(Field(\.engine, .choice(aliases: ["uring": .ioUring]))),
            help: """
                How shards speak to the kernel. auto is io_uring, or epoll with a warning that says why \
                where io_uring is forbidden or too old. Where io_uring is demanded and missing, exit 69.
                """),
        Option(
            long: "pid", short: "p", argument: "FILE", group: .process,
            binding: .process(Field(\.pidFile, .optional(.path, none: nil))),
            help: "File to write the process id to; it is removed at the end."),
        Option(
            long: "rlimit-nofile", argument: "N|auto", group: .process,
            binding: .process(Field(\.descriptorLimit, .optional(.whole(64...connectionsMax), none: "auto"))),
            defaultNote: "auto: raise to the hard limit",
            help: "File descriptors to ask the kernel for. A connection takes two, one to each side."),
        Option(
            long: "ring-entries", argument: "N", group: .process,
            binding: .process(Field(\.ringEntries, .powerOfTwo(64...32_768))),
            help: "Submission entries of a ring, a power of two from 64 to 32768."),
        Option(
            long: "cq-entries", argument: "N", group: .process,
            binding: .process(Field(\.completionEntries, .powerOfTwo(128...65_536))),
            help: """
                Completion entries of a ring, a power of two from 128 to 65536 and at least twice \
                --ring-entries; raised to that where it is not given.
                """),
        Option(
            long: "buffers", argument: "N|auto", group: .process,
            binding: .process(Field(\.bufferCount, .optional(.powerOfTwo(16...32_768), none: "auto"))),
            help: "Receive buffers of a shard, a power of two from 16 to 32768."),
        Option(
            long: "buffer-size", argument: "S", group: .process,
            binding: .process(Field(\.bufferBytes, .bytes(1_024...1_048_576))),
            help: "Bytes of one receive buffer, 1k to 1m."),
        Option(
            long: "spin", argument: "US|auto|off", group: .process,
            binding: .process(Field(\.spin, .spin)),
            help: """
                How long a lightly loaded shard looks for work before it sleeps, 1us to 10ms: answers \
                come sooner, for some processor time. auto looks up to 50us.
                """),
        Option(
            long: "splice", argument: "auto|on|off", group: .process,
            binding: .process(Field(\.splice, .choice())),
            help: "Whether long flows move through pipes without being copied; auto decides for each flow."),
        Option(
            long: "graceful-timeout", argument: "T", group: .process,
            binding: .process(Field(\.gracefulTimeoutMilliseconds, .milliseconds(0...durationMax))),
            help: "How long a drain waits for connections that are open; what is left then is closed."),
        Option(
            long: "drain-spread", argument: "T", group: .process,
            binding: .process(Field(\.drainSpreadMilliseconds, .optional(.milliseconds(0...durationMax), none: "auto"))),
            defaultNote: "auto: nine tenths of --graceful-timeout",
            help: """
                The time over which a drain closes WebSocket tunnels, evenly, so that their clients do not all come back \
                at once. At most nine tenths of --graceful-timeout, so that the last can answer.
                """),
    ]

    private static let log: [Option] = [
        Option(
            long: "log-level", argument: "error|warn|info|debug", group: .log,
            binding: .log(Field(\.level, .choice(aliases: ["warning": .warn]))),
            help: "The least important events that are logged."),
        Option(
            long: "error-logfile", argument: "PATH|-", group: .log,
            binding: .log(Field(\.errorTarget, .target(canBeOff: false))),
            defaultNote: "-: standard error", help: "Where events are logged."),
        Option(
            long: "access-logfile", argument: "PATH|-|off", group: .log,
            binding: .log(Field(\.accessTarget, .target(canBeOff: true))),
            help: "Where each request, in tcp mode each connection, is logged when it has ended; - is standard output."),
        Option(
            long: "access-log-format", argument: "combined|vcombined|common|json|haproxy|tcp|TEMPLATE", group: .log,
            binding: .log(LogOptions.formatField),
            defaultNote: "auto: combined, in tcp mode tcp",
            help: """
                How. combined, vcombined and common are Apache's formats; json is flat, with seconds as numbers; \
                haproxy is HAProxy's httplog. TEMPLATE is a line with nginx's variables, any text with a $ in it: \
                '$remote_addr "$request" $status $request_time $upstream_addr'. What speaks tcp is logged in tcp, \
                HAProxy's tcplog, whatever \
                is said here.
                """),
        Option(
            long: "access-log-sample", argument: "RATE", group: .log, needsHTTP: true,
            binding: .log(Field(\.accessSampleRate, .share)),
            help: "The part of requests that is logged, above 0 and at most 1: 0.01 is one of a hundred."),
        Option(
            long: "access-log-min-status", argument: "N", group: .log, needsHTTP: true,
            binding: .log(Field(\.accessMinStatus, .statusMin)), defaultNote: "0: all",
            help: "Only requests that were answered with this status or a higher one are logged: 400 for errors alone."),
    ]

    private static let general: [Option] = [
        Option(
            long: "version", short: "v", group: .general, binding: .action(.version),
            help: "Print the version and exit."),
        Option(
            long: "build-info", short: "V", group: .general, binding: .action(.buildInfo),
            help: "Print the version, how it was built and what this kernel can do, and exit."),
        Option(
            long: "help", short: "h", argument: "[TOPIC]", group: .general, binding: .action(.help),
            help: "Print this page, or the part of it that TOPIC names: a section, a verb or an option; exit."),
    ]
}
