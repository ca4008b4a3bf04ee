"""Envoy as an HTTP and WebSocket proxy: its configuration and command line, tuned as its project advises;
perf/README.md says what each line is for."""

import json

from .peers import Peer, Setting

TYPES = "type.googleapis.com/envoy.extensions"


def address(port: int) -> dict:
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def connection_manager(setting: Setting) -> dict:
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


def command(program: str, _: Peer, setting: Setting) -> list[str]:
    unlimited = 1_000_000
    limits = dict.fromkeys(("max_connections", "max_pending_requests", "max_requests"), unlimited)
    manager = {"name": "envoy.filters.network.http_connection_manager",
               "typed_config": connection_manager(setting)}
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
