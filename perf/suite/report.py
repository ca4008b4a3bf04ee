"""One page of HTML with everything in it: plots, tables, machine. It asks for nothing from outside."""

import html
from pathlib import Path

from . import plots
from .metrics import TITLES, title, unit
from .runner import Run
from .summary import ScenarioSummary
from .text import COLUMNS, cell, number, run_text

STYLE = """
:root { color-scheme: light dark; --ground: #fff; --ink: #1c2024; --soft: #5f6b76; --rule: #d9dfe5;
  --grid: #e7ebef; --bar: #93a3b3; --subject: #0b6bcb; --within: #1a7f4b; --over: #c23616; }
@media (prefers-color-scheme: dark) { :root { --ground: #14181c; --ink: #e6eaee; --soft: #9aa6b2;
  --rule: #343c44; --grid: #262d34; --bar: #62717f; --subject: #5aa9f5; --within: #4cc38a;
  --over: #ff8066; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 2rem 1.25rem 4rem; max-width: 62rem; background: var(--ground);
  color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
h1 { font-size: 1.7rem; margin: 0 0 .3rem; } h2 { font-size: 1.25rem; margin: 3rem 0 .2rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .3rem; } p { margin: .3rem 0; } .soft { color: var(--soft); }
table { border-collapse: collapse; font-size: .87rem; font-variant-numeric: tabular-nums; }
.wide { overflow-x: auto; } th, td { padding: .3rem .7rem .3rem 0; text-align: right;
  border-bottom: 1px solid var(--rule); white-space: nowrap; vertical-align: top; }
th { font-weight: 600; color: var(--soft); } th:first-child, td:first-child { text-align: left; }
td.text { text-align: left; white-space: normal; } .within { color: var(--within); }
.over { color: var(--over); font-weight: 600; } ul { padding-left: 1.2rem; }
code { font-size: .9em; overflow-wrap: anywhere; } summary { cursor: pointer; color: var(--soft); }
svg { width: 100%; height: auto; max-width: 760px; display: block; font-size: 12.5px; }
svg text { fill: var(--ink); } svg .tick { fill: var(--soft); font-size: 11px; }
svg .grid { stroke: var(--grid); } svg .one { stroke: var(--soft); stroke-dasharray: 3 3; }
svg .whisker { stroke: var(--ink); stroke-width: 1.3; } svg .bar { fill: var(--bar); }
svg .subject { fill: var(--subject); } svg .limit { stroke: var(--over); stroke-width: 2; }
svg .dot { fill: var(--bar); } svg .dot.within { fill: var(--within); }
svg .dot.over { fill: var(--over); }
"""


def write(path: Path, facts: dict, summaries: list[ScenarioSummary], runs: list[Run]) -> None:
    path.write_text(page(facts, summaries, runs))


def text(value: object) -> str:
    return html.escape(str(value))


def page(facts: dict, summaries: list[ScenarioSummary], runs: list[Run]) -> str:
    subject = facts["subject"]
    parts = [
        "<!doctype html><html lang='en'><head><meta charset='utf-8'>"
        "<meta name='viewport' content='width=device-width, initial-scale=1'>"
        f"<title>Swivel compared, {text(facts['date'][:10])}</title><style>{STYLE}</style></head><body>",
        "<h1>Swivel compared</h1>",
        f"<p class='soft'>{text(facts['date'])} · {text(facts['processor'])}, "
        f"kernel {text(facts['kernel'])} · {facts['rounds']} rounds of {facts['seconds']:g} s</p>",
        reading_hints(subject),
        limits_section(summaries, subject),
    ]
    for summary in summaries:
        mine = [run for run in runs if run.scenario == summary.scenario.name]
        parts.append(scenario_section(summary, subject, mine))
    parts.append(machine_section(facts))
    parts.append("</body></html>\n")
    return "\n".join(parts)


def reading_hints(subject: str) -> str:
    return (
        "<p>Every proxy has one thread on one core, the load (client and server) another core. All "
        "peers are measured in each round, in rotating order. Bars are medians, whiskers reach from "
        f"the least to the most of the rounds. A ratio is {text(subject)} divided by the peer in the "
        "same round: below 1 it needs less. A red tick is a limit. Processor time includes the "
        "kernel's network thread (ksoftirqd) of that core; the whole core is shown beside it.</p>"
    )


def table(head: list[str], rows: list[list[str]]) -> str:
    """Cells are HTML already."""
    first = "".join(f"<th>{cell_text}</th>" for cell_text in head)
    # The last cell of a short row takes the room of those that are missing.
    body = ""
    for row in rows:
        spans = [""] * (len(row) - 1) + [f" class='text' colspan='{len(head) - len(row) + 1}'"]
        spans = spans if len(row) < len(head) else [""] * len(row)
        body += "<tr>" + "".join(f"<td{span}>{c}</td>" for span, c in zip(spans, row)) + "</tr>"
    return f"<div class='wide'><table><tr>{first}</tr>{body}</table></div>"


def limits_section(summaries: list[ScenarioSummary], subject: str) -> str:
    rows = []
    for summary in summaries:
        name = text(summary.scenario.name)
        for ratio in summary.ratios:
            if ratio.most is None:
                continue
            spread = ratio.spread
            rows.append([name, text(title(ratio.metric)), text(ratio.says(subject)),
                         f"{spread.median:.3f}", f"{spread.least:.3f} to {spread.most:.3f}",
                         f"{ratio.most:.2f}", verdict_text(ratio.verdict)])
        for metric, peer, most in summary.unjudged:
            rows.append([name, text(title(metric)), text(f"{subject} / {peer}"), "-", "", f"{most:.2f}",
                         "not measured"])
        for own in summary.own_limits:
            what = unit(own.metric, summary.scenario)
            rows.append([name, text(title(own.metric)), "itself", f"{number(own.value)} {what}", "",
                         f"{number(own.most)} {what}", verdict_text(own.verdict)])
    if not rows:
        return ""
    head = ["scenario", "figure", "", f"{text(subject)}", "spread", "limit", ""]
    return "<h2>Limits</h2>" + table(head, rows)


