// The one table: every option once. From it come the flag parser, the variables, the manual, what
// "did you mean" chooses from, and the keys of the configuration that is printed.
// Knows every option. Knows nothing of command lines, files or pages.

/// The options of this version, in the order of the manual.
enum Options {
    static let all: [Option] = process + frontend + backend + retry + timeouts + limits + log + general

    static func named(_ long: String) -> Option? {
        all.first { $0.long == long }
    }

    static func lettered(_ short: Character) -> Option? {
        all.first { $0.short == short }
    }

    /// A year: longer is a slip, and this keeps every sum of times far from overflow.
    static let durationMax: UInt64 = 8_760 * 3_600_000
    /// More connections than descriptors a kernel gives: nr_open is at most 2^30 (proc_sys_fs(5)).
    private static let connectionsMax = 1 << 30

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
    ]

    private static let frontend: [Option] = [
        Option(
            long: "bind", short: "b", argument: "[NAME@]ADDR[,OPTION...]", group: .frontend, binding: .listener,
            defaultNote: "required",
            help: """
                Where to listen; repeat for more. ADDR is HOST:PORT with a numeric host, :PORT (every \
                address, 0.0.0.0 and [::]), [V6]:PORT (IPv6 alone) or unix:/PATH; port 0 takes a free \
                one. Listeners of one NAME are one frontend, and so are those without a NAME whose \
                options agree: the first such frontend is "default", the second "frontend-2".
                """),
        Option(
            long: "mode", argument: "http|tcp", group: .frontend,
            binding: .frontend(Field(\.mode, .choice())),
            defaultNote: Draft.defaultMode.rawValue,
            help: "What a frontend speaks. http is not part of this version: say --mode tcp."),
        Option(
            long: "maxconn", argument: "N|auto", group: .frontend,
            binding: .process(Field(\.connectionsMax, .optional(.whole(1...connectionsMax), none: "auto"))),
            defaultNote: "auto: what the descriptor limit allows",
            help: "Client connections at once in the whole process; further ones wait to be accepted."),
        Option(
            long: "frontend-maxconn", argument: "N", group: .frontend,
            binding: .frontend(Field(\.connectionsMax, .zeroIsNone(.whole(0...connectionsMax)))),
            defaultNote: "0: no limit of its own",
            help: "Client connections at once in a frontend."),
        Option(
            long: "maxconn-per-ip", argument: "N", group: .frontend,
            binding: .frontend(Field(\.connectionsPerAddressMax, .whole(0...connectionsMax))),
            defaultNote: "0: no limit",
            help: """
                Connections at once of one client address in a frontend; further ones are refused. The \
                addresses of an IPv6 network of 64 bits count as one.
                """),
        Option(
            long: "conn-rate-per-ip", argument: "N/T", group: .frontend,
            binding: .frontend(Field(\.connectionRatePerAddress, .optional(.rate, none: "0"))),
            defaultNote: "0: no limit",
            help: """
                New connections of one client address in a frontend: N in a time T, as in 100/10s, so many \
                at once; further ones are refused. IPv6 as above.
                """),
        Option(
            long: "tcp-keepalive", argument: "T|off", group: .frontend,
            binding: .frontend(Field(\.keepaliveSeconds, .optional(.seconds(1...32_767), none: "off"))),
            help: """
                After how much silence TCP asks whether the other end is still there, towards clients and \
                servers alike, in whole seconds.
                """),
    ]

    private static let backend: [Option] = [
        Option(
            long: "backend", short: "B", argument: "NAME", group: .backend, binding: .newBackend,
            help: """
                Begin a backend: the options of this section that follow are its own, up to the next \
                --backend. Servers before the first one are of the backend "default". A frontend that \
                names no backend takes "default", or the only one there is.
                """),
        Option(
            long: "server", short: "s", argument: "[NAME@]ADDR[,OPTION...]", group: .backend, binding: .server,
            defaultNote: "required",
            help: """
                A server of the backend; repeat for more. ADDR is HOST:PORT (a name is resolved once, at \
                start), [V6]:PORT or unix:/PATH. Without a NAME, its address is its name.
                """),
        Option(
            long: "balance", argument: "ALG", group: .backend, binding: .backend(Field(\.balance, .policy)),
            help: """
                How a server is picked, by weight but for first. roundrobin: each in its turn. leastconn: the one \
                with the fewest connections. p2c: the better of two that are drawn. random: one that is \
                drawn. first: the first with room. By a hash of the client's address: source, \
                maglev:source (hosts with the same servers pick alike) and ring:source (the fewest \
                clients move when servers change). The names that nginx and Envoy have for them are \
                understood.
                """),
        Option(
            long: "hash-balance-factor", argument: "PCT", group: .backend,
            binding: .backend(Field(\.hashBalanceFactorPercent, .hashBalanceFactor)), defaultNote: "0: off",
            help: """
                With source, maglev and ring: a server that has more than so many hundredths of the mean of \
                all servers is passed over for the next one, 100 or more. 150 keeps most clients where \
                they were.
                """),
        Option(
            long: "slow-start", argument: "T", group: .backend,
            binding: .backend(Field(\.slowStartMilliseconds, .milliseconds(0...durationMax))),
            help: "How long a server's share grows, from a hundredth to the whole, once it is back."),
        Option(
            long: "server-maxconn", argument: "N", group: .backend,
            binding: .backend(Field(\.serverConnectionsMax, .whole(0...connectionsMax))), defaultNote: "0: no limit",
            help: "Connections at once, over all shards, of each server that has no maxconn of its own."),
        Option(
            long: "queue", argument: "N", group: .backend, binding: .backend(Field(\.queueMax, .whole(0...1 << 20))),
            help: """
                Connections that may wait while every server is at its limit; further ones are reset. 0: \
                none waits.
                """),
        Option(
            long: "source", argument: "ADDR[,ADDR]", group: .backend, binding: .backend(Field(\.source, .sources)),
            help: """
                The address that connections to servers come from, one of this machine: an IPv4 address, \
                an IPv6 address, or one of each, without a port.
                """),
    ]

    private static let retry: [Option] = [
        Option(
            long: "retries", argument: "N", group: .retry,
            binding: .everyBackend(Field(\.retriesMax, .whole(0...16))),
            help: "Other servers tried after one that could not be connected to, 0 to 16.")
    ]

    private static let timeouts: [Option] = [
        Option(
            long: "timeout-connect", argument: "T", group: .timeouts,
            binding: .everyBackend(Field(\.connectTimeoutMilliseconds, .milliseconds(1...durationMax))),
            help: "How long one server may take to accept a connection. Of the last --backend."),
        Option(
            long: "timeout-tunnel", argument: "T", group: .timeouts,
            binding: .frontend(Field(\.tunnelTimeoutMilliseconds, .milliseconds(1...durationMax))),
            help: "How long both sides of a connection may be silent. Of the last --bind."),
        Option(
            long: "timeout-half-close", argument: "T", group: .timeouts,
            binding: .frontend(Field(\.halfCloseTimeoutMilliseconds, .milliseconds(1...durationMax))),
            help: "How long the other side may be silent once one side has ended. Of the last --bind."),
        Option(
            long: "timeout-queue", argument: "T", group: .timeouts,
            binding: .everyBackend(Field(\.queueTimeoutMilliseconds, .milliseconds(1...durationMax))),
            help: "How long a connection may wait for a server with room. Of the last --backend."),
    ]

    private static let limits: [Option] = [
        Option(
            long: "allow", argument: "CIDR", group: .limits, binding: .frontendList(ListField(\.allowed, .network)),
            help: """
                A network, or an address, whose clients may connect; repeat for more. Where there is one, \
                clients outside all of them are refused. Of the last --bind.
                """),
        Option(
            long: "deny", argument: "CIDR", group: .limits, binding: .frontendList(ListField(\.denied, .network)),
            help: """
                A network, or an address, whose clients are refused, also where an --allow has them; \
                repeat for more. Of the last --bind.
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
            help: "Where each connection is logged when it has ended; - is standard output."),
        Option(
            long: "access-log-format", argument: "tcp", group: .log,
            binding: .log(Field(\.accessFormat, .choice(later: Planned.logFormats))),
            help: "How: tcp is HAProxy's tcplog, field for field."),
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
