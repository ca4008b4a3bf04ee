"""HAProxy, nginx and Envoy as HTTP and WebSocket proxies: their configuration and command line.

What all have in common: keep-alive on both sides without end, as many pooled server connections as
the load can use, X-Forwarded-For added, no log. Beyond that each is tuned as its own project
advises; perf/README.md says what each line is for.
"""

import json

from .peers import Peer, Setting


def haproxy_command(program: str, peer: Peer, setting: Setting) -> list[str]:
    options = "\n".join(f"    {option}" for option in peer.options)
    file = setting.folder / "haproxy.cfg"
    file.write_text(
        f"""global
    nbthread 1
    cpu-map 1/1 {setting.core}
    maxconn {setting.connections_max}
    tune.pool-high-fd-ratio 95
    tune.pool-low-fd-ratio 90
defaults
    mode http
    http-reuse always
    option forwardfor
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    timeout http-request 1h
    timeout http-keep-alive 1h
{"    timeout tunnel 1h" if setting.has_upgrades else ""}
    maxconn {setting.connections_max}
{options}
listen edge
    bind 127.0.0.1:{setting.port} backlog 4096
    server one 127.0.0.1:{setting.server_port} pool-purge-delay 1h
"""
    )
    return [program, "-db", "-f", str(file)]


# Its own buffers of 4 KiB make an answer of 1 MiB several times dearer; small answers fit them.
NGINX_LARGE = """    proxy_buffering off;
    proxy_buffer_size 256k;
    proxy_buffers 8 256k;
    proxy_busy_buffers_size 512k;"""


# As its page on WebSocket proxying advises.
NGINX_UPGRADE_MAP = """    map $http_upgrade $connection_upgrade {
        default upgrade;
        '' close;
    }"""
NGINX_UPGRADE = """            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;"""
NGINX_POOLED = """            proxy_set_header Connection "";"""


def nginx_command(program: str, _: Peer, setting: Setting) -> list[str]:
    # Both sides count as worker connections, and the listener is one too.
    connections = 2 * setting.connections_max + 16
    if setting.has_upgrades:
        # While less than a sixteenth is free it closes connections whose request has not come yet.
        connections = connections * 16 // 15
    places = "\n".join(
        f"    {kind}_temp_path {setting.folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    file = setting.folder / "nginx.conf"
    file.write_text(
        f"""user root;
daemon off;
pid {setting.folder}/nginx.pid;
error_log stderr error;
worker_processes 1;
worker_cpu_affinity {1 << setting.core:b};
worker_rlimit_nofile {connections + 64};
events {{ worker_connections {connections}; }}
http {{
    access_log off;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
{NGINX_LARGE if setting.has_large_answers else ""}
{NGINX_UPGRADE_MAP if setting.has_upgrades else ""}
{places}
    upstream servers {{
        server 127.0.0.1:{setting.server_port};
        keepalive {max(64, setting.busy_connections)};
        keepalive_timeout 1h;
        keepalive_requests 1000000000;
    }}
    server {{
        listen 127.0.0.1:{setting.port} backlog=4096;
        location / {{
            proxy_pass http://servers;
            proxy_http_version 1.1;
{NGINX_UPGRADE if setting.has_upgrades else NGINX_POOLED}
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_connect_timeout 5s;
            proxy_read_timeout 1h;
        }}
    }}
}}
"""
    )
    return [program, "-p", str(setting.folder), "-c", str(file), "-e", "stderr"]


TYPES = "type.googleapis.com/envoy.extensions"


def address(port: int) -> dict:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def envoy_manager(setting: Setting) -> dict:
    """Its HTTP side: no circuit breaking, request ids or dynamic statistics, as Envoy's own page on
    benchmarks asks for."""
    route = {"match": {"prefix": "/"}, "route": {"cluster": "servers", "timeout": "3600s"}}
    router = {"@type": f"{TYPES}.filters.http.router.v3.Router", "dynamic_stats": False,
              "suppress_envoy_headers": True}
    upgrades = [{"upgrade_type": "websocket"}] if setting.has_upgrades else []
    return {
        "@type": f"{TYPES}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "edge",
        "codec_type": "HTTP1",
        "use_remote_address": True,
        "generate_request_id": False,
        "stream_idle_timeout": "3600s",
        "common_http_protocol_options": {"idle_timeout": "3600s"},
        "route_config": {"virtual_hosts": [{"name": "all", "domains": ["*"], "routes": [route]}]},
        "upgrade_configs": upgrades,
        "http_filters": [{"name": "envoy.filters.http.router", "typed_config": router}],
    }


def envoy_command(program: str, _: Peer, setting: Setting) -> list[str]:
    unlimited = 1_000_000
    limits = dict.fromkeys(("max_connections", "max_pending_requests", "max_requests"), unlimited)
    manager = {"name": "envoy.filters.network.http_connection_manager",
               "typed_config": envoy_manager(setting)}
    listener = {
        "name": "edge",
        "address": address(setting.port),
        "tcp_backlog_size": 4096,
        "filter_chains": [{"filters": [manager]}],
    }
    endpoint = {"endpoint": {"address": address(setting.server_port)}}
    cluster = {
        "name": "servers",
        "type": "STATIC",
        "connect_timeout": "5s",
        "circuit_breakers": {"thresholds": [limits]},
        "load_assignment": {"cluster_name": "servers", "endpoints": [{"lb_endpoints": [endpoint]}]},
    }
    file = setting.folder / "envoy.json"
    file.write_text(json.dumps({"static_resources": {"listeners": [listener], "clusters": [cluster]}}))
    return [program, "-c", str(file), "--concurrency", "1", "--disable-hot-restart",
            "--log-level", "error"]
