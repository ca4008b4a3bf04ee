"""nginx: its configuration and command line, tuned as its project advises; perf/README.md says what each
line is for."""

import re
import subprocess
from pathlib import Path

from .errors import PeerMissing
from .peers import Peer, Setting

# Its own buffers of 4 KiB make an answer of 1 MiB several times dearer; small answers fit them.
LARGE = """    proxy_buffering off;
    proxy_buffer_size 256k;
    proxy_buffers 8 256k;
    proxy_busy_buffers_size 512k;"""
# As its page on WebSocket proxying advises.
UPGRADE_MAP = """    map $http_upgrade $connection_upgrade {
        default upgrade;
        '' close;
    }"""
UPGRADE = """            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;"""
POOLED = """            proxy_set_header Connection "";"""


def command(program: str, _: Peer, setting: Setting) -> list[str]:
    # Both sides count as worker connections, and the listener is one too.
    connections = 2 * setting.connections_max + 16
    if setting.has_upgrades:
        # While less than a sixteenth is free it closes connections whose request has not come yet.
        connections = connections * 16 // 15
    is_http = setting.mode == "http"
    file = setting.folder / "nginx.conf"
    file.write_text(
        f"""{"" if is_http else stream_module_line(program)}
user root;
daemon off;
pid {setting.folder}/nginx.pid;
error_log stderr error;
worker_processes 1;
worker_cpu_affinity {1 << setting.core:b};
worker_rlimit_nofile {connections + 64};
events {{ worker_connections {connections}; }}
{http_block(setting) if is_http else stream_block(setting)}
"""
    )
    return [program, "-p", str(setting.folder), "-c", str(file), "-e", "stderr"]


def stream_block(setting: Setting) -> str:
    return f"""stream {{
    access_log off;
    server {{
        listen 127.0.0.1:{setting.port} backlog=4096;
        proxy_pass 127.0.0.1:{setting.server_port};
        proxy_connect_timeout 5s;
        proxy_timeout 1h;
    }}
}}"""


def stream_module_line(program: str) -> str:
    """The load_module line that this nginx needs; empty where stream is built in."""
    built = subprocess.run([program, "-V"], capture_output=True, text=True).stderr
    if "--with-stream=dynamic" not in built:
        if "--with-stream" in built:
            return ""
        raise PeerMissing("this nginx is built without the stream module")
    told = re.search(r"--modules-path=(\S+)", built)
    folders = [Path(told[1])] if told else []
    folders += [Path("/usr/lib/nginx/modules"), Path("/usr/lib64/nginx/modules")]
    for folder in folders:
        module = folder / "ngx_stream_module.so"
        if module.exists():
            return f"load_module {module};"
    raise PeerMissing("ngx_stream_module.so is not installed (Debian: libnginx-mod-stream)")


def http_block(setting: Setting) -> str:
    places = "\n".join(
        f"    {kind}_temp_path {setting.folder}/{kind};"
        for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return f"""http {{
    access_log off;
    keepalive_timeout 1h;
    keepalive_requests 1000000000;
{LARGE if setting.has_large_answers else ""}
{UPGRADE_MAP if setting.has_upgrades else ""}
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
{UPGRADE if setting.has_upgrades else POOLED}
            proxy_set_header Host $http_host;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_connect_timeout 5s;
            proxy_read_timeout 1h;
        }}
    }}
}}"""
