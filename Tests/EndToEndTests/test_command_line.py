"""The command line: what is wrong is named with what would be right, and what is asked is answered."""

import re
import socket

import pytest

from harness.swivel import LISTENING, named_error

VALID = ["--mode", "tcp", "--bind", "127.0.0.1:0", "--server", "127.0.0.1:9"]
SERVER = ["--mode", "tcp", "--server", "127.0.0.1:9"]
BIND = ["--mode", "tcp", "--bind", "127.0.0.1:0"]
FLAGS = """--test --dump-config --workers --cpu-affinity --engine --pid --rlimit-nofile --ring-entries --buffers
    --buffer-size --spin --splice --graceful-timeout --bind --mode --maxconn --frontend-maxconn --backend --server
    --balance --retries --timeout-connect --timeout-tunnel --timeout-half-close --log-level --error-logfile
    --access-logfile --access-log-format --access-log-sample --access-log-min-status
    --forwarded --trusted-proxies --request-id --via --real-ip --backend-profile --reuse --reuse-idle --reuse-max
    --retry-on --retry-budget --timeout-http-request --timeout-body-idle --timeout-client --timeout-keep-alive
    --timeout-server --min-rate --limit-request-line --limit-request-fields --limit-request-field-size --limit-head
    --max-body --request-buffering --response-buffering --version --build-info --help""".split()
VALUES_WRONG = [
    ("--workers", "0"), ("--workers", "many"), ("--cpu-affinity", "first"), ("--engine", "kqueue"),
    ("--rlimit-nofile", "-5"), ("--buffers", "0"), ("--buffer-size", "4q"), ("--spin", "slowly"), ("--splice", "maybe"),
    ("--graceful-timeout", "soon"), ("--maxconn", "none"), ("--balance", "fair"), ("--retries", "-1"),
    ("--timeout-connect", "3x"), ("--timeout-tunnel", ""), ("--log-level", "loud"), ("--access-log-format", "xml"),
    ("--mode", "udp"), ("--forwarded", "maybe"), ("--trusted-proxies", "10.0.0.1/8"), ("--request-id", "Host"),
    ("--reuse", "often"), ("--retry-on", "502"), ("--retry-budget", "101"), ("--limit-head", "1"),
    ("--access-log-sample", "0"), ("--backend-profile", "gunicorn-eventlet"),
]
ADDRESSES_WRONG = [
    "127.0.0.1", "127.0.0.1:http:80", "127.0.0.1:65536", "127.0.0.1:-1", "256.0.0.1:80", "[::1:80", "[::g]:80", "unix:",
    f"unix:/{'x' * 108}", "127.0.0.1:80,colour=red", "127.0.0.1:80,maxconn=few", "",
]


def assert_usage_error(outcome, *mentions):
    assert outcome.returncode == 64, outcome.stderr
    assert outcome.stdout == ""
    wrong, right = named_error(outcome)
    assert re.search(LISTENING, outcome.stderr, re.MULTILINE) is None, "something was started"
    for mention in mentions:
        assert mention in f"{wrong}; {right}", outcome.stderr


@pytest.mark.parametrize("typo, meant", [
    ("--servr", "--server"), ("--bnd", "--bind"), ("--timeout-conect", "--timeout-connect"), ("--worker", "--workers"),
    ("--Balance", "--balance"), ("--access-logfiles", "--access-logfile"),
])
def test_an_unknown_flag_is_answered_with_the_one_that_was_meant(run_swivel, typo, meant):
    outcome = run_swivel(*VALID, typo, "1")
    assert_usage_error(outcome, typo, "did you mean")
    assert re.search(rf"{meant}(?![\w-])", outcome.stderr.replace(typo, "", 1)), outcome.stderr


def test_an_unknown_flag_like_no_other_gets_no_guess(run_swivel):
    outcome = run_swivel(*VALID, "--xyzzyplugh", "1")
    assert_usage_error(outcome, "--xyzzyplugh", "--help")
    assert "did you mean" not in outcome.stderr


@pytest.mark.parametrize("flag, value", VALUES_WRONG, ids=lambda part: part or "empty")
def test_a_value_that_cannot_be_is_refused_with_its_flag_named(run_swivel, flag, value):
    assert_usage_error(run_swivel(*VALID, flag, value), flag)


@pytest.mark.parametrize("address", ADDRESSES_WRONG, ids=lambda address: address[:40] or "empty")
@pytest.mark.parametrize("flag, others", [("--bind", SERVER), ("--server", BIND)], ids=["bind", "server"])
def test_an_address_that_does_not_parse_is_refused(run_swivel, flag, others, address):
    assert_usage_error(run_swivel(*others, flag, address), flag)


@pytest.mark.parametrize("weight, allowed", [("0", True), ("256", True), ("257", False), ("-1", False)])
def test_weights_have_bounds(run_swivel, weight, allowed):
    outcome = run_swivel("-t", *BIND, "--server", f"127.0.0.1:9,weight={weight}", "--server", "127.0.0.1:10")
    if allowed:
        assert outcome.returncode == 0, outcome.stderr
    else:
        assert_usage_error(outcome, "weight")


def test_a_flag_without_its_value_is_refused(run_swivel):
    assert_usage_error(run_swivel(*VALID, "--workers"), "--workers")


