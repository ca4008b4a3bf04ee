// Names of the surface that this version does not have: refused like any unknown one, but not
// mistaken for a slip of the fingers. A name leaves this list when its capability arrives.

/// What is still to come, by name.
enum Planned {
    static let options = [
        "config", "user", "group", "min-wait", "napi-busy-poll", "zerocopy-send", "drain-delay", "drain-spread",
        "route", "header-up", "header-down", "strip-prefix", "add-prefix", "forwarded", "trusted-proxies",
        "request-id", "via", "real-ip", "errorfile",
        "sticky", "sticky-ttl", "sticky-secret", "backend-profile",
        "reuse", "reuse-idle", "reuse-max", "on-server-down",
        "check", "check-interval", "check-timeout", "check-fast", "check-down", "check-rise", "check-fall",
        "check-expect", "check-host", "passive", "passive-on", "eject-time", "max-eject", "fail-open", "retry-on",
        "retry-budget",
        "timeout-client", "timeout-server", "timeout-http-request", "timeout-body-idle", "timeout-keep-alive",
        "min-rate",
        "limit-request-line", "limit-request-fields", "limit-request-field-size", "limit-head", "max-body",
        "rate-limit", "request-buffering", "response-buffering",
        "ws-mode", "ws-ping-interval", "ws-ping-timeout", "ws-max-frame", "ws-drain-code", "ws-rebalance",
        "ws-connect-rate",
        "access-log-sample", "access-log-min-status", "metrics", "statsd-host", "statsd-prefix", "statsd-tags",
        "admin", "admin-token", "health-path", "config-watch",
    ]

    static let letters: [Character: String] = ["c": "config", "u": "user", "g": "group", "r": "route"]

    static let verbs = ["ctl", "top"]

    static let policies = ["ewma", "hash", "least_time", "static-rr"]

    static let logFormats = ["combined", "vcombined", "common", "json", "haproxy"]

    static let listenerKeys = ["tls", "cert", "alpn"]

    static let serverKeys = [
        "check-port", "check-addr", "check-proxy", "no-check", "resolve", "tls", "sni", "verify",
    ]
}
