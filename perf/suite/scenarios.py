"""What is measured: each scenario as the load that makes it and the figures that judge it."""

from dataclasses import dataclass, field


@dataclass(frozen=True)
class Scenario:
    name: str
    says: str
    load: str  # swivel-load's scenario
    connections: int  # that carry load
    idle: int = 0
    is_bulk: bool = False
    # Client and server as two processes: together they would pass a limit of 20,000 descriptors.
    is_split: bool = False
    # Which figures are compared between peers (names of suite.metrics.Metrics), first the main one.
    compared: tuple[str, ...] = field(default=("cpu_per_unit", "core_per_unit", "p50_us", "p99_us"))

    @property
    def pairs(self) -> int:
        """Client connections that stand at once; the proxy has as many towards the server."""
        return self.connections + self.idle

    def load_arguments(self, warmup: float, seconds: float) -> list[str]:
        arguments = ["--scenario", self.load, "--connections", str(self.connections)]
        arguments += ["--warmup", f"{warmup:g}", "--seconds", f"{seconds:g}"]
        if self.load == "idle":
            arguments += ["--idle", str(self.idle)]
        return arguments


BULK = ("cpu_per_unit", "core_per_unit", "rate")

SCENARIOS = [
    Scenario("echo-1", "128 B echoed on one connection: latency without queueing", "echo", 1,
             compared=("p50_us", "p99_us", "cpu_per_unit", "core_per_unit")),
    Scenario("echo-64", "128 B echoed on 64 connections, closed loop", "echo", 64),
    Scenario("echo-1000", "128 B echoed on 1,000 connections, closed loop", "echo", 1000),
    Scenario("churn", "connect, one echo, close; 64 at once", "churn", 64),
    Scenario("bulk-up-1", "one stream to the server, 256 KiB writes", "bulk-up", 1,
             is_bulk=True, compared=BULK),
    Scenario("bulk-down-1", "one stream from the server, 256 KiB writes", "bulk-down", 1,
             is_bulk=True, compared=BULK),
    Scenario("bulk-up-32", "32 streams to the server", "bulk-up", 32, is_bulk=True, compared=BULK),
    Scenario("bulk-down-32", "32 streams from the server", "bulk-down", 32,
             is_bulk=True, compared=BULK),
    Scenario("idle", "8,750 connections that echoed once and then stay silent: memory", "idle", 0,
             idle=8750, is_split=True, compared=("memory_per_pair",)),
    Scenario("busy-idle", "500 connections echoing among 8,750 silent ones", "idle", 500,
             idle=8750, is_split=True,
             compared=("cpu_per_unit", "core_per_unit", "p50_us", "p99_us", "memory_per_pair")),
]


def by_name(name: str) -> Scenario | None:
    return next((scenario for scenario in SCENARIOS if scenario.name == name), None)
