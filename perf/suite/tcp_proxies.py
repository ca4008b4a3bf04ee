"""HAProxy and nginx as TCP proxies: their configuration and command line."""

import re
import subprocess
from pathlib import Path

from .errors import PeerMissing
from .peers import Peer, Setting


def haproxy_command(program: str, peer: Peer, setting: Setting) -> list[str]:
    options = "\n".join(f"    {option}" for option in peer.options)
    file = setting.folder / "haproxy.cfg"
    file.write_text(
        f"""global
    nbthread 1
    cpu-map 1/1 {setting.core}
    maxconn {setting.connections_max}
defaults
    mode tcp
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    maxconn {setting.connections_max}
{options}
listen edge
    bind 127.0.0.1:{setting.port} backlog 4096
    server one 127.0.0.1:{setting.server_port}
"""
    )
    return [program, "-db", "-f", str(file)]


def nginx_command(program: str, peer: Peer, setting: Setting) -> list[str]:
    # Both sides count as worker connections, and the listener is one too.
    connections = 2 * setting.connections_max + 16
    file = setting.folder / "nginx.conf"
    file.write_text(
        f"""{stream_module_line(program)}
user root;
daemon off;
pid {setting.folder}/nginx.pid;
error_log stderr error;
worker_processes 1;
worker_cpu_affinity {1 << setting.core:b};
worker_rlimit_nofile {connections + 64};
events {{ worker_connections {connections}; }}
stream {{
    access_log off;
    server {{
        listen 127.0.0.1:{setting.port} backlog=4096;
        proxy_pass 127.0.0.1:{setting.server_port};
        proxy_connect_timeout 5s;
        proxy_timeout 1h;
    }}
}}
"""
    )
    return [program, "-p", str(setting.folder), "-c", str(file), "-e", "stderr"]


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
