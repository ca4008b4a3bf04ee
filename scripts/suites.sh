# How a suite is run: shown while it runs, kept in .build/tests, bounded in time, and counted.
# shellcheck shell=bash

. scripts/results.sh

logs=.build/tests
# A suite that hangs must not hang the run for ever. The slowest needs ten minutes on two idle cores, and a
# machine that is several times slower, or shared, is no fault of the suite.
suite_seconds=3600
running=

mkdir -p "$logs"
rm -f "$logs"/*
trap 'stop_running; exit 130' INT TERM

stop_running() { [ -z "$running" ] || kill -TERM "$running" 2>/dev/null || true; }

# suite NAME RUNNER COMMAND...: runs a suite, and counts what the closing line of its runner says.
suite() {
    local name=$1 runner=$2 log="$logs/$1.log" began=$SECONDS status=0
    shift 2
    printf '\n== %s\n' "$name"
    : >"$log" # Before whoever follows it looks for it.
    # Straight into its file: a pipe would stay open as long as anything that the suite left behind. A
    # shell's background jobs ignore Ctrl-C, which the programs under test must not inherit.
    env --default-signal=INT,QUIT timeout --kill-after=10 "$suite_seconds" "$@" >"$log" 2>&1 &
    running=$!
    tail --sleep-interval=0.2 --lines=+1 --follow --pid="$running" "$log" &
    local shown=$!
    wait "$running" || status=$?
    running=
    wait "$shown" || true
    [ "$status" -ne 124 ] || echo "not over after $suite_seconds seconds"
    count_results "$runner" "$status" "$log"
    note_suite "$name" $((SECONDS - began))
}

# build_step NAME COMMAND...: builds what the next suites need.
build_step() {
    local name=$1 began=$SECONDS result=built
    shift
    printf '\n== %s\n' "$name"
    "$@" 2>&1 | tee "$logs/$name.log" || result=FAILED
    note_line "$name" "$result" $((SECONDS - began))
    [ "$result" = built ]
}

# not_run NAME: a suite whose build failed has failed, rather than gone missing.
not_run() {
    passed=0 failed=1 skipped=0
    note_suite "$1" 0
}
