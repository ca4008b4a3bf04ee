"""What /proc says of a running process. Knows nothing of Swivel."""

import os
import re
from pathlib import Path

CLOCK_TICKS = os.sysconf("SC_CLK_TCK")


def descriptors(pid):
    """How many descriptors of each kind the process holds: `socket`, `pipe`, `anon_inode`, `file`."""
    kinds = {"socket": 0, "pipe": 0, "anon_inode": 0, "file": 0}
    folder = f"/proc/{pid}/fd"
    for entry in os.listdir(folder):
        try:
            target = os.readlink(f"{folder}/{entry}")
        except FileNotFoundError:
            continue  # Closed between the two looks.
        kind = target.partition(":")[0]
        kinds[kind if kind in kinds else "file"] += 1
    return kinds


def descriptor_count(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def lowest_free_descriptor(pid):
    taken = {int(entry) for entry in os.listdir(f"/proc/{pid}/fd")}
    return next(number for number in range(len(taken) + 1) if number not in taken)


def cpu_seconds(pid):
    """Processor time of all threads so far, io_uring's workers included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / CLOCK_TICKS


def memory_bytes(pid):
    """Proportional set size: what the process really occupies."""
    match = re.search(r"^Pss:\s+(\d+) kB", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.MULTILINE)
    return int(match[1]) * 1024


def descriptor_limit(pid):
    """The soft limit of open files."""
    match = re.search(r"^Max open files\s+(\d+)", Path(f"/proc/{pid}/limits").read_text(), re.MULTILINE)
    return int(match[1])


def thread_affinities(pid):
    """The set of processors each thread may run on, by thread id."""
    affinities = {}
    for thread in os.listdir(f"/proc/{pid}/task"):
        try:
            affinities[int(thread)] = os.sched_getaffinity(int(thread))
        except ProcessLookupError:
            continue  # Ended between the two looks.
    return affinities
