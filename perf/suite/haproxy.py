"""HAProxy: its configuration and command line, tuned as its project advises; perf/README.md says what
each line is for."""

from .peers import Peer, Setting

# Keep-alive without end, and a pool of server connections that holds as many as the load can use.
HTTP_GLOBAL = """
    tune.pool-high-fd-ratio 95
    tune.pool-low-fd-ratio 90"""
HTTP_DEFAULTS = """
    http-reuse always
    option forwardfor
    timeout http-request 1h
    timeout http-keep-alive 1h"""
HTTP_SERVER = " pool-purge-delay 1h"
UPGRADE = """
    timeout tunnel 1h"""


def command(program: str, peer: Peer, setting: Setting) -> list[str]:
    options = "\n".join(f"    {option}" for option in peer.options)
    is_http = setting.mode == "http"
    file = setting.folder / "haproxy.cfg"
    file.write_text(
        f"""global
    nbthread 1
    cpu-map 1/1 {setting.core}
    maxconn {setting.connections_max}{HTTP_GLOBAL if is_http else ""}
defaults
    mode {setting.mode}
    timeout connect 5s
    timeout client 1h
    timeout server 1h{HTTP_DEFAULTS if is_http else ""}{UPGRADE if setting.has_upgrades else ""}
    maxconn {setting.connections_max}
{options}
listen edge
    bind 127.0.0.1:{setting.port} backlog 4096
    server one 127.0.0.1:{setting.server_port}{HTTP_SERVER if is_http else ""}
"""
    )
    return [program, "-db", "-f", str(file)]
