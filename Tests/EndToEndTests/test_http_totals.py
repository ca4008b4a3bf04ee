"""What the event log says of http mode: the mode of each frontend, warnings, and the totals."""

import pytest

from harness.addresses import refusing_address
from harness.clients import receive_to_end
from harness.waiting import wait_until

REQUESTS = (
    r"^swivel: info: requests: (\d+), refused (\d+), answers 2xx (\d+), 3xx (\d+), 4xx (\d+), 5xx (\d+),"
    r" of our own (\d+), 5xx of our own (\d+), cut (\d+), heads too late (\d+), heads cut 0$"
)
SERVERS = (
    r"^swivel: info: servers: connections (\d+), used again (\d+), found closed (\d+), malformed answers (\d+),"
    r" spoken unasked 0, retries beyond the budget (\d+)$"
)


def say(swivel, text):
    """What is answered to these bytes, to its end."""
    with swivel.connect() as client:
        client.sendall(text)
        return receive_to_end(client)


def counts(swivel, pattern):
    return tuple(map(int, swivel.stderr.wait_for(pattern, 10).groups()))


@pytest.fixture
def answering(spawn_python, request):
    """A server that gives its argument as the answer to every connection, and ends it."""

    def answering(kind):
        server = spawn_python("answer.py", kind)
        return server.stdout.wait_for(r"listening on (\S+)", 60)[1]

    return answering


def get(swivel):
    return say(swivel, b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")


@pytest.mark.parametrize("mode", ["http", "tcp"])
def test_the_line_of_an_address_names_its_mode(start, mode):
    with refusing_address() as address:
        swivel = start("--server", address, mode=mode)
        swivel.stderr.wait_for(rf"listening on {swivel.address} \(frontend default, {mode}\)$", 60)
        swivel.stop()
    assert bool(swivel.stderr.find(REQUESTS)) == (mode == "http")


def test_refused_requests_are_summed_by_the_rule_that_they_broke(start, engine):
    with refusing_address() as address:
        swivel = start("--server", address, "--max-body", "10", mode="http", engine=engine)
        for _ in range(2):
            assert b" 400 " in say(swivel, b"GET / HTTP/1.1\r\n\r\n")
        assert b" 400 " in say(swivel, b"GET / HTTP/1.1\r\nHost : x\r\n\r\n")
        assert b" 413 " in say(swivel, b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 11\r\n\r\n")
        wait_until(lambda: "requests refused" in swivel.stderr.text, 60, "the warning")
        swivel.stop()
    swivel.stderr.wait_for("^swivel: info: requests refused: blank-before-colon 1, host-missing 2, body-too-large 1$", 10)
    assert counts(swivel, REQUESTS) == (4, 4, 0, 0, 4, 0, 4, 0, 0, 0)
    assert swivel.refusals == {}


def test_requests_that_no_server_took_are_told_of_once_and_summed(start, engine):
    with refusing_address() as address:
        swivel = start("--server", address, "--retries", "0", mode="http", engine=engine)
        for _ in range(5):
            assert get(swivel).startswith(b"HTTP/1.1 503 ")
        wait_until(lambda: "answered with an error" in swivel.stderr.text, 60, "the warning")
        assert swivel.stop().failed == 5
    assert counts(swivel, REQUESTS) == (5, 0, 0, 0, 0, 5, 5, 5, 0, 0)
    assert len(swivel.stderr.find("answered with an error")) == 1


@pytest.mark.parametrize(
    "kind, answers, servers, warning",
    [
        ("whole", (1, 0, 1, 0, 0, 0, 0, 0, 0, 0), (1, 0, 0, 0, 0), None),
        ("missing", (1, 0, 0, 0, 1, 0, 0, 0, 0, 0), (1, 0, 0, 0, 0), None),
        ("cut", (1, 0, 1, 0, 0, 0, 0, 0, 1, 0), (1, 0, 0, 0, 0), "answers cut"),
        ("malformed", (1, 0, 0, 0, 0, 1, 1, 1, 0, 0), (1, 0, 0, 1, 0), "malformed"),
    ],
)
def test_answers_are_summed_by_what_they_were(start, answering, engine, kind, answers, servers, warning):
    swivel = start("--server", answering(kind), mode="http", engine=engine)
    get(swivel)
    if warning:
        wait_until(lambda: any(warning in text for text in swivel.warnings), 60, "the warning")
    swivel.stop()
    assert counts(swivel, REQUESTS) == answers
    assert counts(swivel, SERVERS) == servers
    if not warning:
        assert swivel.warnings == []


def test_what_is_tried_again_is_told_of_and_is_no_warning(start, answering):
    with refusing_address() as address:
        swivel = start("--server", address, "--server", answering("whole"), "--balance", "first", mode="http")
        assert get(swivel).startswith(b"HTTP/1.1 200 ")
        swivel.stderr.wait_for(r"^swivel: info: connections or requests were tried again \(1 since last said\)$", 60)
        assert swivel.stop().retries == 1
