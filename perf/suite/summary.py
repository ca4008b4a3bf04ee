"""All rounds of a scenario together: medians with their spread, ratios, and what to be wary of."""

import dataclasses
from collections.abc import Callable
from dataclasses import dataclass, field

from .limits import Limits, verdict
from .metrics import Metrics, Spread, TITLES, title
from .peers import DIRECT, Peer
from .runner import Run
from .scenarios import Scenario


@dataclass
class Ratio:
    """Subject / peer: the ratio in each round by itself, so that what drifts between rounds
    drifts for both."""

    metric: str
    peer: str
    spread: Spread
    most: float | None
    verdict: str
    is_inverse: bool = False  # peer / subject

    def says(self, subject: str) -> str:
        """What is divided by what."""
        return f"{self.peer} / {subject}" if self.is_inverse else f"{subject} / {self.peer}"


@dataclass
class Figure:
    """A limit on the subject's own figure."""

    metric: str
    peer: str
    value: float
    most: float
    verdict: str


@dataclass
class ScenarioSummary:
    scenario: Scenario
    figures: dict[str, dict[str, Spread | None]] = field(default_factory=dict)  # peer -> metric
    errors: dict[str, int] = field(default_factory=dict)
    ratios: list[Ratio] = field(default_factory=list)
    own_limits: list[Figure] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    skipped: dict[str, str] = field(default_factory=dict)  # peers that cannot take part, and why
    # Limits that nothing was measured for: metric, peer, most.
    unjudged: list[tuple[str, str, float]] = field(default_factory=list)


def summarise(
    scenario: Scenario, peers: list[Peer], runs: list[Run], subject: str, limits: Limits,
    absent: dict[Peer, str],
) -> ScenarioSummary:
    summary = ScenarioSummary(scenario)
    summary.skipped = {peer.name: why for peer, why in absent.items() if peer.takes_part(scenario)}
    mine = [run for run in runs if run.scenario == scenario.name]
    good = {}
    for peer in peers:
        if not peer.takes_part(scenario):
            continue
        runs_of_peer = [run for run in mine if run.peer == peer.name]
        metrics = [run.metrics for run in runs_of_peer if run.metrics is not None]
        if metrics:
            good[peer.name] = metrics
            summary.figures[peer.name] = {
                name: Spread.of([getattr(one, name) for one in metrics])
                for name in TITLES
                if name != "errors"
            }
            summary.errors[peer.name] = sum(one.errors for one in metrics)
        summary.notes += notes_on_faults(peer.name, metrics, runs_of_peer)
    summary.notes += notes_on_noise(good)
    add_ratios(summary, peers, mine, subject, limits)
    add_own_limits(summary, limits)
    return summary


def notes_on_noise(good: dict[str, list[Metrics]]) -> list[str]:
    """What weakens the figures of this scenario: which peers, in how many of their runs."""
    proxies = {peer: metrics for peer, metrics in good.items() if peer != DIRECT.name}

    def counted(is_so: Callable[[Metrics], bool]) -> str:
        counts = {peer: sum(map(is_so, metrics)) for peer, metrics in proxies.items()}
        return ", ".join(f"{peer} {n}/{len(proxies[peer])}" for peer, n in counts.items() if n)

    notes = []
    if peers := counted(lambda metrics: metrics.is_load_saturated):
        notes.append(
            f"the load's core was full ({peers} runs): there the rate is a lower bound, latency holds "
            "queueing in the load, and the proxy may need less time than shown"
        )
    if peers := counted(lambda metrics: metrics.is_disturbed):
        notes.append(f"noise: others ran on the proxy's core ({peers} runs)")
    if peers := counted(lambda metrics: metrics.is_load_disturbed):
        notes.append(f"noise: others ran on the load's core ({peers} runs)")
    return notes


def notes_on_faults(peer: str, good: list[Metrics], runs: list[Run]) -> list[str]:
    notes = []
    if errors := sum(metrics.errors for metrics in good):
        first = next((run.load.get("first_error") for run in runs if run.load.get("first_error")), "?")
        notes.append(f"{peer}: {errors} errors, the first: {first}")
    workers = max((metrics.kernel_worker_share for metrics in good), default=0)
    if workers > 0.01:
        notes.append(f"{peer}: io_uring's kernel workers used up to {workers:.0%} of its time")
    failures = [run.failure for run in runs if run.failure is not None]
    if failures:
        notes.append(f"{peer}: {len(failures)} of {len(runs)} runs gave no figures: {failures[0]}")
    return notes


def add_ratios(
    summary: ScenarioSummary, peers: list[Peer], runs: list[Run], subject: str, limits: Limits
) -> None:
    by_round = {(run.peer, run.round_index): run.metrics for run in runs if run.metrics is not None}
    rounds = sorted({round_index for _, round_index in by_round})
    inverse = {peer.name for peer in peers if peer.is_variant}
    for metric in summary.scenario.compared:
        for peer in summary.figures:
            if peer in (subject, DIRECT.name):
                continue
            ratios = []
            for round_index in rounds:
                ours = getattr(by_round.get((subject, round_index)), metric, None)
                theirs = getattr(by_round.get((peer, round_index)), metric, None)
                above, below = (theirs, ours) if peer in inverse else (ours, theirs)
                if above is not None and below:
                    ratios.append(above / below)
            spread = Spread.of(ratios)
            if spread is None:
                continue
            most = limits.ratio(subject, summary.scenario.name, metric, peer)
            judged = verdict(spread.median, most)
            summary.ratios.append(Ratio(metric, peer, spread, most, judged, peer in inverse))
        judged_peers = {ratio.peer for ratio in summary.ratios if ratio.metric == metric}
        for peer in sorted({run.peer for run in runs} | set(summary.skipped)):
            most = limits.ratio(subject, summary.scenario.name, metric, peer)
            if most is not None and peer not in judged_peers:
                summary.unjudged.append((metric, peer, most))


def add_own_limits(summary: ScenarioSummary, limits: Limits) -> None:
    for peer, figures in summary.figures.items():
        for metric, spread in figures.items():
            most = limits.figure(peer, summary.scenario.name, metric)
            if most is not None and spread is not None:
                value = spread.median
                summary.own_limits.append(Figure(metric, peer, value, most, verdict(value, most)))


def as_plain(summary: ScenarioSummary) -> dict:
    """For JSON."""
    plain = dataclasses.asdict(summary)
    plain["scenario"] = summary.scenario.name
    return plain


def describe_ratio(ratio: Ratio, subject: str) -> str:
    text = f"{title(ratio.metric)}: {ratio.says(subject)}"
    spread = ratio.spread
    line = f"{text:<52} {spread.median:6.3f}  ({spread.least:.3f}-{spread.most:.3f})"
    if ratio.most is not None:
        line += f"  limit {ratio.most:.2f}: {ratio.verdict}"
    return line
