"""Nothing on the hot path allocates, counts references or asks a type who it is: checked in the
machine code that was built, where no optimiser's promise is taken on trust."""

import argparse
import re
import sys
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from . import callgraph
from .callgraph import CallGraph
from .errors import HarnessError

PERF = Path(__file__).resolve().parent.parent

# What must not be reached, by kind, matched against the whole raw symbol.
FORBIDDEN = {
    "allocates": (
        r"malloc|calloc|realloc|reallocarray|posix_memalign|aligned_alloc|memalign|valloc|pvalloc"
        r"|strdup|strndup|asprintf|vasprintf|__libc_(?:malloc|calloc|realloc|memalign)"
        r"|_Zn[wa]\w+|swift_alloc\w+|swift_slowAlloc\w*|swift_makeBoxUnique|swift_deallocBox"
        r"|swift_bufferAllocate\w*|swift_coroFrameAlloc|swift_task_alloc\w*"
        r"|__swift_allocate_value_buffer"
    ),
    "counts references": (
        r"_?swift_\w*(?:[rR]etain|[rR]elease)\w*|swift_weak\w+|swift_unowned\w+"
        r"|swift_isUniquelyReferenced\w+|swift_bridgeObject\w+"
    ),
    "checks exclusive access": r"swift_(?:begin|end)Access\w*",
    "initialises lazily": r"swift_once\w*",
    "handles an existential or unspecialised generic": (
        r"swift_getWitnessTable\w*|swift_getAssociated\w+|swift_conformsToProtocol\w*"
        r"|swift_dynamicCast\w*|swift_getGenericMetadata\w*|swift_getTypeByMangledName\w*"
        r"|swift_getOpaqueType\w+|swift_getSingletonMetadata|swift_checkMetadataState"
        r"|swift_get(?:Tuple|Function|Existential|Metatype)\w*Metadata\w*|swift_projectBox"
        r"|__swift_(?:mutable_)?project_boxed_opaque_existential\w*|__swift_project_value_buffer"
        r"|__swift_destroy_boxed_opaque_existential\w*|__swift_assign_boxed_opaque_existential\w*"
        r"|__swift_instantiate\w+"
        # Outlined copies, moves and destroys (WO.) of a value of protocol type (_p).
        r"|\$s.*_p(?:Sg)?WO\w"
    ),
}
FORBIDDEN_PATTERNS = {kind: re.compile(pattern) for kind, pattern in FORBIDDEN.items()}
SHOWN_MAX = 40


@dataclass
class Pattern:
    regex: re.Pattern
    reason: str
    matches: int = 0


@dataclass
class Finding:
    kind: str
    path: list[int]  # from a hot entry to the forbidden function


@dataclass
class Outcome:
    entries: list[int]
    reached: list[int]
    findings: list[Finding]
    graph: CallGraph
    readable: dict[str, str]

    def name(self, node: int) -> str:
        names = self.graph.functions[node].names
        return self.readable.get(names[0], names[0])


def read_patterns(file: Path, needs_reason: bool) -> list[Pattern]:
    """One regular expression a line; after ` -- ` the reason. `#` opens a comment line."""
    patterns = []
    try:
        lines = file.read_text().splitlines()
    except OSError as failure:
        raise HarnessError(f"{file.name} cannot be read: {failure.strerror}") from failure
    for number, line in enumerate(lines, 1):
        if not line.strip() or line.startswith("#"):
            continue
        regex, _, reason = line.partition(" -- ")
        if needs_reason and not reason.strip():
            raise HarnessError(f"{file.name}:{number}: the reason is missing; REGEX -- REASON is needed")
        try:
            patterns.append(Pattern(re.compile(regex.strip()), reason.strip()))
        except re.error as failure:
            raise HarnessError(f"{file.name}:{number}: no regular expression: {failure}") from failure
    return patterns


