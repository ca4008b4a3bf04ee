"""The command line of perf/compare."""

import argparse
import dataclasses
import datetime
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

from . import load_check, machine, namespace, text
from .accounting import Cores
from .errors import HarnessError, PeerMissing
from .limits import SUBJECT, Limits
from .peers import DIRECT, EVERYWHERE, ON_REQUEST, PEERS, Peer
from .programs import Programs, environment_program
from .runner import Plan, Run, run_scenario
from .scenarios import SCENARIOS, Scenario
from .summary import ScenarioSummary, as_plain, summarise

PERF = Path(__file__).resolve().parent.parent
PROJECT = PERF.parent

EXIT_FAILED = 1
EXIT_INTERRUPTED = 130

# What a run takes beside warm-up and measurement, for the estimate only.
STARTING_SECONDS = 0.6


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="perf/compare",
        description="Measures Swivel and its peers in turn, with the same load, in a private network.",
        epilog="perf/README.md says what every figure means and how far to trust it.",
    )
    add = parser.add_argument
    add("--quick", action="store_true", help="one round of one second: a look, not a result")
    add("--scenarios", metavar="A,B",
        help="which ones [all]; tcp, http or websocket: all of that kind; --list shows them")
    add("--peers", metavar="A,B", help="which proxies [all]; --list shows them")
    add("--rounds", type=int, metavar="N", help="rounds of every scenario [5]")
    add("--seconds", type=float, metavar="S", help="measured time of a run [2]")
    add("--warmup", type=float, metavar="S", help="load before it is measured [1, quick 0.3]")
    add("--swivel", metavar="PATH", default=str(PROJECT / ".build/release/swivel"))
    add("--swivel-flags", metavar="FLAGS", default="", help="added to Swivel's, e.g. '--spin off'")
    add("--haproxy", metavar="PATH", default="haproxy")
    add("--nginx", metavar="PATH", default="nginx")
    add("--envoy", metavar="PATH", default=environment_program("envoy"))
    add("--load", metavar="PATH", help="swivel-load [.build/release/swivel-load, else compiled by cc]")
    add("--cores", metavar="A,B[,C]", help="core of the proxy, of the load, and a third for its server [the first two]")
    add("--subject", metavar="PEER", default=SUBJECT, help=f"whose ratios are shown [{SUBJECT}]")
    add("--report", metavar="FILE", help="write one HTML page with plots")
    add("--json", metavar="FILE", help="raw results [perf/results/DATE.json]")
    add("--self-test", action="store_true",
        help="check that the load sees a relay's faults, and end")
    add("--list", action="store_true", help="show scenarios, peers and limits, and end")
    options = parser.parse_args(arguments)
    options.rounds = options.rounds or (1 if options.quick else 5)
    options.seconds = options.seconds or (1.0 if options.quick else 2.0)
    options.warmup = options.warmup if options.warmup is not None else (0.3 if options.quick else 1.0)
    if options.rounds < 1 or options.seconds < 0.1 or options.warmup < 0:
        parser.error("--rounds is at least 1, --seconds at least 0.1, --warmup at least 0")
    return options


def chosen(wanted: str | None, known: list, kind: str, extra: tuple = ()) -> list:
    """The named ones, in the order in which they are known."""
    if wanted is None:
        return list(known)
    names = [name.strip() for name in wanted.split(",") if name.strip()]
    everything = [*known, *extra]
    for name in names:
        if name not in [one.name for one in everything]:
            all_names = ", ".join(one.name for one in everything)
            raise HarnessError(f"{name} is no {kind}; there are {all_names}")
    return [one for one in everything if one.name in names]


def with_kinds(wanted: str | None) -> str | None:
    """A kind stands for all its scenarios."""
    if wanted is None:
        return None
    kinds = {one.kind: [other.name for other in SCENARIOS if other.kind == one.kind] for one in SCENARIOS}
    return ",".join(",".join(kinds.get(name.strip(), [name])) for name in wanted.split(","))


def chosen_cores(wanted: str | None) -> Cores:
    usable = sorted(os.sched_getaffinity(0))
    if wanted is None:
        if len(usable) < 2:
            raise HarnessError("two cores are needed, one for the proxy and one for the load; "
                               f"this process may use {len(usable)}")
        return Cores(proxy=usable[0], load=usable[1], server=usable[1])
    try:
        proxy, load, *rest = (int(core) for core in wanted.split(","))
        server = rest[0] if rest else load
    except ValueError:
        raise HarnessError(f"--cores {wanted}: core numbers are needed, such as 0,1 or 0,1,2") from None
    if proxy in (load, server) or len(rest) > 1 or not {proxy, load, server} <= set(usable):
        raise HarnessError(f"--cores {wanted}: two or three of {usable} are needed, the proxy's "
                           "different from the others")
    return Cores(proxy, load, server)


def load_program(wanted: str | None, folder: Path) -> Path:
    built = Path(wanted) if wanted else PROJECT / ".build/release/swivel-load"
    if built.exists():
        newest = max(file.stat().st_mtime for file in (PERF / "load").iterdir())
        if wanted is None and newest > built.stat().st_mtime:
            print("! .build/release/swivel-load is older than its source: `make build`", file=sys.stderr)
        return built.resolve()
    if wanted:
        raise HarnessError(f"--load {wanted}: no such file")
    compiler = shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        raise HarnessError("the load generator is not built: `make build` makes it")
    program = folder / "swivel-load"
    sources = [str(file) for file in sorted((PERF / "load").glob("*.c"))]
    print("swivel-load is not built yet; compiling it for this run", file=sys.stderr)
    subprocess.run([compiler, "-O2", "-o", str(program), *sources], check=True)
    return program


