"""What is measured: each scenario as the load that makes it and the figures that judge it."""

import enum
from dataclasses import dataclass, field


class Group(enum.Enum):
    """Scenarios in which the same peers take part."""

    TCP = "tcp"
    TCP_BULK = "tcp-bulk"
    HTTP = "http"
    HTTP_LARGE = "http-large"
    HTTP_SCALE = "http-scale"
    HTTP_HOSTS = "http-hosts"
    WEBSOCKET = "websocket"


@dataclass(frozen=True)
class Scenario:
    name: str
    says: str
    load: str  # swivel-load's scenario
    connections: int  # that carry load
    idle: int = 0
    group: Group = Group.TCP
    # Client and server as two processes: together they would pass a limit of 20,000 descriptors.
    is_split: bool = False
    # Which figures are compared between peers (names of suite.metrics.Metrics), first the main one.
    compared: tuple[str, ...] = field(default=("cpu_per_unit", "core_per_unit", "p50_us", "p99_us"))
    load_options: tuple[str, ...] = ()  # more of swivel-load's
    # An open loop, at this share of what the slowest rival does in a closed one; 0: a closed loop.
    rate_share: float = 0
    rate: float = 0  # requests a second of the open loop, once that is known
    # Names that requests ask for, at random, and that the proxy has a route for each; 0: no routes.
    hosts: int = 0

    @property
    def is_bulk(self) -> bool:
        return self.group is Group.TCP_BULK

    @property
    def mode(self) -> str:
        return "tcp" if self.group in (Group.TCP, Group.TCP_BULK) else "http"

    @property
    def kind(self) -> str:
        """What the command line calls all of its kind by: tcp, http or websocket."""
        return "websocket" if self.group is Group.WEBSOCKET else self.mode

    @property
    def pairs(self) -> int:
        """Client connections that stand at once; of tcp and websocket with as many to the server."""
        return self.connections + self.idle

    def load_arguments(self, warmup: float, seconds: float, more_idle: int, hosts: int) -> list[str]:
        arguments = ["--scenario", self.load, "--connections", str(self.connections)]
        arguments += ["--warmup", f"{warmup:g}", "--seconds", f"{seconds:g}", *self.load_options]
        if self.load in ("idle", "http", "websocket") and self.idle + more_idle > 0:
            arguments += ["--idle", str(self.idle + more_idle)]
        if hosts > 0:
            arguments += ["--hosts", str(hosts)]
        if self.rate > 0:
            arguments += ["--open-loop", f"{self.rate:g}"]
        return arguments


BULK = ("cpu_per_unit", "core_per_unit", "rate")
SMALL = ("cpu_per_unit", "user_per_unit", "core_per_unit", "p50_us", "p99_us")

SCENARIOS = [
    Scenario("echo-1", "128 B echoed on one connection: latency without queueing", "echo", 1,
             compared=("p50_us", "p99_us", "cpu_per_unit", "core_per_unit")),
    Scenario("echo-64", "128 B echoed on 64 connections, closed loop", "echo", 64),
    Scenario("echo-1000", "128 B echoed on 1,000 connections, closed loop", "echo", 1000),
    Scenario("churn", "connect, one echo, close; 64 at once", "churn", 64),
    Scenario("bulk-up-1", "one stream to the server, 256 KiB writes", "bulk-up", 1,
             group=Group.TCP_BULK, compared=BULK),
    Scenario("bulk-down-1", "one stream from the server, 256 KiB writes", "bulk-down", 1,
             group=Group.TCP_BULK, compared=BULK),
    Scenario("bulk-up-32", "32 streams to the server", "bulk-up", 32, group=Group.TCP_BULK,
             compared=BULK),
    Scenario("bulk-down-32", "32 streams from the server", "bulk-down", 32, group=Group.TCP_BULK,
             compared=BULK),
    Scenario("idle", "8,750 connections that echoed once and then stay silent: memory", "idle", 0,
             idle=8750, is_split=True, compared=("memory_per_pair",)),
    Scenario("busy-idle", "500 connections echoing among 8,750 silent ones", "idle", 500,
             idle=8750, is_split=True,
             compared=("cpu_per_unit", "core_per_unit", "p50_us", "p99_us", "memory_per_pair")),
    Scenario("get-128-64", "GET, 128 B answer, 64 keep-alive connections", "http", 64,
             group=Group.HTTP, compared=SMALL),
    Scenario("get-128-1000", "GET, 128 B answer, 1,000 keep-alive connections", "http", 1000,
             group=Group.HTTP, compared=SMALL),
    Scenario("get-idle", "GET, 128 B answer, 500 connections among 8,750 that asked once", "http", 500,
             idle=8750, group=Group.HTTP,
             compared=("cpu_per_unit", "core_per_unit", "p50_us", "p99_us", "memory_per_idle")),
    Scenario("get-10k", "GET, 10 KiB answer, 64 connections", "http", 64, group=Group.HTTP,
             load_options=("--answer", "10240")),
    Scenario("get-1m", "GET, 1 MiB answer, 32 connections", "http", 32, group=Group.HTTP_LARGE,
             load_options=("--answer", "1048576")),
    Scenario("post-10k", "POST, 10 KiB body, 128 B answer, 64 connections", "http", 64,
             group=Group.HTTP, load_options=("--body", "10240")),
    Scenario("get-close", "GET, 128 B answer, each on a new connection (Connection: close); 64 at once",
             "http", 64, group=Group.HTTP, load_options=("--close",)),
    Scenario("latency", "GET, 128 B answer, 64 connections, open loop at 70 % of the slowest rival's rate",
             "http", 64, group=Group.HTTP, rate_share=0.7,
             compared=("p99_us", "p50_us", "p999_us", "cpu_per_unit")),
    Scenario("get-scale", "GET, 128 B answer, 64 connections; more servers, more silent clients", "http",
             64, idle=1, group=Group.HTTP_SCALE),
    Scenario("hosts-1000", "GET, 128 B answer, 64 connections; routes of 1,000 hosts, against one", "http",
             64, group=Group.HTTP_HOSTS, hosts=1, compared=SMALL),
    Scenario("ws-echo-64", "128 B echoed over 64 WebSockets, closed loop", "websocket", 64,
             group=Group.WEBSOCKET, compared=SMALL),
    Scenario("ws-echo-1000", "128 B echoed over 1,000 WebSockets, closed loop", "websocket", 1000,
             group=Group.WEBSOCKET, compared=SMALL),
    Scenario("ws-idle", "8,750 WebSockets that echoed once and then stay silent: memory", "websocket", 0,
             idle=8750, group=Group.WEBSOCKET, is_split=True, compared=("memory_per_pair",)),
]


def by_name(name: str) -> Scenario | None:
    return next((scenario for scenario in SCENARIOS if scenario.name == name), None)