def audit(program: Path, hot: list[Pattern], cold: list[Pattern]) -> Outcome:
    graph = callgraph.read(program)
    readable = callgraph.demangle(graph.names_everywhere())

    def names(node: int) -> list[str]:
        raw = graph.functions[node].names
        return raw + [readable[name] for name in raw if name in readable]

    entries = []
    for pattern in hot:
        found = [node for node, function in graph.functions.items()
                 if function.size > 0 and any(map(pattern.regex.search, names(node)))]
        pattern.matches = len(found)
        entries += [node for node in found if node not in entries]

    cold_by_node: dict[int, bool] = {}

    def is_cold(node: int) -> bool:
        if node not in cold_by_node:
            cold_by_node[node] = False
            for pattern in cold:
                if any(map(pattern.regex.search, names(node))):
                    pattern.matches += 1
                    cold_by_node[node] = True
                    break
        return cold_by_node[node]

    # Breadth first: the path shown is a shortest one.
    came_from: dict[int, int | None] = {entry: None for entry in entries}
    queue = deque(entries)
    findings = []
    while queue:
        node = queue.popleft()
        for callee in sorted(graph.functions[node].callees):
            kind = forbidden_kind(graph.functions[callee].names)
            if kind is not None:
                findings.append(Finding(kind, path_to(came_from, node) + [callee]))
            elif callee not in came_from and not is_cold(callee):
                came_from[callee] = node
                queue.append(callee)
    return Outcome(entries, list(came_from), findings, graph, readable)


def forbidden_kind(names: list[str]) -> str | None:
    for kind, pattern in FORBIDDEN_PATTERNS.items():
        if any(map(pattern.fullmatch, names)):
            return kind
    return None


def path_to(came_from: dict[int, int | None], node: int) -> list[int]:
    path = [node]
    while (before := came_from[path[-1]]) is not None:
        path.append(before)
    return path[::-1]


def show(outcome: Outcome, hot: list[Pattern], cold: list[Pattern], shows_all: bool) -> int:
    """Prints what was found; answers the exit code."""
    vacuous = [pattern for pattern in hot if pattern.matches == 0]
    for pattern in vacuous:
        print(f"hot-paths.txt: no function matches {pattern.regex.pattern}: it was renamed, or "
              "inlined into its caller; name what is there now")
    for pattern in cold:
        if pattern.matches == 0:
            print(f"cold-paths.txt: nothing reached matches {pattern.regex.pattern} (note)")

    findings = outcome.findings
    for finding in findings if shows_all else findings[:SHOWN_MAX]:
        print(f"\n{outcome.name(finding.path[-2])} {finding.kind}: {outcome.name(finding.path[-1])}")
        for depth, node in enumerate(finding.path):
            print(f"  {'  ' * depth}{outcome.name(node)}")
    if len(findings) > SHOWN_MAX and not shows_all:
        print(f"\n... and {len(findings) - SHOWN_MAX} more; --all shows them")

    indirect = [node for node in outcome.reached if outcome.graph.functions[node].indirect_calls]
    if indirect:
        print(f"\n{len(indirect)} functions call through a pointer, which is not followed (note):")
        for node in indirect if shows_all else indirect[:SHOWN_MAX]:
            print(f"  {outcome.graph.functions[node].indirect_calls:>3}  {outcome.name(node)}")
    exits = sum(pattern.matches for pattern in cold)
    print(f"\n{len(outcome.entries)} hot entries, {len(outcome.reached)} functions reached, "
          f"{exits} cold exits not followed, {len(findings)} forbidden calls")
    return 1 if findings or vacuous or not hot else 0


def main() -> int:
    parser = argparse.ArgumentParser(
        prog="perf/audit",
        description="Fails where the hot path can reach an allocation, a reference count, or the like.",
    )
    parser.add_argument("program", nargs="?", type=Path,
                        default=PERF.parent / ".build/release/swivel",
                        help="unstripped executable [.build/release/swivel]")
    parser.add_argument("--hot", type=Path, default=PERF / "hot-paths.txt", metavar="FILE")
    parser.add_argument("--cold", type=Path, default=PERF / "cold-paths.txt", metavar="FILE")
    parser.add_argument("--all", action="store_true", help="show every finding")
    parser.add_argument("--find", metavar="REGEX", help="list functions by readable name, and end")
    parser.add_argument("--self-test", action="store_true",
                        help="check the audit itself on two small programs")
    options = parser.parse_args()
    try:
        if options.self_test:
            from . import audit_check
            return audit_check.main()
        if options.find:
            return find(options.program, options.find)
        hot = read_patterns(options.hot, needs_reason=False)
        cold = read_patterns(options.cold, needs_reason=True)
        return show(audit(options.program, hot, cold), hot, cold, options.all)
    except HarnessError as failure:
        print(f"perf/audit: {failure}", file=sys.stderr)
        return 2


def find(program: Path, pattern: str) -> int:
    graph = callgraph.read(program)
    readable = callgraph.demangle(graph.names_everywhere())
    for name in sorted({readable.get(name, name) for name in graph.names_everywhere()}):
        if re.search(pattern, name):
            print(name)
    return 0
