"""What is wrong with routes, fields and files is said before a connection is taken: which flag, what, and what would be right."""

import re

import pytest

from harness.http import ask
from harness.swivel import named_error

FLAGS = ["-t", "--mode", "http", "--bind", "127.0.0.1:0", "--server", "127.0.0.1:9"]

# Expressions.
EXPRESSIONS = {
    "a parenthesis that stays open": "(a",
    "a parenthesis that was never opened": "a)",
    "a bracket that stays open": "[a",
    "a range that goes backwards": "[z-a]",
    "a repeat of nothing": "*a",
    "a repeat that goes backwards": "a{3,1}",
    "a backslash at the end": "a\\",
    "a back reference": r"(a)\1",
    "a look ahead": "a(?=b)",
    "a negative look ahead": "a(?!b)",
    "a look behind": "(?<=a)b",
    "a lazy repeat": "a+?b",
    "a possessive repeat": "a++b",
    "too many states": "(a|b)*a" + "(a|b)" * 14,
    "repeats of repeats": "((a{1,100}){1,100}){1,100}",
}
# Those that backtrack without end elsewhere run in linear time here.
SLOW_ELSEWHERE = ["(a+)+$", "(a|a)*b", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$", "(a|aa)+$"]

ROUTES = {
    "no arrow": "path=/x",
    "no target": "path=/x ->",
    "no condition that is known": "pth=/x -> deny",
    "a target that is none": "path=/x -> denied",
    "a backend that is none": "path=/x -> backend=nowhere",
    "a path without a slash": "path=x -> deny",
    "a star in the middle": "path=/a/*/b -> deny",
    "a wildcard that is none": "host=a.*.com -> deny",
    "a host with a port": "host=a.com:80 -> deny",
    "a method in small letters": "method=get -> deny",
    "a network that is none": "src=10.0.0.0/33 -> deny",
    "a field without a name": "header:=x -> deny",
    "a parameter without a name": "query:=x -> deny",
    "a status that is no redirect": "path=/x -> redirect=303:/y",
    "a redirect to nowhere": "path=/x -> redirect=301:",
    "a redirect with a variable that is none": "path=/x -> redirect=301:https://$hots/",
    "a status that is no answer": "path=/x -> return=199",
    "a status that is too large": "path=/x -> return=600",
    "a file for an answer without body": "path=/x -> return=204:/etc/hostname",
    "h2c": "upgrade=h2c -> backend=default",
}


def refused(run_swivel, *flags, status=64):
    outcome = run_swivel(*FLAGS, *flags)
    assert outcome.returncode == status, (outcome.returncode, outcome.stderr)
    return " ".join(named_error(outcome))


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_an_expression_that_does_not_compile_is_refused(run_swivel, name):
    said = refused(run_swivel, "--route", f"path~={EXPRESSIONS[name]} -> deny")
    assert "--route" in said and EXPRESSIONS[name][:20] in said.replace("\\\\", "\\"), said


@pytest.mark.parametrize("expression", SLOW_ELSEWHERE)
def test_an_expression_that_is_slow_elsewhere_is_refused_or_fast(run_swivel, balance, expression):
    """8,000 bytes that almost match, through a Swivel that took it: no answer takes long."""
    route = f"path~={expression} -> return=204"
    if run_swivel(*FLAGS, "--route", route).returncode == 64:
        return
    swivel = balance([], "--route", route, "--route", "path=/* -> return=200")
    for tail in ("b" * 8, "!", ""):
        assert ask(swivel.address, target="/" + "a" * 8000 + tail, seconds=30).status in (200, 204)


@pytest.mark.parametrize("name", ROUTES)
def test_a_route_that_cannot_be_is_refused(run_swivel, name):
    assert "--route" in refused(run_swivel, "--route", ROUTES[name])


@pytest.mark.parametrize("written, meant", [
    ("path=/x -> backend=defalt", "default"), ("hst=a.com -> deny", "host"),
    ("path=/x -> redirect=301:/$request_url", "$request_uri"), ("path=/x -> dney", "deny"),
])
def test_what_was_meant_is_asked(run_swivel, written, meant):
    said = refused(run_swivel, "--route", written)
    assert meant in said, said


@pytest.mark.parametrize("flag", ["--header-up", "--header-down"])
@pytest.mark.parametrize("value", [
    "X-No-Value", "X-A: $hots", "X-A: $", ": x", "X A: x", "-", "-X A", "+X-A", "Connection: close", "-Connection",
    "Transfer-Encoding: chunked", "-Transfer-Encoding", "+Content-Length: 5", "Upgrade: websocket", "-Keep-Alive",
    "Sec-WebSocket-Key: x", "-Sec-WebSocket-Accept", "TE: trailers", "-Trailer", "Proxy-Connection: x", "-Host", "X: a\nY: b",
])
def test_a_field_that_cannot_be_changed_is_refused(run_swivel, flag, value):
    assert flag in refused(run_swivel, flag, value)


def test_expect_is_ours_on_the_way_up(run_swivel):
    assert "--header-up" in refused(run_swivel, "--header-up", "-Expect")


@pytest.mark.parametrize("flag", ["--strip-prefix", "--add-prefix"])
@pytest.mark.parametrize("value", ["api", "", "/a b", "/a?b", "/a#b"])
def test_a_prefix_that_is_no_path_is_refused(run_swivel, flag, value):
    assert flag in refused(run_swivel, flag, value)


# Files.


@pytest.fixture
def file(tmp_path):
    """Makes a file with a content, or none, and returns its path."""
    def file(content):
        path = tmp_path / "page.html"
        if content is not None:
            path.write_bytes(content)
        return path

    return file


@pytest.mark.parametrize("flag, value", [("--errorfile", "503={}"), ("--route", "path=/x -> return=503:{}")])
@pytest.mark.parametrize("content", [None, bytes((1 << 20) + 1)], ids=["missing", "too large"])
def test_a_file_that_cannot_be_served_is_refused(run_swivel, file, flag, value, content):
    path = file(content)
    said = refused(run_swivel, flag, value.format(path), status=65)
    assert flag in said and str(path) in said


@pytest.mark.parametrize("flag, value", [("--errorfile", "503={}"), ("--route", "path=/x -> return=503:{}")])
def test_a_folder_is_no_file(run_swivel, tmp_path, flag, value):
    assert str(tmp_path) in refused(run_swivel, flag, value.format(tmp_path), status=65)


def test_the_largest_file_is_taken(run_swivel, file):
    assert run_swivel(*FLAGS, "--errorfile", f"503={file(bytes(1 << 20))}").returncode == 0


def test_an_error_file_of_haproxy_is_refused_with_the_reason(run_swivel, file):
    """It has a head of its own, which would become the body."""
    path = file(b"HTTP/1.0 503 Service Unavailable\r\nContent-Type: text/html\r\n\r\n<h1>no</h1>\r\n")
    said = refused(run_swivel, "--errorfile", f"503={path}", status=65)
    assert "HAProxy" in said or "head" in said, said


@pytest.mark.parametrize("value", ["503", "503=", "=/x", "200={}", "99={}", "abc={}"])
def test_an_error_file_of_no_error_is_refused(run_swivel, file, value):
    assert "--errorfile" in refused(run_swivel, "--errorfile", value.format(file(b"x")))


@pytest.mark.parametrize("flag, value", [
    ("--ws-mode", "frames"), ("--ws-mode", ""), ("--ws-ping-interval", "-1s"), ("--ws-ping-interval", "5"),
    ("--ws-ping-timeout", "0"), ("--ws-max-frame", "x"), ("--ws-max-frame", "-1"), ("--ws-drain-code", "1000"),
    ("--ws-drain-code", "x"), ("--ws-rebalance", "10"), ("--ws-rebalance", "101/1m"), ("--ws-rebalance", "0/1m"),
    ("--ws-rebalance", "10/999ms"),
    ("--ws-connect-rate", "10"), ("--ws-connect-rate", "0/s"), ("--ws-connect-rate", "x/s"), ("--drain-spread", "x"),
])
def test_a_websocket_flag_that_cannot_be_is_refused(run_swivel, flag, value):
    assert flag in refused(run_swivel, flag, value)


@pytest.mark.parametrize("flags", [
    ["--route", "path=/x -> deny"], ["--header-up", "X-A: b"], ["--errorfile", "503=/etc/hostname"], ["--rate-limit", "ip=1/s"],
    ["--ws-mode", "frame"], ["--ws-ping-interval", "1s"], ["--strip-prefix", "/a"],
])
def test_what_speaks_of_requests_has_no_effect_on_connections_and_one_is_warned(run_swivel, flags):
    outcome = run_swivel("-t", "--mode", "tcp", "--bind", "127.0.0.1:0", "--server", "127.0.0.1:9", *flags)
    assert outcome.returncode == 0
    assert re.search(rf"^swivel: warning: {flags[0]}: has no effect.* http$", outcome.stderr, re.MULTILINE), outcome.stderr


@pytest.mark.parametrize("url", ["one.example", "ftp://one.example", "https://", "https://one.example/?x=1", "https://a b"])
def test_a_servers_own_url_that_is_none_is_refused(run_swivel, url):
    outcome = run_swivel("-t", "--mode", "http", "--bind", "127.0.0.1:0", "--server", f"127.0.0.1:9,redirect={url}")
    assert outcome.returncode == 64 and "redirect" in outcome.stderr, outcome.stderr
