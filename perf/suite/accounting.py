"""Where processor time and memory went. Every number here comes from the kernel:

- process time: the CPU clock of each process (clock_getcpuclockid(3)), in ns. It is the sum of
  /proc/PID/task/*/schedstat's first field over all threads, io_uring's kernel workers included,
  yet also holds threads that have ended meanwhile and what a running one has used up to now.
- user share: utime / (utime + stime) of /proc/PID/stat. Where the kernel samples at its tick
  (CONFIG_TICK_CPU_ACCOUNTING) it is a sample of 100 to 1,000 a second; see the README.
- ksoftirqd: the CPU clock of the core's ksoftirqd thread, in ns.
- core busy time: elapsed time minus idle, iowait and steal of /proc/stat, in steps of 10 ms.
- waiting time: the second field of schedstat: runnable, but another ran on the core.
"""

import contextlib
import gzip
import os
import platform
import time
from dataclasses import dataclass
from pathlib import Path

from .children import descendants

TICKS_PER_SECOND = os.sysconf("SC_CLK_TCK")
NS_PER_TICK = 1_000_000_000 // TICKS_PER_SECOND


@dataclass(frozen=True)
class Reading:
    """Counters at one moment, all in ns; a measurement is the difference of two."""

    wall: int
    process: int  # all threads of all processes of the proxy
    user_ticks: int
    system_ticks: int
    kernel_workers: int  # the part of `process` that io_uring's workers used
    waiting: int  # the proxy: runnable without running
    load_waiting: int  # the load, the same
    ksoftirqd: int
    interrupts: int  # hard and soft, of the proxy's core
    proxy_core_idle: int
    load_core_idle: int
    server_core_idle: int  # the same core, unless the server has one of its own
    stolen: int  # by the hypervisor, of the proxy's core

    def until(self, later: "Reading") -> "Reading":
        return Reading(*(b - a for a, b in zip(self.values(), later.values())))

    def values(self) -> tuple[int, ...]:
        return tuple(self.__dict__.values())


@dataclass(frozen=True)
class Cores:
    """Who runs where. The load's client and server share a core unless there is a third."""

    proxy: int
    load: int
    server: int


class Accountant:
    """Takes readings of one proxy on its core, and of the cores that load it."""

    def __init__(self, pid: int, cores: Cores, load_pid: int | None):
        self.pid = pid
        self.cores = cores
        self.load_pid = load_pid
        self.ksoftirqd_pid = find_ksoftirqd(cores.proxy)

    def read(self) -> Reading:
        family = descendants(self.pid)
        user, system = 0, 0
        workers, waiting = 0, 0
        load_waiting = task_times(self.load_pid)[1] if self.load_pid else 0
        for pid in family:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            user, system = user + int(fields[11]), system + int(fields[12])
            for task in Path(f"/proc/{pid}/task").iterdir():
                with contextlib.suppress(OSError):  # A thread may end at any time.
                    used, waited = task_times(int(task.name))
                    waiting += waited
                    if (task / "comm").read_text().startswith(("iou-wrk", "iou-sqp")):
                        workers += used
        cores = core_ticks()
        here = cores[self.cores.proxy]
        return Reading(
            wall=time.monotonic_ns(),
            process=sum(process_ns(pid) for pid in family),
            user_ticks=user,
            system_ticks=system,
            kernel_workers=workers,
            waiting=waiting,
            load_waiting=load_waiting,
            ksoftirqd=process_ns(self.ksoftirqd_pid) if self.ksoftirqd_pid else 0,
            interrupts=(here["irq"] + here["softirq"]) * NS_PER_TICK,
            proxy_core_idle=idle_ns(here),
            load_core_idle=idle_ns(cores[self.cores.load]),
            server_core_idle=idle_ns(cores[self.cores.server]),
            stolen=here["steal"] * NS_PER_TICK,
        )

    def memory_bytes(self) -> int:
        """Proportional set size of the proxy's processes: user memory, shared pages by share."""
        total = 0
        for pid in descendants(self.pid):
            for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1]) * 1024
        return total


def task_times(task: int) -> tuple[int, int]:
    """Of one thread: time it ran, time it waited for its core; in ns."""
    used, waited, _ = map(int, Path(f"/proc/{task}/schedstat").read_text().split())
    return used, waited


def process_ns(pid: int) -> int:
    # The CPU clock id of a process as glibc's clock_getcpuclockid(3) makes it: ~pid, 3 bits of kind.
    return time.clock_gettime_ns((~pid << 3) | 2)


def idle_ns(core: dict[str, int]) -> int:
    return (core["idle"] + core["iowait"]) * NS_PER_TICK


def core_ticks() -> dict[int, dict[str, int]]:
    """Per core the fields of /proc/stat (proc(5)), in ticks."""
    names = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
    cores = {}
    for line in Path("/proc/stat").read_text().splitlines():
        name, *fields = line.split()
        if name.startswith("cpu") and name != "cpu":
            cores[int(name[3:])] = dict(zip(names, map(int, fields)))
    return cores


def find_ksoftirqd(core: int) -> int | None:
    """Its pid; None in a container that hides the kernel's threads."""
    for entry in Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if entry.name.isdigit() and (entry / "comm").read_text().strip() == f"ksoftirqd/{core}":
                return int(entry.name)
    return None


def kernel_options() -> dict[str, bool | None]:
    """The build options of the running kernel that decide how far the numbers go; None: unknown."""
    names = ("CONFIG_VIRT_CPU_ACCOUNTING_GEN", "CONFIG_IRQ_TIME_ACCOUNTING")
    for path in ("/proc/config.gz", f"/boot/config-{platform.release()}"):
        with contextlib.suppress(OSError):
            raw = Path(path).read_bytes()
            lines = (gzip.decompress(raw) if path.endswith(".gz") else raw).decode().splitlines()
            return {name: f"{name}=y" in lines for name in names}
    return dict.fromkeys(names)


def separates_interrupts() -> bool:
    """Whether time in interrupts is kept out of the clocks of the tasks they interrupted."""
    return kernel_options()["CONFIG_IRQ_TIME_ACCOUNTING"] is True
