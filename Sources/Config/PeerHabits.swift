// What operators of HAProxy, nginx, gunicorn and Envoy would type first, and our word for it.
// Knows other programs' names. Nothing here is accepted: it only makes the refusal useful.

/// Advice on names that other programs use.
enum PeerHabits {
    /// Advice on an unknown flag, by its name without hyphens.
    static let flags: [String: String] = [
        "listen": "write --bind ADDR",
        "host": "write --bind HOST:PORT",
        "port": "write --bind :PORT",
        "upstream": "write --server ADDR, after --backend NAME for a group",
        "backends": "write --server ADDR, once for each",
        "servers": "write --server ADDR, once for each",
        "backlog": "write --bind ADDR,backlog=N",
        "weight": "write --server ADDR,weight=N",
        "threads": "write --workers N",
        "nbthread": "write --workers N",
        "worker-processes": "write --workers N",
        "worker-connections": "write --maxconn N",
        "max-connections": "write --maxconn N",
        "lb-policy": "write --balance ALG; --help balance names them",
        "check-config": "write --test",
        "print-config": "write --dump-config",
        "pidfile": "write --pid FILE",
        "log-file": "write --error-logfile PATH",
        "access-logformat": "write --access-log-format tcp",
        "timeout": "write --timeout-connect, --timeout-tunnel or --timeout-half-close",
        "shutdown-timeout": "write --graceful-timeout T",
        "proxy-protocol": "write --bind ADDR,proxy-protocol=any,proxy-from=CIDR, or --server ADDR,proxy-protocol=v2",
        "proxy-allow-from": "write --bind ADDR,proxy-protocol=any,proxy-from=CIDR",
        "accept-proxy": "write --bind ADDR,proxy-protocol=any,proxy-from=CIDR",
        "send-proxy": "write --server ADDR,proxy-protocol=v1",
        "fullconn": "write --server-maxconn N",
        "umask": "write --bind unix:/PATH,unix-mode=MODE",
        "daemon": "leave it out: it stays in the foreground, and systemd or & puts it behind",
    ]

    /// Advice on an unknown letter.
    static let letters: [Character: String] = [
        "n": "write --maxconn N",
        "D": "leave it out: it stays in the foreground, and systemd or & puts it behind",
        "W": "leave it out: shards are threads of one process",
        "f": "write --bind and --server; files are not part of this version",
        "?": "write --help",
    ]

    /// Our key for another program's, behind an address.
    static let inlineKeys = [
        "max_conns": "maxconn", "maxconns": "maxconn", "max_connections": "maxconn", "device": "interface",
        "accept-proxy": "proxy-protocol", "proxy_protocol": "proxy-protocol", "set_real_ip_from": "proxy-from",
        "fastopen": "tfo", "deferred": "defer-accept", "user": "unix-user", "uid": "unix-user",
        "group": "unix-group", "gid": "unix-group",
        "slow_start": "slow-start", "slowstart": "slow-start", "down": "disabled", "redir": "redirect",
        "send-proxy": "proxy-protocol", "send-proxy-v2": "proxy-protocol",
        "default_backend": "backend", "use_backend": "backend", "so_bindtodevice": "interface",
    ]
}
