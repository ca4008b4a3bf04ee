// Rows of the table of options: how long something may take, and how much it may be.

extension Options {
    static let timeouts: [Option] = [
        Option(
            long: "timeout-connect", argument: "T", group: .timeouts,
            binding: .everyBackend(Field(\.connectTimeoutMilliseconds, .milliseconds(1...durationMax))),
            help: "How long one server may take to accept a connection. Of the last --backend."),
        Option(
            long: "timeout-tunnel", argument: "T", group: .timeouts,
            binding: .frontend(Field(\.tunnelTimeoutMilliseconds, .milliseconds(1...durationMax))),
            help: """
                How long both sides of a connection may be silent, once it is joined byte for byte. Of the last \
                --bind.
                """),
        Option(
            long: "timeout-half-close", argument: "T", group: .timeouts,
            binding: .frontend(Field(\.halfCloseTimeoutMilliseconds, .milliseconds(1...durationMax))),
            help: "How long the other side may be silent once one side has ended. Of the last --bind."),
        Option(
            long: "timeout-queue", argument: "T", group: .timeouts,
            binding: .everyBackend(Field(\.queueTimeoutMilliseconds, .milliseconds(1...durationMax))),
            help: "How long a request, in tcp mode a connection, may wait for a server with room. Of the last --backend."),
        Option(
            long: "timeout-http-request", argument: "T", group: .timeouts, needsHTTP: true,
            binding: .frontend(Field(\.headTimeoutMilliseconds, .milliseconds(1...durationMax))),
            help: "How long the head of a request may take to come: 408 then. Of the last --bind."),
        Option(
            long: "timeout-body-idle", argument: "T", group: .timeouts, needsHTTP: true,
            binding: .frontend(Field(\.bodyIdleTimeoutMilliseconds, .milliseconds(1...durationMax))),
            help: "How long the body of a request may stand still. Of the last --bind."),
        Option(
            long: "timeout-client", argument: "T", group: .timeouts, needsHTTP: true,
            binding: .frontend(Field(\.clientTimeoutMilliseconds, .milliseconds(1...durationMax))),
            help: "How long a client may take nothing of its response. Of the last --bind."),
        Option(
            long: "timeout-keep-alive", argument: "T", group: .timeouts, needsHTTP: true,
            binding: .frontend(Field(\.keepAliveTimeoutMilliseconds, .milliseconds(1...durationMax))),
            help: "How long a client's connection may wait for its next request. Of the last --bind."),
        Option(
            long: "timeout-server", argument: "T", group: .timeouts, needsHTTP: true,
            binding: .everyBackend(Field(\.serverTimeoutMilliseconds, .milliseconds(1...durationMax))),
            help: "How long a server may take to begin its answer, 504 then, and be silent within it. Of the last --backend."),
        Option(
            long: "min-rate", argument: "B/s", group: .timeouts, needsHTTP: true,
            binding: .frontend(Field(\.minRateBytesPerSecond, .bytes(0...1 << 30))), defaultNote: "0: none",
            help: "Bytes a second that the body of a request has to move at least: 408 then. Of the last --bind."),
    ]

    static let limits: [Option] = [
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
        Option(
            long: "limit-request-line", argument: "S", group: .limits, needsHTTP: true,
            binding: .frontend(Field(\.requestLineBytesMax, .bytes(64...65_535))),
            help: "Longest line that a request begins with, 64 bytes to 65535: 414 beyond. Of the last --bind."),
        Option(
            long: "limit-request-fields", argument: "N", group: .limits, needsHTTP: true,
            binding: .frontend(Field(\.fieldsMax, .whole(1...32_768))),
            help: "Most fields of a request, 1 to 32768: 431 beyond. Of the last --bind."),
        Option(
            long: "limit-request-field-size", argument: "S", group: .limits, needsHTTP: true,
            binding: .frontend(Field(\.fieldBytesMax, .bytes(64...65_535))),
            help: "Longest field of a request with its name, 64 bytes to 65535: 431 beyond. Of the last --bind."),
        Option(
            long: "limit-head", argument: "S", group: .limits, needsHTTP: true,
            binding: .frontend(Field(\.headBytesMax, .bytes(1_024...1 << 20))),
            help: "Longest head, 1k to 1m: 431 beyond for a request, 502 for a response. Of the last --bind."),
        Option(
            long: "max-body", argument: "S", group: .limits, needsHTTP: true,
            binding: .frontend(Field(\.bodyBytesMax, .size(0...1 << 50))), defaultNote: "0: no limit",
            help: "Longest body of a request: 413 beyond. Of the last --bind."),
        Option(
            long: "rate-limit", argument: "KEY=N/T[,burst=N]", group: .limits, needsHTTP: true,
            binding: .frontendList(ListField(\.rateLimits, .rateLimit)),
            help: """
                Requests of one client address (KEY ip, an IPv6 network of 64 bits being one), of one host, or with one \
                value of a field (header:NAME): N in a time T, and burst at once, which is N where it is not given; repeat \
                for more. Beyond: 429 with Retry-After. A request without that field is not limited by it; where it \
                has several, each counts. Of the last --bind.
                """),
        Option(
            long: "request-buffering", argument: "off|SIZE", group: .limits, needsHTTP: true,
            binding: .everyBackend(Field(\.requestBufferBytes, .bytesOrOff(1_024...1 << 30))),
            help: """
                How much of a request's body is gathered before a server is given it, 1k to 1g, so that a slow \
                client does not hold a worker. Bounded in total. Of the last --backend.
                """),
        Option(
            long: "response-buffering", argument: "off|SIZE", group: .limits, needsHTTP: true,
            binding: .everyBackend(Field(\.responseBufferBytes, .bytesOrOff(1_024...1 << 30))),
            help: """
                How much of a response is taken from a server ahead of its client, 1k to 1g, so that a slow \
                client does not hold a worker. Bounded in total. Of the last --backend.
                """),
    ]
}
