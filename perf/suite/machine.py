"""What a result must carry to be worth anything: machine, kernel, versions, settings, command."""

import datetime
import os
import platform
import shlex
import sys
from pathlib import Path

from .accounting import Cores, kernel_options
from .namespace import SETTINGS


def processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith(("model name", "Model", "Hardware")):
            return line.partition(":")[2].strip()
    return platform.machine()


def siblings(core: int) -> str:
    """The logical cores that share this one's physical core."""
    file = Path(f"/sys/devices/system/cpu/cpu{core}/topology/thread_siblings_list")
    try:
        return file.read_text().strip()
    except OSError:
        return "unknown"


def memory_gib() -> float:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / (1 << 30)


def system_name() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def describe(versions: dict[str, str], cores: Cores) -> dict:
    return {
        "date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
        "command": shlex.join(["perf/compare", *sys.argv[1:]]),
        "processor": processor(),
        "cores": os.cpu_count(),
        "memory_gib": round(memory_gib(), 1),
        "system": system_name(),
        "kernel": platform.release(),
        "kernel_options": kernel_options(),
        "proxy_core": cores.proxy,
        "load_core": cores.load,
        "server_core": cores.server,
        "proxy_core_siblings": siblings(cores.proxy),
        "network": "private namespace, loopback, "
        + ", ".join(f"{name.rpartition('/')[2]}={value}" for name, value in SETTINGS.items()),
        "versions": versions,
    }
