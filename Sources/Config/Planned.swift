// Names of the surface that this version does not have: refused like any unknown one, but not
// mistaken for a slip of the fingers. A name leaves this list when its capability arrives.

/// What is still to come, by name.
enum Planned {
    static let options = [
        "config", "user", "group", "min-wait", "napi-busy-poll", "zerocopy-send", "drain-delay", "on-server-down",
        "check", "check-interval", "check-timeout", "check-fast", "check-down", "check-rise", "check-fall",
        "check-expect", "check-host", "passive", "passive-on", "eject-time", "max-eject", "fail-open", "metrics",
        "statsd-host", "statsd-prefix", "statsd-tags", "admin", "admin-token", "health-path", "config-watch",
    ]

    static let letters: [Character: String] = ["c": "config", "u": "user", "g": "group"]

    static let verbs = ["ctl", "top"]

    static let policies = ["hash", "least_time", "static-rr"]

    static let listenerKeys = ["tls", "cert", "alpn"]

    static let serverKeys = [
        "check-port", "check-addr", "check-proxy", "no-check", "resolve", "tls", "sni", "verify",
    ]
}
