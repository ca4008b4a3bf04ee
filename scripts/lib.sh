# What the scripts beside this one share: where they run, how they speak, and the flags of the release.
# shellcheck shell=bash

cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

# The crash handler's child can outlive a test and hold its output open.
export SWIFT_BACKTRACE=enable=no
export PYTHONDONTWRITEBYTECODE=1

venv=.build/venv
# Named in perf/suite/programs.py as well.
perf_venv=.build/venv-perf
release_flags=(-c release --static-swift-stdlib --explicit-target-dependency-import-check error)

say() { printf '%s\n' "$*" >&2; }

die() {
    say "$0: $*"
    exit 1
}