def verdict_text(verdict: str) -> str:
    return f"<span class='{verdict}'>{verdict}</span>"


def scenario_section(summary: ScenarioSummary, subject: str, runs: list[Run]) -> str:
    scenario = summary.scenario
    parts = [f"<h2>{text(scenario.name)}</h2><p class='soft'>{text(scenario.says)}</p>"]
    main, *others = scenario.compared
    # Percentiles have a plot of their own.
    second = [metric for metric in others if metric not in plots.MARKS][:1]
    parts += [plot_bars(summary, metric, subject) for metric in (main, *second)]
    parts.append(plot_latencies(summary, subject))
    parts.append(plot_ratios(summary, subject))
    parts.append("<h3>All figures</h3>" + figures_table(summary))
    if summary.notes:
        parts.append("<ul>" + "".join(f"<li>{text(note)}</li>" for note in summary.notes) + "</ul>")
    lines = "".join(
        f"<tr><td>{run.round_index + 1}</td><td class='text'>{text(run.peer)}</td><td class='text'>"
        + text(run_text(scenario, run.metrics) if run.metrics else f"failed: {run.failure}")
        + f"</td><td>{text(run.load.get('checksum', ''))}</td></tr>"
        for run in runs
    )
    parts.append("<details><summary>every run</summary><div class='wide'><table><tr><th>round</th>"
                 "<th class='text'>peer</th><th class='text'>figures</th><th>checksum</th></tr>"
                 f"{lines}</table></div></details>")
    return "\n".join(part for part in parts if part)


def plot_bars(summary: ScenarioSummary, metric: str, subject: str) -> str:
    rows = [
        plots.Row(peer, figures[metric], peer == subject,
                  next((own.most for own in summary.own_limits
                        if own.metric == metric and own.peer == peer), None))
        for peer, figures in summary.figures.items()
        if figures.get(metric) is not None
    ]
    if not rows:
        return ""
    what = unit(metric, summary.scenario)
    name = f"{title(metric)}, {what}"
    return f"<h3>{text(name[0].upper() + name[1:])}</h3>" + plots.bars(name, rows, what)


def plot_latencies(summary: ScenarioSummary, subject: str) -> str:
    rows = []
    for peer, figures in summary.figures.items():
        known = {metric: figures[metric] for metric in plots.MARKS if figures.get(metric)}
        if known:
            rows.append((peer, peer == subject, known))
    return "<h3>Latency</h3>" + plots.latencies("latency percentiles", rows) if rows else ""


def plot_ratios(summary: ScenarioSummary, subject: str) -> str:
    """Of the figure that has limits here, else of the scenario's main one."""
    metric = next((ratio.metric for ratio in summary.ratios if ratio.most is not None),
                  summary.scenario.compared[0])
    shown = [ratio for ratio in summary.ratios if ratio.metric == metric]
    if not shown:
        return ""
    rows = [plots.Row(ratio.peer, ratio.spread, False, ratio.most) for ratio in shown]
    inverse = [ratio.peer for ratio in shown if ratio.is_inverse]
    divided = f"peer divided by {subject}" if len(inverse) == len(shown) else f"{subject} divided by peer"
    if 0 < len(inverse) < len(shown):
        divided += f" ({', '.join(inverse)}: by {subject})"
    name = f"{title(metric)}: {divided}"
    return f"<h3>{text(name[0].upper() + name[1:])}</h3>" + plots.ratios(name, rows)


def figures_table(summary: ScenarioSummary) -> str:
    columns = [name for name in COLUMNS
               if any(figures.get(name) for figures in summary.figures.values())]
    head = ["peer", *(f"{text(TITLES[name][0])}<br>{text(unit(name, summary.scenario))}"
                      for name in columns), "errors"]
    rows = [[text(peer), *(text(cell(figures[name])) for name in columns),
             f"<span class='{'over' if summary.errors[peer] else ''}'>{summary.errors[peer]}</span>"]
            for peer, figures in summary.figures.items()]
    rows += [[text(peer), f"skipped: {text(why)}"] for peer, why in summary.skipped.items()]
    return table(head, rows)


def machine_section(facts: dict) -> str:
    shown = {
        "command": f"<code>{text(facts['command'])}</code>",
        "processor": f"{text(facts['processor'])}, {facts['cores']} cores, {facts['memory_gib']:g} GiB",
        "system": f"{text(facts['system'])}, kernel {text(facts['kernel'])}",
        "cores used": f"proxy {facts['proxy_core']} (of physical core {text(facts['proxy_core_siblings'])}), "
        f"load {facts['load_core']}, its server {facts['server_core']}",
        "network": text(facts["network"]),
        "time": f"{facts['rounds']} rounds of {facts['seconds']:g} s after {facts['warmup']:g} s of warm-up",
    }
    shown |= {text(name): text(version) for name, version in facts["versions"].items()}
    for option, value in facts["kernel_options"].items():
        shown[text(option)] = {True: "yes", False: "no", None: "unknown"}[value]
    if facts["absent"]:
        shown["absent"] = "<br>".join(text(reason) for reason in facts["absent"])
    rows = "".join(f"<tr><td>{name}</td><td class='text'>{value}</td></tr>" for name, value in shown.items())
    return f"<h2>Machine</h2><div class='wide'><table>{rows}</table></div>"
