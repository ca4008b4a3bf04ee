"""The audit's own test: it must find what is there, and find nothing where nothing is."""

import shutil
import subprocess
import tempfile
from pathlib import Path

from .audit import Pattern, audit, show
from .errors import HarnessError

HEAD = """
#include <stdlib.h>
#define KEPT __attribute__((noinline, used))
extern int sink;
int sink;
"""
# Each program: its source, and what the audit is to find as (entry, forbidden function).
PROGRAMS = {
    "an allocation two calls away is found": (
        "KEPT static void *third(int n) { void *p = malloc(n); sink++; return p; }"
        "KEPT static void *second(int n) { void *p = third(n + sink); sink++; return p; }"
        "KEPT void hot(int n) { sink += second(n) != NULL; }"
        "int main(int count, char **a) { (void)a; hot(count); return sink; }",
        [("hot", "malloc")],
    ),
    "an allocation behind a tail jump is found": (
        "KEPT static void *second(int n) { return malloc(n + sink); }"
        "KEPT void *hot(int n) { return second(n * 2); }"
        "int main(int count, char **a) { (void)a; return hot(count) != NULL; }",
        [("hot", "malloc")],
    ),
    "an allocation off the hot path is left alone": (
        "KEPT void hot(int n) { sink += n; }"
        "KEPT static void *setup(int n) { return malloc(n); }"
        "int main(int count, char **a) { (void)a; hot(count); return setup(count) != NULL; }",
        [],
    ),
    "a cold exit is not followed": (
        "KEPT static void cold(int n) { sink += malloc(n) != NULL; }"
        "KEPT void hot(int n) { if (n > 5) cold(n); sink += n; }"
        "int main(int count, char **a) { (void)a; hot(count); return sink; }",
        [],
    ),
}


def compile_program(source: str, folder: Path) -> Path:
    compiler = shutil.which("cc") or shutil.which("clang")
    if compiler is None:
        raise HarnessError("--self-test needs a C compiler (cc or clang)")
    file, program = folder / "sample.c", folder / "sample"
    file.write_text(HEAD + source)
    subprocess.run([compiler, "-O2", "-o", str(program), str(file)], check=True)
    return program


def patterns(*regexes: str) -> list[Pattern]:
    import re

    return [Pattern(re.compile(regex), "test") for regex in regexes]


def main() -> int:
    failures = 0
    with tempfile.TemporaryDirectory(prefix="swivel-audit-") as name:
        for says, (source, expected) in PROGRAMS.items():
            program = compile_program(source, Path(name))
            outcome = audit(program, patterns("^hot$"), patterns("^cold$"))
            found = [(outcome.name(f.path[0]), outcome.name(f.path[-1])) for f in outcome.findings]
            failures += not told(says, found == expected, f"expected {expected}, found {found}")

        hot = patterns("^no_such_function$")
        program = compile_program(PROGRAMS["a cold exit is not followed"][0], Path(name))
        code = show(audit(program, hot, []), hot, [], shows_all=False)
        failures += not told("a hot pattern without a function fails", code == 1, f"exit code {code}")
    print("the audit works" if failures == 0 else f"{failures} checks failed")
    return 1 if failures else 0


def told(says: str, holds: bool, otherwise: str) -> bool:
    print(f"{'ok  ' if holds else 'FAIL'}  {says}" + ("" if holds else f": {otherwise}"))
    return holds
