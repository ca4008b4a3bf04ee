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
        "access-logformat": "write --access-log-format combined, or a line with nginx's variables",
        "timeout": "write --timeout-server T; --help timeouts names them all",
        "keep-alive": "write --timeout-keep-alive T",
        "keepalive-timeout": "write --timeout-keep-alive T",
        "http-reuse": "write --reuse safe",
        "keepalive": "write --reuse-max N",
        "forwarded-allow-ips": "write --trusted-proxies CIDR,...",
        "set-real-ip-from": "write --trusted-proxies CIDR,...",
        "forwardfor": "write --forwarded xff",
        "client-max-body-size": "write --max-body S",
        "client-header-timeout": "write --timeout-http-request T",
        "client-body-timeout": "write --timeout-body-idle T",
        "proxy-read-timeout": "write --timeout-server T",
        "proxy-connect-timeout": "write --timeout-connect T",
        "proxy-buffering": "write --response-buffering SIZE",
        "proxy-next-upstream": "write --retry-on CONDITION,...",
        "worker-class": "write --backend-profile gunicorn-sync or gunicorn-thread",
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

extension Backend.Profile {
    /// What these servers are called elsewhere.
    static let aliases: [String: Backend.Profile] = [
        "sync": .gunicornSync, "gthread": .gunicornThread, "gunicorn-gthread": .gunicornThread, "uvicorn": .asgi,
    ]
}

extension Frontend {
    /// The fields by their own names.
    static let forwardedAliases: [String: Forwarded] = ["x-forwarded-for": .xff, "forwarded": .rfc7239]
}

extension LogOptions {
    /// HAProxy's options and nginx's names.
    static let formatAliases: [String: AccessFormat] = ["httplog": .haproxy, "tcplog": .tcp, "clf": .common]
}

extension PeerHabits {
    /// Advice on a variable of nginx, or of others, that stands for what one of ours does.
    static let variables = [
        "http_host": "write $host", "document_uri": "write $uri", "path": "write $uri", "query_string": "write $args",
        "is_args": "write $request_uri, which has the query, too", "client_ip": "write $remote_addr",
        "proxy_add_x_forwarded_for": "leave the field out: --forwarded xff writes it", "frontend": "write $server_name",
        "https": "write $scheme",
    ]
}

extension PeerHabits {
    /// Advice on a condition of a route, by what stands before its `=`.
    static let conditions = [
        "path_beg": "write path=/PREFIX*", "prefix": "write path=/PREFIX*", "uri": "write path=/PATH",
        "url": "write host=NAME path=/PATH", "location": "write path=/PATH", "path_reg": "write path~=REGEX",
        "regex": "write path~=REGEX", "hdr": "write header:NAME=VALUE", "header": "write header:NAME=VALUE",
        "http_host": "write host=NAME", "server_name": "write host=NAME", "domain": "write host=NAME",
        "arg": "write query:NAME=VALUE", "query": "write query:NAME=VALUE", "ip": "write src=CIDR",
        "source": "write src=CIDR", "host~": "write host=*.a.com, or several host=NAME", "protocol": "write upgrade=NAME",
    ]

    /// Advice on the target of a route, by what stands before its `=`.
    static let targets = [
        "proxy_pass": "write backend=NAME", "use_backend": "write backend=NAME", "pool": "write backend=NAME",
        "upstream": "write backend=NAME", "server": "write backend=NAME", "rewrite": "write redirect=301:URL",
        "status": "write return=STATUS", "respond": "write return=STATUS", "reject": "write deny", "block": "write deny",
    ]
}
