"""What the terminal shows: a line for each run while it goes on, a table for each scenario."""

from .metrics import Metrics, Spread, title, unit
from .runner import Run
from .scenarios import Scenario, by_name
from .summary import ScenarioSummary, describe_ratio

COLUMNS = [
    "rate", "cpu_per_unit", "core_per_unit", "user_per_unit",
    "p50_us", "p99_us", "p999_us", "memory_mib", "memory_per_pair", "memory_per_idle",
    "load_per_unit",
]


def number(value: float) -> str:
    """Three or four figures: more would claim what a noisy machine cannot say."""
    if value >= 1000:
        return f"{value:,.0f}"
    if value >= 100:
        return f"{value:.0f}"
    if value >= 10:
        return f"{value:.1f}"
    return f"{value:.2f}"


def progress_line(position: int, count: int, run: Run) -> str:
    head = f"[{position:>3}/{count}] {run.scenario:<13} round {run.round_index + 1}  {run.peer:<22}"
    if run.metrics is None:
        return f"{head} FAILED: {run.failure}"
    return f"{head} {run_text(by_name(run.scenario), run.metrics)}"


def run_text(scenario: Scenario, metrics: Metrics) -> str:
    parts = []
    shown = ["rate", "cpu_per_unit", "p50_us", "p99_us"]
    if scenario.idle:
        shown += ["memory_per_pair", "memory_per_idle"]
    for name in shown:
        value = getattr(metrics, name)
        if value is None:
            continue
        label = "" if name in ("rate", "cpu_per_unit") else title(name) + " "
        parts.append(f"{label}{number(value)} {unit(name, scenario)}")
    if metrics.errors:
        parts.append(f"{metrics.errors} ERRORS")
    if metrics.is_load_saturated:
        parts.append("load core full")
    if metrics.is_disturbed or metrics.is_load_disturbed:
        parts.append("disturbed")
    return ", ".join(parts)


def scenario_text(summary: ScenarioSummary, subject: str) -> str:
    scenario = summary.scenario
    lines = ["", f"== {scenario.name}: {scenario.says}"]
    columns = [name for name in COLUMNS
               if any(figures.get(name) for figures in summary.figures.values())]
    rows = [["", *(title(name) for name in columns), "errors"],
            ["", *(unit(name, scenario) for name in columns), ""]]
    for peer, figures in summary.figures.items():
        cells = [cell(figures[name]) for name in columns]
        rows.append([peer, *cells, f"{summary.errors[peer]}"])
    widths = [max(len(row[index]) for row in rows) for index in range(len(rows[0]))]
    for row in rows:
        first = f"  {row[0]:<{widths[0]}}"
        lines.append(first + "".join(f"  {text:>{width}}" for text, width in zip(row[1:], widths[1:])))
    lines += [f"  {peer:<{widths[0]}}  skipped: {why}" for peer, why in summary.skipped.items()]
    lines += ["  " + describe_ratio(ratio, subject) for ratio in summary.ratios]
    for metric, peer, most in summary.unjudged:
        lines.append(f"  {title(metric) + f': {subject} / {peer}':<52}      -  limit {most:.2f}: not measured")
    for own in summary.own_limits:
        text = f"{title(own.metric)}: {own.peer}"
        lines.append(f"  {text:<52} {number(own.value)} {unit(own.metric, scenario)}"
                     f"  limit {number(own.most)}: {own.verdict}")
    lines += [f"  ! {note}" for note in summary.notes]
    return "\n".join(lines)


def cell(spread: Spread | None) -> str:
    """Median, and half the distance between the extremes as a share of it."""
    if spread is None:
        return "-"
    if spread.rounds < 2 or spread.median == 0:
        return number(spread.median)
    half = (spread.most - spread.least) / 2 / spread.median
    return f"{number(spread.median)} ±{half:.0%}"
