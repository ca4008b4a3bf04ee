"""One run, and those of a scenario in order: a round goes through all peers before the next."""

import dataclasses
import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from .accounting import Accountant, Cores, separates_interrupts
from .children import Child
from .errors import HarnessError
from .metrics import Metrics, metrics_of
from .namespace import free_port
from .peers import DIRECT, Peer, Setting, is_rival
from .programs import Programs
from .scenarios import Group, Scenario

READY_SECONDS = 10.0
# The load's own limit for making its connections is 30 s; then it says why it gave up.
SETUP_SECONDS = 40.0
# After a measurement: idle connections are checked once more (10 s at most), the rest is quick.
END_SECONDS = 20.0


@dataclass(frozen=True)
class Plan:
    scenarios: list[Scenario]
    peers: list[Peer]
    rounds: int
    warmup_seconds: float
    measured_seconds: float
    cores: Cores
    load_program: Path
    programs: Programs

    def runs(self, scenario: Scenario) -> Iterator[tuple[int, Peer]]:
        """Peers stand next to one another in time, and each is first, second, ... in its turn."""
        peers = [peer for peer in self.peers if peer.takes_part(scenario)]
        for round_index in range(self.rounds):
            shift = round_index % len(peers) if peers else 0
            for peer in peers[shift:] + peers[:shift]:
                yield round_index, peer

    def run_count(self) -> int:
        return sum(len(list(self.runs(scenario))) for scenario in self.scenarios)


@dataclass
class Run:
    """What came of one run: figures, and the raw readings behind them; or the reason of failure."""

    scenario: str
    peer: str
    round_index: int
    metrics: Metrics | None = None
    load: dict = field(default_factory=dict)
    readings: dict = field(default_factory=dict)
    failure: str | None = None


def run_scenario(plan: Plan, scenario: Scenario, progress: Callable[[Run], None]) -> Scenario:
    """Answers the scenario as it was run: an open loop knows its rate only now."""
    if scenario.rate_share > 0:
        scenario = with_rate(plan, scenario)
    for round_index, peer in plan.runs(scenario):
        run = Run(scenario.name, peer.name, round_index)
        try:
            measure(plan, scenario, peer, run)
        except (HarnessError, OSError, ValueError) as failure:
            run.failure = str(failure)
        progress(run)
    return scenario


def with_rate(plan: Plan, scenario: Scenario) -> Scenario:
    """Looks, once and in a closed loop, what each rival can do; the slowest one sets the rate."""
    candidates = [peer for peer in plan.peers if peer.takes_part(scenario) and peer is not DIRECT]
    rivals = [peer for peer in candidates if is_rival(peer)] or candidates
    rates = {}
    for peer in rivals:
        run = Run(scenario.name, peer.name, 0)
        try:
            measure(plan, scenario, peer, run)
        except (HarnessError, OSError, ValueError) as failure:
            print(f"! {scenario.name}: {peer.name} sets no rate: {failure}", file=sys.stderr)
            continue
        if run.metrics.rate:
            rates[peer.name] = run.metrics.rate
    if not rates:
        raise HarnessError(f"{scenario.name}: no peer has run, so there is no rate to load at")
    slowest = min(rates, key=rates.get)
    rate = round(rates[slowest] * scenario.rate_share)
    says = f"{scenario.says}: {rate:,} a second ({slowest} does {rates[slowest]:,.0f})"
    return dataclasses.replace(scenario, rate=rate, says=says)


def measure(plan: Plan, scenario: Scenario, peer: Peer, run: Run) -> None:
    folder = Path(tempfile.mkdtemp(prefix="swivel-perf-"))
    try:
        with ExitStack() as stack:
            measure_in(folder, stack, plan, scenario, peer, run)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def measure_in(
    folder: Path, stack: ExitStack, plan: Plan, scenario: Scenario, peer: Peer, run: Run
) -> None:
    # With a core to itself the server always is a process of its own.
    is_split = scenario.is_split or plan.cores.server != plan.cores.load
    hosts = peer.hosts or scenario.hosts

    def load_child(role: str, *addresses: str) -> Child:
        arguments = scenario.load_arguments(plan.warmup_seconds, plan.measured_seconds, peer.idle, hosts)
        command = [str(plan.load_program), "--sync", "--role", role, *addresses, *arguments]
        core = plan.cores.server if role == "server" else plan.cores.load
        child = Child(f"the load ({role})", command, core, folder / "load.log", piped=True)
        return stack.enter_context(child)

    proxy_port = free_port()
    target = ["--connect", f"127.0.0.1:{proxy_port}"]
    listen = ["--listen", "127.0.0.1:0"]
    is_direct = peer is DIRECT
    if is_direct:
        # Both ends must know the port before either runs.
        listen = ["--listen", f"127.0.0.1:{proxy_port}"]

    # The server first, so that no proxy ever finds it missing and marks it down.
    if is_split:
        server = load_child("server", *listen)
    else:
        server = load_child("both", *listen, *target)
    server_port = int(server.wait_for_word("listening", READY_SECONDS))

    if is_direct:
        watched = server
    else:
        setting = Setting(
            scenario.mode, proxy_port, server_port, plan.cores.proxy, scenario.pairs + peer.idle,
            scenario.connections, scenario.group is Group.HTTP_LARGE,
            scenario.group is Group.WEBSOCKET, hosts, folder,
        )
        command = plan.programs.command(peer, setting)
        proxy = Child(peer.name, command, plan.cores.proxy, folder / "proxy.log")
        watched = stack.enter_context(proxy)
        proxy.wait_for_port(proxy_port, READY_SECONDS)

    # Client and server of a split load share a core and wait for one another: that is no noise.
    load_pid = None if is_split else server.pid
    accountant = Accountant(watched.pid, plan.cores, load_pid)
    memory_before = accountant.memory_bytes()
    server.go_on()
    client = load_child("client", *target) if is_split else server

    client.wait_for_word("warmed", SETUP_SECONDS + plan.warmup_seconds)
    try:
        start = accountant.read()
        client.go_on()
        client.wait_for_word("measured", plan.measured_seconds + END_SECONDS)
        spent = start.until(accountant.read())
        memory_peak = accountant.memory_bytes()
    except OSError as failure:
        raise HarnessError(f"{peer.name} ended during the run: {watched.last_words()}") from failure
    client.go_on()
    run.load = json.loads(client.output(END_SECONDS))
    if is_split:
        server.process.terminate()
        run.load["server"] = json.loads(server.output(END_SECONDS))
        run.load["errors"] += run.load["server"]["errors"]

    run.readings = dataclasses.asdict(spent)
    run.readings |= {"memory_before_bytes": memory_before, "memory_peak_bytes": memory_peak}
    run.metrics = metrics_of(
        scenario, run.load, spent, memory_before, memory_peak, separates_interrupts()
    )
    if is_direct:
        forget_proxy(run.metrics)


def forget_proxy(metrics: Metrics) -> None:
    """Without a proxy what was read is the load itself: only rate and latency mean anything."""
    metrics.cpu_per_unit = metrics.core_per_unit = metrics.user_per_unit = None
    metrics.memory_mib = metrics.memory_per_pair = metrics.memory_per_idle = None