def present(
    peers: list[Peer], programs: Programs
) -> tuple[list[Peer], dict[str, str], dict[Peer, str]]:
    """Who can take part, their versions, and why the others cannot."""
    here, versions, absent = [], {}, {}
    for peer in peers:
        if peer is DIRECT:
            here.append(peer)
            continue
        try:
            versions[peer.program] = programs.version(peer)
            here.append(peer)
        except (PeerMissing, OSError, subprocess.SubprocessError) as reason:
            absent[peer] = str(reason)
    return here, versions, absent


def show_list(limits: Limits) -> None:
    print("scenarios")
    for scenario in SCENARIOS:
        print(f"  {scenario.name:<22} {scenario.says} ({scenario.group.value})")
    print("peers")
    for peer in PEERS:
        groups = "" if set(EVERYWHERE) <= set(peer.groups) else ", ".join(g.value for g in peer.groups)
        print(f"  {peer.name:<22} {peer.says}" + (f" ({groups})" if groups else ""))
    for peer in ON_REQUEST:
        print(f"  {peer.name:<22} {peer.says} (only where it is named)")
    print("limits (limits.json): swivel / peer at most; its own figure at most")
    for row in limits.ratios:
        peers = ", ".join(f"{peer} {most:.2f}" for peer, most in row["most"].items())
        print(f"  {', '.join(row['scenarios']):<26} {row['metric']:<16} {peers}")
    for row in limits.figures:
        print(f"  {', '.join(row['scenarios']):<26} {row['metric']:<16} itself {row['most']:g}")


def writable(path: Path) -> Path:
    """Found out before the measurement, not after it."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as failure:
        raise HarnessError(f"{path} cannot be written: {failure.strerror}") from failure
    if path.is_dir() or not os.access(path if path.exists() else path.parent, os.W_OK):
        raise HarnessError(f"{path} cannot be written: a file in a writable folder is needed")
    return path


def write_json(path: Path, facts: dict, runs: list[Run], summaries: list[ScenarioSummary]) -> None:
    whole = {
        "machine": facts,
        "summaries": [as_plain(summary) for summary in summaries],
        "runs": [dataclasses.asdict(run) for run in runs],
    }
    path.write_text(json.dumps(whole, indent=1) + "\n")
    print(f"\nraw results: {path}", file=sys.stderr)


def compare(options: argparse.Namespace) -> int:
    limits = Limits()
    if options.list:
        show_list(limits)
        return 0
    scenarios: list[Scenario] = chosen(with_kinds(options.scenarios), SCENARIOS, "scenario")
    wanted = chosen(options.peers, PEERS, "peer", ON_REQUEST)
    chosen(options.subject, PEERS, "peer")
    if options.peers is not None:
        wanted = [peer.everywhere() for peer in wanted]
    cores = chosen_cores(options.cores)
    namespace.enter(str(PERF / "compare"), sys.argv[1:])

    if options.self_test:
        with tempfile.TemporaryDirectory(prefix="swivel-perf-") as folder:
            return load_check.main(load_program(options.load, Path(folder)))

    programs = Programs(Path(options.swivel), options.haproxy, options.nginx, options.envoy,
                        tuple(options.swivel_flags.split()))
    peers, versions, absent = present(wanted, programs)
    for peer, reason in absent.items():
        print(f"! {peer.name} is skipped: {reason}", file=sys.stderr)
    if not peers:
        raise HarnessError("no peer is left to measure")

    # The suite itself sleeps while a run goes on; what it does runs beside the load.
    os.sched_setaffinity(0, {cores.load})
    now = datetime.datetime.now().strftime("%Y%m%d-%H%M%S")
    results = writable(Path(options.json or PERF / "results" / f"{now}.json"))
    if options.report:
        writable(Path(options.report))

    facts = machine.describe(versions, cores) | {
        "rounds": options.rounds, "seconds": options.seconds, "warmup": options.warmup,
        "absent": [f"{peer.name} is skipped: {reason}" for peer, reason in absent.items()],
        "subject": options.subject,
    }
    runs: list[Run] = []
    summaries: list[ScenarioSummary] = []
    with tempfile.TemporaryDirectory(prefix="swivel-perf-") as folder:
        program = load_program(options.load, Path(folder))
        plan = Plan(scenarios, peers, options.rounds, options.warmup, options.seconds,
                    cores, program, programs)

        count = plan.run_count()
        minutes = count * (options.warmup + options.seconds + STARTING_SECONDS) / 60
        print(f"{count} runs, about {minutes:.0f} minutes", file=sys.stderr)

        def progress(run: Run) -> None:
            runs.append(run)
            print(text.progress_line(len(runs), count, run), file=sys.stderr, flush=True)

        for scenario in scenarios:
            run = run_scenario(plan, scenario, progress)
            summaries.append(summarise(run, peers, runs, options.subject, limits, absent))
            print(text.scenario_text(summaries[-1], options.subject), "\n", flush=True)
    write_json(results, facts, runs, summaries)
    if options.report:
        from . import report
        report.write(Path(options.report), facts, summaries, runs)
        print(f"report: {options.report}", file=sys.stderr)
    return EXIT_FAILED if any(run.failure for run in runs) else 0


def main() -> int:
    def interrupt(*_: object) -> None:
        # Once: a second one must not cut short what the first one has begun to clean up.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)
    try:
        return compare(parse(sys.argv[1:]))
    except HarnessError as failure:
        print(f"perf/compare: {failure}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        print("perf/compare: interrupted; everything it started has ended", file=sys.stderr)
        return EXIT_INTERRUPTED
