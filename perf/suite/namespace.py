"""A network of our own: only loopback, no neighbour's ports, TCP settings that hold for all peers."""

import ctypes
import fcntl
import os
import socket
import struct
import subprocess
import sys

from .errors import HarnessError

INSIDE = "SWIVEL_PERF_INSIDE"

SIOCGIFFLAGS = 0x8913  # linux/sockios.h
SIOCSIFFLAGS = 0x8914
IFF_UP = 0x1  # linux/if.h

SETTINGS = {
    # bbr paces even loopback and makes bulk cost more than twice; reno equals cubic without loss.
    "net/ipv4/tcp_congestion_control": "reno",
    # Churn leaves thousands of TIME_WAIT pairs a second; idle needs 9,250 ports towards one server.
    "net/ipv4/ip_local_port_range": "1024 65535",
    "net/ipv4/tcp_tw_reuse": "1",
    # No listener's backlog is cut below what its proxy asked for.
    "net/core/somaxconn": "4096",
    "net/ipv4/tcp_max_syn_backlog": "4096",
}


def enter(entry: str, arguments: list[str]) -> None:
    """Returns inside the private namespace; outside it, replaces this process by one that is."""
    if os.environ.get(INSIDE) == "1":
        bring_up_loopback()
        apply_settings()
        return
    os.environ[INSIDE] = "1"
    failures = []
    for flags in candidates():
        outcome = subprocess.run(["unshare", flags, "true"], capture_output=True, text=True)
        if outcome.returncode == 0:
            os.execvp("unshare", ["unshare", flags, sys.executable, entry, *arguments])
        failures.append(f"unshare {flags}: {outcome.stderr.strip() or 'failed'}")
    raise HarnessError(
        "no private network namespace can be made (" + "; ".join(failures) + "). Run as root, or "
        "allow unprivileged user namespaces (sysctl kernel.unprivileged_userns_clone=1, "
        "user.max_user_namespaces above 0; in a container: --cap-add SYS_ADMIN)"
    )


def candidates() -> list[str]:
    """How to make one: with a user namespace (no root needed), then plainly where we are root."""
    try:
        subprocess.run(["unshare", "--version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as failure:
        raise HarnessError("unshare is missing: it is part of util-linux") from failure
    return ["-Urn", "-n"] if os.geteuid() == 0 else ["-Urn"]


def bring_up_loopback() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        name = b"lo".ljust(16, b"\0")
        request = struct.pack("16sh22x", name, 0)
        flags = struct.unpack("16sh22x", fcntl.ioctl(probe, SIOCGIFFLAGS, request))[1]
        fcntl.ioctl(probe, SIOCSIFFLAGS, struct.pack("16sh22x", name, flags | IFF_UP))


def apply_settings() -> None:
    for name, value in SETTINGS.items():
        try:
            with open(f"/proc/sys/{name}", "w") as setting:
                setting.write(value)
        except OSError as failure:
            raise HarnessError(
                f"/proc/sys/{name} cannot be set to {value} in the private namespace "
                f"({failure.strerror}): /proc/sys must be writable there (a container may need "
                "--security-opt systempaths=unconfined)"
            ) from failure


def free_port() -> int:
    """A port that the kernel chose and that is free again; nobody else is here to take it."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def die_with_parent(signal_number: int) -> None:
    """Asks the kernel to signal the calling process when its parent ends (prctl(2))."""
    PR_SET_PDEATHSIG = 1
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal_number)
