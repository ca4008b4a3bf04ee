"""Plots as inline SVG. Colours are classes, so that the page's style serves light and dark."""

import html
import math
from dataclasses import dataclass

from .metrics import Spread
from .text import number

WIDTH = 760
LABEL_WIDTH = 170
VALUE_WIDTH = 110
ROW_HEIGHT = 28
TOP = 6
AXIS_HEIGHT = 26
PLOT_WIDTH = WIDTH - LABEL_WIDTH - VALUE_WIDTH


@dataclass(frozen=True)
class Row:
    label: str
    spread: Spread
    is_subject: bool
    most: float | None = None  # a limit, drawn as a tick


def svg(height: float, title: str, body: list[str]) -> str:
    return (
        f'<svg viewBox="0 0 {WIDTH} {height:g}" role="img" aria-label="{html.escape(title)}">'
        + "".join(body) + "</svg>"
    )


def words(x: float, y: float, content: str, anchor: str = "start", style: str = "") -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="{style}">'
            f"{html.escape(content)}</text>")


def line(x1: float, y1: float, x2: float, y2: float, style: str) -> str:
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{style}"/>'


def whisker(x1: float, x2: float, y: float) -> list[str]:
    ends = [line(x, y - 4, x, y + 4, "whisker") for x in (x1, x2)]
    return [line(x1, y, x2, y, "whisker"), *ends]


def nice_steps(top: float, count: int = 5) -> list[float]:
    """Round numbers from 0 to at least `top`."""
    rough = top / count
    size = 10 ** math.floor(math.log10(rough))
    step = next(size * factor for factor in (1, 2, 2.5, 5, 10) if size * factor >= rough)
    steps = [0.0]
    while steps[-1] < top:
        steps.append(steps[-1] + step)
    return steps


def short(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:g}"


def bars(title: str, rows: list[Row], unit: str) -> str:
    """A bar for each median, a whisker from the least to the most of its rounds."""
    steps = nice_steps(max(row.spread.most for row in rows) or 1)
    bottom = TOP + ROW_HEIGHT * len(rows)

    def x(value: float) -> float:
        return LABEL_WIDTH + value / steps[-1] * PLOT_WIDTH

    body = []
    for step in steps:
        body.append(line(x(step), TOP, x(step), bottom, "grid"))
        body.append(words(x(step), bottom + 16, short(round(step, 6)), "middle", "tick"))
    body.append(words(WIDTH, bottom + 16, unit, "end", "tick"))
    for index, row in enumerate(rows):
        middle = TOP + ROW_HEIGHT * (index + 0.5)
        style = "bar subject" if row.is_subject else "bar"
        width = max(x(row.spread.median) - LABEL_WIDTH, 0)
        body.append(words(LABEL_WIDTH - 10, middle + 4, row.label, "end"))
        body.append(f'<rect x="{LABEL_WIDTH}" y="{middle - 8:.1f}" width="{width:.1f}" height="16" '
                    f'class="{style}"/>')
        body += whisker(x(row.spread.least), x(row.spread.most), middle)
        body.append(words(max(x(row.spread.most), x(row.spread.median)) + 8, middle + 4,
                          number(row.spread.median), "start", "value"))
        if row.most is not None:
            body.append(line(x(row.most), middle - 12, x(row.most), middle + 12, "limit"))
    return svg(bottom + AXIS_HEIGHT, title, body)


def ratios(title: str, rows: list[Row]) -> str:
    """A dot for each median ratio, its range, and its limit as a tick; below 1 the subject wins."""
    top = nice_steps(max(1.1, *(max(row.spread.most, row.most or 0) for row in rows)))
    bottom = TOP + ROW_HEIGHT * len(rows)

    def x(value: float) -> float:
        return LABEL_WIDTH + value / top[-1] * PLOT_WIDTH

    body = []
    for step in top:
        body.append(line(x(step), TOP, x(step), bottom, "grid"))
        body.append(words(x(step), bottom + 16, short(round(step, 6)), "middle", "tick"))
    body.append(line(x(1), TOP, x(1), bottom, "one"))
    for index, row in enumerate(rows):
        middle = TOP + ROW_HEIGHT * (index + 0.5)
        style = "dot" if row.most is None else (
            "dot within" if row.spread.median <= row.most else "dot over")
        body.append(words(LABEL_WIDTH - 10, middle + 4, row.label, "end"))
        body += whisker(x(row.spread.least), x(row.spread.most), middle)
        if row.most is not None:
            body.append(line(x(row.most), middle - 10, x(row.most), middle + 10, "limit"))
        body.append(f'<circle cx="{x(row.spread.median):.1f}" cy="{middle:.1f}" r="5.5" class="{style}"/>')
        verdict = "" if row.most is None else f" / {row.most:.2f}"
        body.append(words(WIDTH, middle + 4, f"{row.spread.median:.2f}{verdict}", "end", "value"))
    return svg(bottom + AXIS_HEIGHT, title, body)


MARKS = {
    "p50_us": ("p50", '<circle cx="{x:.1f}" cy="{y:.1f}" r="5" class="{style}"/>'),
    "p99_us": ("p99", '<rect x="{left:.1f}" y="{top:.1f}" width="9" height="9" class="{style}"/>'),
    "p999_us": ("p99.9", '<path d="M{x:.1f} {top:.1f}l5.5 9.5h-11z" class="{style}"/>'),
}


def mark(metric: str, x: float, y: float, style: str) -> str:
    return MARKS[metric][1].format(x=x, y=y, left=x - 4.5, top=y - 4.5, style=style)


def latencies(title: str, rows: list[tuple[str, bool, dict[str, Spread]]]) -> str:
    """Percentiles of each peer on one logarithmic axis, in us."""
    values = [spread.median for _, _, by_metric in rows for spread in by_metric.values()]
    low = math.floor(math.log10(max(min(values), 0.1)))
    high = math.ceil(math.log10(max(values) * 1.02))
    high = max(high, low + 1)
    bottom = TOP + ROW_HEIGHT * len(rows)

    def x(value: float) -> float:
        return LABEL_WIDTH + (math.log10(max(value, 0.1)) - low) / (high - low) * PLOT_WIDTH

    body = []
    for decade in range(low, high + 1):
        for factor in (1, 2, 5):
            value = factor * 10.0**decade
            if decade == high and factor > 1:
                continue
            body.append(line(x(value), TOP, x(value), bottom, "grid"))
            body.append(words(x(value), bottom + 16, short(value), "middle", "tick"))
    body.append(words(WIDTH, bottom + 16, "us, log scale", "end", "tick"))
    for index, (label, is_subject, by_metric) in enumerate(rows):
        middle = TOP + ROW_HEIGHT * (index + 0.5)
        places = [x(spread.median) for spread in by_metric.values()]
        body.append(words(LABEL_WIDTH - 10, middle + 4, label, "end"))
        body.append(line(min(places), middle, max(places), middle, "whisker"))
        for metric, spread in by_metric.items():
            style = "bar subject" if is_subject else "bar"
            body.append(mark(metric, x(spread.median), middle, style))
    legend = bottom + AXIS_HEIGHT + 12
    place = float(LABEL_WIDTH)
    for metric, (name, _) in MARKS.items():
        body.append(mark(metric, place + 5, legend - 4, "bar"))
        body.append(words(place + 16, legend, name, "start", "tick"))
        place += 70
    return svg(legend + 8, title, body)
