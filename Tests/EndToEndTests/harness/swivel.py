"""A running Swivel: where it listens, what it holds, and how it must end.

Knows the lines Swivel writes to its error log; each pattern stands here and nowhere else.
"""

import dataclasses
import os
import re
import signal
import time

from harness import proc
from harness.addresses import Address
from harness.process import Process
from harness.waiting import DeadlinePassed, wait_until

LISTENING = r"^swivel: info: listening on (\S+) \(frontend ([^,]+), (\w+)\)$"
READY = r"^swivel: info: ready, engine (\w+), (\d+) shards?$"
TOTALS = (
    r"^swivel: info: totals: connections (\d+), refused (\d+), failed (\d+),"
    r" bytes in (\d+), bytes out (\d+), spliced (\d+), retries (\d+)$"
)
LEFT_OVER = r"^swivel: info: left over: connections (\d+), buffers (\d+), pipes (\d+), descriptors (\d+)$"
REFUSED = r"^swivel: info: refused: (.+)$"
TUNNELS = (
    r"^swivel: info: tunnels: opened (\d+), messages in (\d+), out (\d+), closed by drain (\d+), by rebalancing (\d+),"
    r" cut without a close (\d+), silent (\d+), frames against the rules (\d+), paced (\d+), refused by the pace (\d+)$"
)
CLOSES = r"^swivel: info: WebSockets ended: (.+)$"
ROUTED = r"^swivel: info: routed: (.+)$"
DRAINING = r"^swivel: info: draining: "
CUT_SHORT = r"^swivel: warning: (\d+) connections? ended by the stop$"
WARNING = r"^swivel: warning: (.+)$"
# What is wrong, then what would be right.
ERROR = r"^swivel: error: (.+); (.+)$"

READY_SECONDS = 60
STOP_SECONDS = 60


@dataclasses.dataclass(frozen=True)
class Totals:
    connections: int
    refused: int
    failed: int
    bytes_in: int
    bytes_out: int
    spliced: int
    retries: int


@dataclasses.dataclass(frozen=True)
class Tunnels:
    opened: int
    messages_in: int
    messages_out: int
    drained: int
    rebalanced: int
    cut: int
    silent: int
    malformed: int
    paced: int
    refused: int


@dataclasses.dataclass(frozen=True)
class LeftOver:
    connections: int
    buffers: int
    pipes: int
    descriptors: int


NOTHING_LEFT = LeftOver(0, 0, 0, 0)


def environment(extra=None):
    """This process's environment without its own SWIVEL_ variables: each of them is a flag."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("SWIVEL")}
    return own | (extra or {})


class Swivel(Process):
    """`ends_clean` says whether the end of the test stops it and demands that nothing is left."""

    def __init__(self, argv, *, env=None, user=None, ends_clean=True):
        super().__init__(argv, name="swivel", env=environment(env), user=user)
        self.ends_clean = ends_clean

    def wait_ready(self, seconds=READY_SECONDS):
        """Returns once traffic is taken; a Swivel that gives up instead fails here with its last words."""
        try:
            ready = self.stderr.wait_for(READY, seconds)
        except DeadlinePassed:
            if self.is_running:
                raise
            raise AssertionError(f"{self} ended with {self.wait(1)} instead of starting:\n{self.stderr.text}") from None
        self.engine, self.shard_count = ready[1], int(ready[2])
        listening = self.stderr.find(LISTENING)
        self.addresses = [Address(match[1]) for match in listening]
        self.frontends = {match[2]: Address(match[1]) for match in listening}
        return self

    @property
    def address(self):
        return self.addresses[0]

    def connect(self, **options):
        return self.address.connect(**options)

    @property
    def warnings(self):
        return [match[1] for match in self.stderr.find(WARNING)]

    def descriptors(self):
        return proc.descriptors(self.pid)

    def cpu_seconds_over(self, seconds):
        """Processor time taken while `seconds` pass: here the passing time is what is measured."""
        before = proc.cpu_seconds(self.pid)
        time.sleep(seconds)  # What is measured is this time.
        return proc.cpu_seconds(self.pid) - before

    def assert_rests(self, what):
        """There comes a second of next to no processor time, as soon as what was begun is done; `what` takes it else."""
        wait_until(lambda: self.cpu_seconds_over(1) < 0.3, 60, f"rest: {what} keeps the processor busy")

    def drain(self, number=signal.SIGTERM):
        """Returns once the signal is obeyed. It asks nobody else: a connection that looks whether it is refused counts."""
        self.signal(number)
        self.stderr.wait_for(DRAINING, 60)

    @property
    def totals(self):
        return Totals(*map(int, self.stderr.wait_for(TOTALS, 10).groups()))

    @property
    def tunnels(self):
        return Tunnels(*map(int, self.stderr.wait_for(TUNNELS, 10).groups()))

    @property
    def closes(self):
        """How many WebSockets ended, by the words for code and initiator: `1012 by balancer`."""
        return self._counts(CLOSES)

    @property
    def routed(self):
        """What became of requests that no server answered, and of cookies, by the words for each."""
        return self._counts(ROUTED)

    @property
    def left_over(self):
        return LeftOver(*map(int, self.stderr.wait_for(LEFT_OVER, 10).groups()))

    @property
    def refusals(self):
        """How many clients were refused, by the words of each reason, as told at the end."""
        return self._counts(REFUSED)

    def _counts(self, pattern):
        lines = self.stderr.find(pattern)
        assert len(lines) <= 1, self.stderr.text
        parts = [part.rpartition(" ") for match in lines for part in match[1].split(", ")]
        return {words: int(count) for words, _, count in parts}

    def stop(self, number=signal.SIGTERM, seconds=STOP_SECONDS):
        """Drains and demands the clean end every run must have. Returns the totals."""
        self.signal(number)
        return self.finish(seconds)

    def finish(self, seconds=STOP_SECONDS):
        """Waits for the end somebody else asked for, and demands that it is a clean one."""
        code = self.wait(seconds)
        assert code == 0, f"{self} ended with {code}:\n{self.stderr.text}"
        assert self.left_over == NOTHING_LEFT, f"{self} lost something:\n{self.stderr.text}"
        return self.totals


def named_error(outcome):
    """The one line that says what is wrong and what would be right: a pair. More than one, or none, fails."""
    lines = [line for line in outcome.stderr.splitlines() if line.startswith("swivel: error: ")]
    assert len(lines) == 1, f"one clear line is wanted, not {len(lines)}:\n{outcome.stderr}"
    match = re.match(ERROR, lines[0])
    assert match, f"the line does not say what would be right: {lines[0]}"
    return match[1], match[2]
