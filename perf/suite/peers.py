"""Who is measured: how each proxy is found, configured and started, with one thread on one core."""

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from .errors import PeerMissing
from .scenarios import Scenario


@dataclass(frozen=True)
class Setting:
    """What a proxy is told for one run."""

    port: int
    server_port: int
    core: int
    connections_max: int
    folder: Path  # its own, for configuration files


@dataclass(frozen=True)
class Peer:
    name: str
    says: str
    program: str  # which of the binaries: swivel, haproxy, nginx
    bulk_only: bool = False
    options: tuple[str, ...] = ()  # swivel: flags; haproxy: options of its defaults section
    servers: int = 1  # swivel: names of one and the same server

    def takes_part(self, scenario: Scenario) -> bool:
        return scenario.is_bulk or not self.bulk_only


PEERS = [
    Peer("swivel", "Swivel on io_uring", "swivel",
         options=("--engine", "io_uring", "--splice", "auto")),
    Peer("swivel-epoll", "Swivel on epoll", "swivel",
         options=("--engine", "epoll", "--splice", "auto")),
    Peer("swivel-epoll-nosplice", "Swivel on epoll, copying", "swivel", bulk_only=True,
         options=("--engine", "epoll", "--splice", "off")),
    Peer("haproxy", "HAProxy, tcp mode as it comes", "haproxy"),
    Peer("haproxy-splice", "HAProxy with splice-request and splice-response", "haproxy",
         bulk_only=True, options=("option splice-request", "option splice-response")),
    Peer("nginx", "nginx stream", "nginx"),
]

# No proxy at all: what the load alone can do.
DIRECT = Peer("direct", "no proxy: client and server of the load face to face", "none")
# What a long list of servers costs.
MANY_SERVERS = Peer("swivel-1000", "Swivel on io_uring, with 1,000 servers to pick from", "swivel",
                    options=PEERS[0].options, servers=1000)
ON_REQUEST = (DIRECT, MANY_SERVERS)


@dataclass(frozen=True)
class Programs:
    """Where the binaries are, and flags to add to Swivel's."""

    swivel: Path
    haproxy: str
    nginx: str
    swivel_flags: tuple[str, ...] = ()

    def path(self, peer: Peer) -> str:
        wanted = str(getattr(self, peer.program))
        found = shutil.which(wanted)
        if found is not None:
            return str(Path(found).absolute())
        if peer.program == "swivel":
            raise PeerMissing(f"{wanted} is not there; `make build` makes it")
        raise PeerMissing(f"{wanted} is not installed (or name it: --{peer.program} PATH)")

    def version(self, peer: Peer) -> str:
        flags = {"swivel": "--version", "haproxy": "-v", "nginx": "-v"}
        outcome = subprocess.run([self.path(peer), flags[peer.program]], capture_output=True,
                                 text=True, timeout=10)
        lines = (outcome.stdout + outcome.stderr).strip().splitlines()
        return lines[0] if lines else "version unknown"

    def command(self, peer: Peer, setting: Setting) -> list[str]:
        maker = {"swivel": swivel_command, "haproxy": haproxy_command, "nginx": nginx_command}
        return maker[peer.program](self, peer, setting)


def swivel_command(programs: Programs, peer: Peer, setting: Setting) -> list[str]:
    return [
        programs.path(peer),
        *("--bind", f"127.0.0.1:{setting.port}", "--mode", "tcp"),
        *(word for number in range(peer.servers)
          for word in ("--server", f"s{number}@127.0.0.1:{setting.server_port}")),
        *("--workers", "1", "--cpu-affinity", str(setting.core)),
        *("--maxconn", str(setting.connections_max)),
        *peer.options,
        *programs.swivel_flags,
    ]


def haproxy_command(programs: Programs, peer: Peer, setting: Setting) -> list[str]:
    # pool-high-fd-ratio: beyond a share of its descriptors HAProxy stops keeping idle server
    # connections. It decides nothing in tcp mode; it is set so that no mode is throttled by it.
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
    return [programs.path(peer), "-db", "-f", str(file)]


def nginx_command(programs: Programs, peer: Peer, setting: Setting) -> list[str]:
    program = programs.path(peer)
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
