# What suites came to: read from the closing lines of their runners, summed, and shown as a table.
# Honest before hopeful: a suite without a closing line, or without a test, has failed.
# shellcheck shell=bash

passed=0 failed=0 skipped=0
passed_total=0 failed_total=0 skipped_total=0
table=()

# count_results RUNNER STATUS LOG: sets passed, failed and skipped of one suite.
count_results() {
    local runner=$1 status=$2 log=$3
    passed=0 failed=0 skipped=0
    "count_$runner" "$log" "$status"
    if [ $((passed + failed + skipped)) -eq 0 ]; then
        echo "no closing line of the runner, or no test: counted as failed"
        failed=1
    elif [ "$status" -ne 0 ] && [ "$failed" -eq 0 ]; then
        echo "exit code $status: counted as failed"
        failed=1
    fi
}

# "Test run with 12 tests in 3 suites passed after 0.1 seconds." counts the skipped ones, too.
count_swift() {
    local log=$1 total
    total=$(sed -n 's/.*Test run with \([0-9][0-9]*\) tests\{0,1\} .*\(passed\|failed\) after .*/\1/p' "$log" | tail -n 1)
    [ -n "$total" ] || return 0
    failed=$(grep '✘ Test .* failed after' "$log" | grep -c -v 'Test run with\|Test case' || true)
    skipped=$(grep -c '➜ Test .* skipped' "$log" || true)
    passed=$((total - failed - skipped))
}

# "=== 1 failed, 120 passed, 2 skipped, 3 deselected, 1 error in 12.34s ==="
count_pytest() {
    local closing
    closing=$(grep -E '^=+ .* in [0-9.]+s.* =+$' "$1" | tail -n 1 || true)
    passed=$(pytest_count passed "$closing")
    failed=$(($(pytest_count failed "$closing") + $(pytest_count 'errors\{0,1\}' "$closing")))
    skipped=$(pytest_count skipped "$closing")
}

pytest_count() {
    local count
    count=$(sed -n "s/.* \([0-9][0-9]*\) $1[ ,].*/\1/p" <<<"$2")
    echo "${count:-0}"
}

# A program that judges one thing says so in what it prints and in its exit code.
count_program() {
    local log=$1 status=$2
    [ -s "$log" ] || return 0
    if [ "$status" -eq 0 ]; then passed=1; else failed=1; fi
}

# note_suite NAME SECONDS: what was counted last is this suite's.
note_suite() {
    local result=passed
    [ "$failed" -eq 0 ] || result=FAILED
    passed_total=$((passed_total + passed))
    failed_total=$((failed_total + failed))
    skipped_total=$((skipped_total + skipped))
    note_line "$1" "$result" "$2" "$passed" "$failed" "$skipped"
    printf '== %s: %s, %d s\n' "$1" "$result" "$2"
}

# note_line NAME RESULT SECONDS [PASSED FAILED SKIPPED]
note_line() { table+=("$(row "$1" "$2" "${4-}" "${5-}" "${6-}" "$3 s")"); }

row() { printf '%-20s %-7s %8s %8s %8s %8s' "$@"; }

# Prints the table and the last line, and ends the script.
finish() {
    echo
    row suite result passed failed skipped time
    echo
    printf '%s\n' "${table[@]}"
    row total "" "$passed_total" "$failed_total" "$skipped_total" "$SECONDS s"
    printf '\n\n'
    # What failed is said again by name: the suites' own words may be far above, or not be kept.
    grep -haE '✘ Test .* (recorded an issue|failed after)|^(FAILED|ERROR) ' "$logs"/*.log | grep -v 'Test run with' || true
    echo "$passed_total passed, $failed_total failed, $skipped_total skipped" | tee "$logs/summary"
    if [ "$failed_total" -gt 0 ] || [ "$passed_total" -eq 0 ]; then exit 1; fi
    exit 0
}
