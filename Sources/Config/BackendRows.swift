// Rows of the table of options: what belongs to a backend.

extension Options {
    static let backend: [Option] = [
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
                with the fewest connections. p2c: the better of two that are drawn. ewma: the one that answers \
                soonest. random: one that is drawn. first: the first with room. By a hash, so that the same has \
                the same server: source, the client's address; uri, the path without its query; header:NAME, cookie:NAME \
                and query:NAME, what a request has there. maglev:KEY (hosts with the same servers pick alike) and \
                ring:KEY (the fewest move when servers change) take each of these as their KEY. All keys but \
                source need http mode. The names that HAProxy, nginx and Envoy have for them are understood.
                """),
        Option(
            long: "hash-balance-factor", argument: "PCT", group: .backend,
            binding: .backend(Field(\.hashBalanceFactorPercent, .hashBalanceFactor)), defaultNote: "0: off",
            help: """
                With a policy that hashes: a server that has more than so many hundredths of the mean of \
                all servers is passed over for the next one, 100 or more. 150 keeps most of them where \
                they were.
                """),
        Option(
            long: "slow-start", argument: "T", group: .backend,
            binding: .backend(Field(\.slowStartMilliseconds, .milliseconds(0...durationMax))),
            help: "How long a server's share grows, from a hundredth to the whole, once it is back."),
        Option(
            long: "server-maxconn", argument: "N", group: .backend,
            binding: .backend(Field(\.serverConnectionsMax, .whole(0...connectionsMax))), defaultNote: "0: no limit",
            help: """
                Requests at once, in tcp mode connections, over all shards, of each server that has no maxconn \
                of its own.
                """),
        Option(
            long: "queue", argument: "N", group: .backend, binding: .backend(Field(\.queueMax, .whole(0...1 << 20))),
            help: """
                Requests, in tcp mode connections, that may wait while every server is at its limit; further \
                ones are answered with 503, or reset. 0: none waits.
                """),
        Option(
            long: "source", argument: "ADDR[,ADDR]", group: .backend, binding: .backend(Field(\.source, .sources)),
            help: """
                The address that connections to servers come from, one of this machine: an IPv4 address, \
                an IPv6 address, or one of each, without a port.
                """),
        Option(
            long: "sticky", argument: "off|cookie:NAME|source", group: .backend,
            binding: .backend(Field(\.sticky, .sticky)),
            help: """
                By what a client keeps its server. cookie: by a cookie NAME, HttpOnly and SameSite=Lax, that names the \
                server and cannot be forged; one that names none is ignored. source: by the client's address, also in tcp \
                mode. Where the server is gone or draining, another one is chosen, and kept.
                """),
        Option(
            long: "sticky-ttl", argument: "T|session", group: .backend,
            binding: .backend(Field(\.stickyMilliseconds, .optional(.milliseconds(1_000...durationMax), none: "session"))),
            defaultNote: "session: as long as the browser's; of source, 30m",
            help: "How long a client keeps its server, 1s or more."),
        Option(
            long: "sticky-secret", argument: "FILE", group: .backend, needsHTTP: true,
            binding: .backend(Field(\.stickySecretFile, .optional(.path, none: nil))),
            help: """
                A file of 16 bytes or more that the cookies of --sticky are signed with: hosts with the same file, backend \
                and servers send a client to the same server, and a restart changes nothing. Without one, they are signed \
                with random bytes that end with the process.
                """),
        Option(
            long: "backend-profile", argument: "PROFILE", group: .backend,
            needsHTTP: true,
            binding: .backend(Field(\.profile, .choice(aliases: Backend.Profile.aliases))),
            help: """
                What kind of servers they are, for options that are not given: generic, or gunicorn-sync, which has \
                --reuse off, --request-buffering 1m and --response-buffering 1m; gunicorn-thread, whose --reuse-idle is \
                1500ms; asgi (uvicorn), 4s; twisted, 50s; or websocket, whose --ws-ping-interval is 30s.
                """),
        Option(
            long: "reuse", argument: "off|safe|always", group: .backend, needsHTTP: true,
            binding: .backend(Field(\.reuse, .choice(aliases: ["never": .off]))),
            help: """
                When a connection to a server takes a further request: never; where the request can be sent \
                again, should the connection turn out to have ended, or is not its client's first; or always.
                """),
        Option(
            long: "reuse-idle", argument: "T|auto", group: .backend, needsHTTP: true,
            binding: .backend(Field(\.reuseIdleMilliseconds, .optional(.milliseconds(1...durationMax), none: "auto"))),
            help: """
                How long an idle connection to a server is kept. Less than the servers themselves keep it is \
                right; auto learns how long that is.
                """),
        Option(
            long: "reuse-max", argument: "N", group: .backend, needsHTTP: true,
            binding: .backend(Field(\.reuseMax, .whole(1...65_536))),
            help: "Idle connections that are kept for each server, 1 to 65536."),
    ]

    static let retry: [Option] = [
        Option(
            long: "retries", argument: "N", group: .retry,
            binding: .everyBackend(Field(\.retriesMax, .whole(0...16))),
            help: "Other servers tried after one that failed, 0 to 16; in tcp mode, one that could not be connected to."),
        Option(
            long: "retry-on", argument: "CONDITION,...|off", group: .retry, needsHTTP: true,
            binding: .everyBackend(Field(\.retryOn, .conditions)),
            help: """
                Failures after which another server is tried. connect: there was no connection. unsent: no byte \
                of the request was written. reset: it ended before the first byte of the response, for \
                idempotent methods only. timeout: the response did not begin in time. 503: it is one. A body is \
                sent again only where it is still held whole; nothing else is ever sent twice.
                """),
        Option(
            long: "retry-budget", argument: "PCT", group: .retry, needsHTTP: true,
            binding: .everyBackend(Field(\.retryBudgetPercent, .whole(0...100))),
            help: "Retries allowed, in hundredths of the requests, 0 to 100; at least 3 a second are."),
    ]
}
