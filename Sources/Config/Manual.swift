// What the manual says besides the options, which come from their table.
// Knows prose. Knows nothing of how wide a page is.

/// The sections of the manual that are not options.
enum Manual {
    struct Section: Sendable {
        let title: String
        /// As `--help` takes it.
        let topic: String
        let blocks: [Block]
    }

    enum Block: Sendable {
        case paragraph(String)
        case definition(term: String, text: String)
        case literal(String)
    }

    struct Example: Sendable {
        let text: String
        let variables: [String: String]
        let arguments: [String]
    }

    static let leading = [
        Section(
            title: "NAME", topic: "name",
            blocks: [.paragraph("swivel - balance HTTP requests and TCP connections over servers, on one io_uring per core")]),
        Section(
            title: "SYNOPSIS", topic: "synopsis",
            blocks: [
                .literal("swivel [run] --bind ADDR --server ADDR... [OPTION...]"),
                .literal("swivel check [OPTION...]"),
                .literal("swivel demo [--bind ADDR] [OPTION...]"),
                .literal("swivel --help [TOPIC] | --version | --build-info"),
            ]),
        Section(
            title: "DESCRIPTION", topic: "description",
            blocks: [
                .paragraph(
                    """
                    Swivel accepts connections on the addresses of --bind. In http mode it picks a \
                    server of the backend for each request; with --mode tcp for each connection, and \
                    joins the two, byte for byte. Every core runs a shard of its own, which shares no \
                    lock with the others.
                    """),
                .paragraph(
                    """
                    The order of options matters. What stands behind a --bind or a --backend belongs to that one: \
                    the options of FRONTEND but --maxconn, and those of TIMEOUT and LIMIT that say so, to the last \
                    --bind, as those of ROUTE do, or to its last --route; the options of BACKEND, RETRY and \
                    WEBSOCKET, and the others of TIMEOUT and LIMIT, to the last --backend. What stands before the \
                    first one is of all of them; only the options of BACKEND are then of the backend "default" \
                    alone. Where an option is repeated that makes no new object, the last one counts; --allow, \
                    --deny, --rate-limit, --errorfile, --header-up and --header-down add up.
                    """),
                .paragraph(
                    """
                    Durations are whole numbers with a unit: us, ms, s, m or h (30s, 500ms). Sizes \
                    are bytes, or take k, m or g, powers of 1,024 (4k). --flag VALUE, --flag=VALUE, \
                    -f VALUE and -fVALUE are the same, letters without a value may stand together \
                    (-tV), and nothing behind -- is a flag. Options that stand behind an address \
                    follow it without blanks, each after a comma.
                    """),
            ]),
        Section(
            title: "COMMANDS", topic: "commands",
            blocks: [
                .definition(term: "run", text: run),
                .definition(term: "check", text: check),
                .definition(term: "demo", text: demo),
            ]),
    ]

    static let trailing = [
        Section(
            title: "ENVIRONMENT", topic: "environment",
            blocks: [
                .paragraph(
                    """
                    Every option that sets something can be a variable: --graceful-timeout is \
                    SWIVEL_GRACEFUL_TIMEOUT. Flags override variables. What may be repeated takes several \
                    values there, separated by blanks, and one such flag replaces all of them; those of \
                    --header-up and --header-down are lines, those of --route lines, or end in a semicolon and \
                    a blank. SWIVEL_BACKEND names the backend of SWIVEL_SERVER. A variable holds for \
                    all frontends or backends, and an empty one is not set. A variable that looks \
                    like a misspelt option is warned of, others are ignored.
                    """)
            ]),
        Section(
            title: "SIGNALS", topic: "signals",
            blocks: [
                .definition(
                    term: "TERM, INT, QUIT",
                    text: """
                        Drain: accept no more, let open connections end for at most \
                        --graceful-timeout. A second one stops at once.
                        """)
            ]),
        Section(
            title: "EXIT STATUS", topic: "exit-status",
            blocks: [
                .definition(term: "0", text: "A clean end: drained, or what was to be judged is good."),
                .definition(term: "1", text: "Something failed while running."),
                .definition(term: "64", text: "An option or a variable is wrong; each fault is printed on a line."),
                .definition(term: "65", text: "A file that an option names is not what it has to be."),
                .definition(term: "69", text: "The kernel lacks what was demanded (--engine io_uring)."),
                .definition(term: "71", text: "An address could not be bound, or another system error at start."),
                .definition(term: "77", text: "Not permitted."),
            ]),
    ]

    static let examples = [
        Example(
            text: "Two web servers behind one port:", variables: [:],
            arguments: ["--bind", ":8080", "--server", "10.0.0.1:8000", "--server", "10.0.0.2:8000"]),
        Example(
            text: "gunicorn with four sync workers on each of two hosts:", variables: [:],
            arguments: [
                "--bind", ":80", "--backend-profile", "gunicorn-sync", "--server-maxconn", "4", "--server",
                "10.0.0.1:8000", "--server", "10.0.0.2:8000",
            ]),
        Example(
            text: "Two PostgreSQL servers behind one port:", variables: [:],
            arguments: ["--bind", ":5432", "--mode", "tcp", "--server", "10.0.0.1:5432", "--server", "10.0.0.2:5432"]),
        Example(
            text: "Two services; the first server of db takes twice its share:", variables: [:],
            arguments: [
                "--mode", "tcp", "--bind", "db@:5432,backend=db", "--bind", "cache@127.0.0.1:6379,backend=cache",
                "--backend", "db", "--server", "10.0.0.1:5432,weight=2", "--server", "10.0.0.2:5432",
                "--backend", "cache", "--balance", "roundrobin", "--server", "unix:/run/redis.sock",
            ]),
        Example(
            text: "An API behind /api, pages of two hosts, and the rest is 404:", variables: [:],
            arguments: [
                "--bind", ":80", "--route", "path=/api/* -> backend=api", "--strip-prefix", "/api", "--route",
                "host=a.com host=*.a.com -> backend=web", "--backend", "api", "--server", "10.0.0.1:8000",
                "--backend", "web", "--server", "10.0.0.2:8000",
            ]),
        Example(
            text: "WebSocket servers, whose clients come back to where they were:", variables: [:],
            arguments: [
                "--bind", ":80", "--backend-profile", "websocket", "--sticky", "cookie:server", "--sticky-secret",
                "/etc/swivel/secret", "--server", "10.0.1.1:9000", "--server", "10.0.1.2:9000",
            ]),
        Example(
            text: "In a container:",
            variables: ["SWIVEL_BIND": ":80", "SWIVEL_SERVER": "app-1:8000 app-2:8000"],
            arguments: []),
        Example(
            text: "Judge a command line before it is used:", variables: [:],
            arguments: ["check", "--bind", ":80", "--server", "app:8000"]),
        Example(text: "See it work:", variables: [:], arguments: ["demo"]),
    ]

    private static let run = "Balance requests or connections until a signal ends it; meant where no command is given."
    private static let check = "Judge the configuration and exit, as --test does."
    private static let demo = """
        Start three small servers on loopback and balance requests over them, to see it work: a page shows \
        which one answers, and stops and starts them; --bind says where [127.0.0.1:8080]. Takes the options of PROCESS and LOG, too.
        """
}