def test_no_server_at_all_is_refused(run_swivel):
    assert_usage_error(run_swivel(*BIND), "--server")


def test_no_listener_at_all_is_refused(run_swivel):
    assert_usage_error(run_swivel(*SERVER), "--bind")


def test_no_argument_at_all_is_refused(run_swivel):
    assert run_swivel().returncode == 64


def test_a_listener_of_an_unknown_backend_is_refused(run_swivel):
    assert_usage_error(run_swivel(*SERVER, "--bind", "127.0.0.1:0,backend=nowhere"), "nowhere")


def test_two_servers_of_one_name_are_refused(run_swivel):
    assert_usage_error(run_swivel(*BIND, "--server", "a@127.0.0.1:9", "--server", "a@127.0.0.1:10"), "a")


@pytest.mark.parametrize("mode", [["--mode", "http"], []], ids=["asked for", "by default"])
def test_requests_are_balanced_where_nothing_says_otherwise(run_swivel, mode):
    flags = ["--bind", "127.0.0.1:0", "--server", "127.0.0.1:9"]
    printed = run_swivel(*flags, *mode, "-T").stdout
    assert re.search(r"^    mode: http$", printed, re.MULTILINE), printed
    assert "forwarded: xff" in printed
    assert "forwarded" not in run_swivel(*flags, "--mode", "tcp", "-T").stdout


def test_a_backend_has_one_mode(run_swivel):
    flags = ["--bind", "a@127.0.0.1:0", "--bind", "b@127.0.0.1:0,mode=tcp", "--server", "127.0.0.1:9"]
    assert_usage_error(run_swivel(*flags), "two modes", "a backend of its own")


def test_a_key_of_requests_needs_them(run_swivel):
    assert run_swivel("-t", "--bind", "127.0.0.1:0", "--server", "127.0.0.1:9", "--balance", "uri").returncode == 0
    assert_usage_error(run_swivel(*VALID, "--balance", "uri"), "--balance", "--mode http")


@pytest.mark.parametrize("test", [["-t"], ["--test"]], ids=["-t", "--test"])
def test_a_configuration_is_tested_without_binding(run_swivel, test):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        flags = ["--mode", "tcp", "--server", "127.0.0.1:9", "--bind", f"127.0.0.1:{port}"]
        outcome = run_swivel(*flags, *test)
        assert outcome.returncode == 0, outcome.stderr
        assert "listening" not in outcome.stderr
        # The same without the test flag does bind, and finds the port taken.
        assert run_swivel(*flags).returncode == 71


def test_check_is_another_word_for_the_test(run_swivel):
    assert run_swivel("check", *VALID).returncode == 0
    assert_usage_error(run_swivel("check", *VALID, "--servr", "x"), "did you mean")


def test_run_is_the_verb_where_none_is_given(run_swivel):
    assert run_swivel("run", *VALID, "-t").returncode == 0
    assert_usage_error(run_swivel("walk", *VALID), "walk")


@pytest.mark.parametrize("flag", ["-T", "--dump-config"])
def test_the_effective_configuration_is_printed(run_swivel, flag):
    outcome = run_swivel(*VALID, "--timeout-tunnel", "90s", "--balance", "roundrobin", flag)
    assert outcome.returncode == 0, outcome.stderr
    for part in ("127.0.0.1:9", "roundrobin", "tcp", "timeout-tunnel", "graceful-timeout"):
        assert part in outcome.stdout


@pytest.mark.parametrize("flag", ["-h", "--help"])
def test_help_names_every_flag_with_its_variable_rule(run_swivel, flag):
    outcome = run_swivel(flag)
    assert outcome.returncode == 0
    assert [name for name in FLAGS if not re.search(rf"{name}(?![\w-])", outcome.stdout)] == []
    assert "SWIVEL_" in outcome.stdout


def test_help_is_paged_by_topic(run_swivel):
    whole, page = run_swivel("--help"), run_swivel("--help", "backend")
    assert page.returncode == 0
    assert "--balance" in page.stdout and "--server" in page.stdout
    assert "--ring-entries" not in page.stdout
    assert len(page.stdout) < len(whole.stdout)


def test_help_on_a_topic_that_is_none_is_refused(run_swivel):
    assert_usage_error(run_swivel("--help", "bakend"), "backend")


@pytest.mark.parametrize("flag", ["-v", "--version"])
def test_the_version_is_one_line(run_swivel, flag):
    outcome = run_swivel(flag)
    assert outcome.returncode == 0
    assert re.fullmatch(r"swivel \d+\.\d+\.\d+\S*\n", outcome.stdout)


@pytest.mark.parametrize("flag", ["-V", "--build-info"])
def test_build_info_tells_version_and_kernel_features(run_swivel, flag):
    outcome = run_swivel(flag)
    assert outcome.returncode == 0
    assert re.search(r"swivel \d+\.\d+\.\d+", outcome.stdout)
    assert "io_uring" in outcome.stdout
    masked = run_swivel(flag, env={"SWIVEL_KERNEL_FEATURES": "-bundle,-multishot"})
    assert masked.returncode == 0
    assert "bundle" in outcome.stdout or "kernel" in outcome.stdout.lower()
