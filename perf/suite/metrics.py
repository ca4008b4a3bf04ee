"""From counters to figures: one run's readings and the load's own line become what is compared."""

import statistics
from dataclasses import dataclass

from .accounting import Reading
from .scenarios import Scenario

GIB = 1 << 30
# Above this share of its core the load itself may be what limits the rate.
LOAD_SATURATED = 0.97
# Above this share of waiting, stolen time included, someone else was on the core.
DISTURBED = 0.05


@dataclass
class Metrics:
    """The figures of one run. A unit is one operation, or one GiB where the scenario is bulk;
    time per unit is in us per operation and in ms per GiB. None: the scenario has no such figure.
    """

    rate: float | None  # operations a second; bulk: Gbit/s
    cpu_per_unit: float | None  # processor time of the proxy and of its core's ksoftirqd
    core_per_unit: float | None  # everything that kept the proxy's core busy
    user_per_unit: float | None  # the user-space part of the proxy's processor time
    p50_us: float | None
    p99_us: float | None
    p999_us: float | None
    load_per_unit: float | None  # the load's own processor time, client and server
    memory_mib: float | None  # PSS at its peak, all connections standing
    memory_per_pair: float | None  # tcp, websocket: growth of PSS by connection pair, bytes
    memory_per_idle: float | None  # http: the same by silent client, all of it laid to them
    errors: int
    proxy_core_busy: float  # shares of the measured time, 0...1
    load_core_busy: float
    kernel_worker_share: float  # io_uring's workers: their part of the processor time
    is_load_saturated: bool
    is_disturbed: bool  # on the proxy's core
    is_load_disturbed: bool


def metrics_of(
    scenario: Scenario,
    load: dict,
    spent: Reading,
    memory_before: int,
    memory_peak: int,
    interrupts_are_apart: bool,
) -> Metrics:
    busy_ns = spent.wall - spent.proxy_core_idle - spent.stolen
    # Where interrupts are kept apart from tasks, /proc/stat has them, ksoftirqd's share included.
    network_ns = max(spent.interrupts, spent.ksoftirqd) if interrupts_are_apart else spent.ksoftirqd
    ticks = spent.user_ticks + spent.system_ticks
    user_ns = spent.process * spent.user_ticks / ticks if ticks else 0

    units = load["bytes"] / GIB if scenario.is_bulk else load["operations"]
    scale = 1e6 if scenario.is_bulk else 1e3

    def per_unit(ns: float) -> float | None:
        return ns / units / scale if units else None

    latency = load["latency_us"] or {}
    rate = load["rate"] * 8 / 1e9 if scenario.is_bulk else load["rate"]
    load_busy = 1 - min(spent.load_core_idle, spent.server_core_idle) / spent.wall
    load_ns = (load["cpu_user_s"] + load["cpu_system_s"]) * 1e9
    growth = memory_peak - memory_before
    is_http = scenario.kind == "http"
    # A handful of silent clients would be charged with what the others cause.
    has_many = scenario.idle > scenario.connections
    return Metrics(
        rate=rate if units else None,
        cpu_per_unit=per_unit(spent.process + network_ns),
        core_per_unit=per_unit(max(busy_ns, 0)),
        user_per_unit=per_unit(user_ns),
        p50_us=latency.get("p50"),
        p99_us=latency.get("p99"),
        p999_us=latency.get("p99.9"),
        # A server in a process of its own also counts what it did before and after.
        load_per_unit=per_unit(load_ns) if load["role"] == "both" else None,
        memory_mib=memory_peak / (1 << 20),
        memory_per_pair=growth / scenario.pairs if has_many and not is_http else None,
        memory_per_idle=growth / scenario.idle if has_many and is_http else None,
        errors=load["errors"],
        proxy_core_busy=max(busy_ns, 0) / spent.wall,
        load_core_busy=load_busy,
        kernel_worker_share=spent.kernel_workers / spent.process if spent.process else 0,
        is_load_saturated=load_busy >= LOAD_SATURATED,
        is_disturbed=(spent.waiting + spent.stolen) / spent.wall > DISTURBED,
        is_load_disturbed=spent.load_waiting / spent.wall > DISTURBED,
    )


@dataclass(frozen=True)
class Spread:
    """Median, least and most of several rounds."""

    median: float
    least: float
    most: float
    rounds: int

    @staticmethod
    def of(values: list[float | None]) -> "Spread | None":
        known = [value for value in values if value is not None]
        if not known:
            return None
        return Spread(statistics.median(known), min(known), max(known), len(known))


# How each figure is called, and in which unit: (title, unit of operations, unit of bulk).
TITLES = {
    "rate": ("rate", "/s", "Gbit/s"),
    "cpu_per_unit": ("processor time", "us/op", "ms/GiB"),
    "core_per_unit": ("whole core", "us/op", "ms/GiB"),
    "user_per_unit": ("user space", "us/op", "ms/GiB"),
    "p50_us": ("p50", "us", "us"),
    "p99_us": ("p99", "us", "us"),
    "p999_us": ("p99.9", "us", "us"),
    "load_per_unit": ("load itself", "us/op", "ms/GiB"),
    "memory_mib": ("memory", "MiB", "MiB"),
    "memory_per_pair": ("memory per pair", "B", "B"),
    "memory_per_idle": ("memory per idle client", "B", "B"),
    "errors": ("errors", "", ""),
}


def title(metric: str) -> str:
    return TITLES[metric][0]


def unit(metric: str, scenario: Scenario) -> str:
    return TITLES[metric][2 if scenario.is_bulk else 1]
