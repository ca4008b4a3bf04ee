// Rows of the table of options: how WebSocket tunnels are looked after.

extension Options {
    static let websocket: [Option] = [
        Option(
            long: "ws-mode", argument: "frame|opaque", group: .websocket, needsHTTP: true,
            binding: .everyBackend(Field(\.websocket.mode, .choice())),
            help: """
                What is read of a tunnel. frame: the heads of frames, never what is in them; the other options of \
                this section but --ws-connect-rate need it. opaque: nothing.
                """),
        Option(
            long: "ws-ping-interval", argument: "T", group: .websocket, needsHTTP: true,
            binding: .everyBackend(Field(\.websocket.pingIntervalMilliseconds, .milliseconds(0...durationMax))),
            defaultNote: "0: never",
            help: "After how much silence a side of a tunnel is sent a ping, by which a dead one is found."),
        Option(
            long: "ws-ping-timeout", argument: "T", group: .websocket, needsHTTP: true,
            binding: .everyBackend(Field(\.websocket.pingTimeoutMilliseconds, .milliseconds(1...durationMax))),
            help: "How long the pong may take to come; the tunnel is ended then."),
        Option(
            long: "ws-max-frame", argument: "S", group: .websocket, needsHTTP: true,
            binding: .everyBackend(Field(\.websocket.frameBytesMax, .size(0...1 << 50))), defaultNote: "0: no limit",
            help: "Most bytes in one frame: the tunnel is closed with 1009 beyond."),
        Option(
            long: "ws-drain-code", argument: "1012|1001", group: .websocket, needsHTTP: true,
            binding: .everyBackend(Field(\.websocket.drainCode, .drainCode)),
            help: """
                What clients are told when their tunnel is drained: 1012 is a service restart, 1001 going away. Both \
                ask them to come back.
                """),
        Option(
            long: "ws-rebalance", argument: "PCT/T", group: .websocket, needsHTTP: true,
            binding: .everyBackend(Field(\.websocket.rebalance, .optional(.rebalance, none: "0"))), defaultNote: "0: never",
            help: """
                Where a server has more tunnels than its share: so many hundredths of them, the oldest, are drained \
                in a time of at least 1s, evenly, as in 10/1m. Has no effect where clients keep their server (--sticky, or a \
                --balance that hashes), and with --balance first.
                """),
        Option(
            long: "ws-connect-rate", argument: "N/T", group: .websocket, needsHTTP: true,
            binding: .everyBackend(Field(\.websocket.connectRate, .optional(.rate, none: "0"))), defaultNote: "0: no limit",
            help: "New tunnels that are let through: N in a time T, as in 100/s; further ones wait their turn."),
    ]
}
