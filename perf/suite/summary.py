"""All rounds of a scenario together: medians with their spread, ratios, and what to be wary of."""

import dataclasses
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


def summarise(
    scenario: Scenario, peers: list[Peer], runs: list[Run], subject: str, limits: Limits
) -> ScenarioSummary:
    summary = ScenarioSummary(scenario)
    mine = [run for run in runs if run.scenario == scenario.name]
    for peer in peers:
        if not peer.takes_part(scenario):
            continue
        good = [run.metrics for run in mine if run.peer == peer.name and run.metrics is not None]
        if good:
            summary.figures[peer.name] = {
                name: Spread.of([getattr(metrics, name) for metrics in good])
                for name in TITLES
                if name != "errors"
            }
            summary.errors[peer.name] = sum(metrics.errors for metrics in good)
        summary.notes += notes_of(peer.name, good, [run for run in mine if run.peer == peer.name])
    add_ratios(summary, mine, subject, limits)
    add_own_limits(summary, limits)
    return summary


def notes_of(peer: str, good: list[Metrics], runs: list[Run]) -> list[str]:
    notes = []
    count = len(good)
    saturated = sum(metrics.is_load_saturated for metrics in good)
    if saturated:
        notes.append(
            f"{peer}: the load's core was full in {saturated} of {count} runs: its rate is a lower "
            "bound, its latency holds queueing in the load"
        )
    disturbed = sum(metrics.is_disturbed for metrics in good)
    if disturbed:
        notes.append(f"{peer}: others ran on the proxy's core in {disturbed} of {count} runs (noise)")
    if sum(metrics.errors for metrics in good):
        first = next((run.load.get("first_error") for run in runs if run.load.get("first_error")), "?")
        notes.append(f"{peer}: {sum(m.errors for m in good)} errors, the first: {first}")
    workers = max((metrics.kernel_worker_share for metrics in good), default=0)
    if workers > 0.01:
        notes.append(f"{peer}: io_uring's kernel workers used up to {workers:.0%} of its time")
    failures = [run.failure for run in runs if run.failure is not None]
    if failures:
        notes.append(f"{peer}: {len(failures)} of {len(runs)} runs gave no figures: {failures[0]}")
    return notes


def add_ratios(
    summary: ScenarioSummary, runs: list[Run], subject: str, limits: Limits
) -> None:
    by_round = {(run.peer, run.round_index): run.metrics for run in runs if run.metrics is not None}
    rounds = sorted({round_index for _, round_index in by_round})
    for metric in summary.scenario.compared:
        for peer in summary.figures:
            if peer in (subject, DIRECT.name):
                continue
            ratios = []
            for round_index in rounds:
                ours = getattr(by_round.get((subject, round_index)), metric, None)
                theirs = getattr(by_round.get((peer, round_index)), metric, None)
                if ours is not None and theirs:
                    ratios.append(ours / theirs)
            spread = Spread.of(ratios)
            if spread is None:
                continue
            most = limits.ratio(subject, summary.scenario.name, metric, peer)
            summary.ratios.append(Ratio(metric, peer, spread, most, verdict(spread.median, most)))


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
    text = f"{title(ratio.metric)}: {subject} / {ratio.peer}"
    spread = ratio.spread
    line = f"{text:<52} {spread.median:5.2f}  ({spread.least:.2f}-{spread.most:.2f})"
    if ratio.most is not None:
        line += f"  limit {ratio.most:.2f}: {ratio.verdict}"
    return line
