"""Requests and responses that mean two things: refused, or passed on so that they mean one.

Each is followed by a request that must get its own answer: on the same connection where that stays open, and on a
new one. The server behind Swivel reads strictly and keeps every byte it hears.
"""

import contextlib
import re

import pytest

from cases import framing, heads, responses
from cases.row import Broken, Either, Passed, Refused
from harness.http import Client, assert_refusal, start_http
from harness.messages import Cut
from harness.origin import END, Origin, plain
from harness.software import IO_URING_REFUSAL
from harness.waiting import wait_until

REQUESTS = framing.ROWS + heads.ROWS
SECONDS = 60


class Pair:
    """A Swivel, the server behind it, and a count that makes each victim's target its own."""

    def __init__(self, swivel, origin):
        self.swivel, self.origin = swivel, origin
        self.victims = 0

    def next_victim(self):
        self.victims += 1
        return f"/victim/{self.victims}"

    def assert_victim_is_served(self, client):
        target = self.next_victim()
        answer = client.ask("GET", target)
        assert (answer.status, answer.body) == (200, f"GET {target}".encode()), (answer, answer.body)


@pytest.fixture(scope="module", params=["io_uring", "epoll"])
def pair(request, swivel_path):
    """One Swivel for a whole table: what a row did to it shows in the next."""
    if request.param == "io_uring" and IO_URING_REFUSAL:
        pytest.skip(f"no io_uring here: {IO_URING_REFUSAL}")
    processes = []
    with Origin() as origin:
        try:
            flags = ["--retries", "0", "--workers", "1"]
            swivel = start_http(swivel_path, processes, [origin], flags, engine=request.param, ends_clean=True)
            yield Pair(swivel, origin)
            swivel.stop()
            origin.violations.clear()  # Each row has looked at its own.
        finally:
            for process in processes:
                process.end()


@contextlib.contextmanager
def listening(origin):
    """What the server hears meanwhile, from the first byte on."""
    before = len(origin.seen), len(origin.incomplete)
    origin.heard.clear()
    origin.violations.clear()
    heard = type("Heard", (), {})()
    yield heard
    # A thread of the server's may be late with what was sent to it: that belongs to this row, not to the next.
    wait_until(lambda: origin.is_settled, 60, "the server has heard all")
    heard.bytes = bytes(origin.heard)
    heard.seen = origin.seen[before[0] :]
    heard.incomplete = origin.incomplete[before[1] :]
    heard.violations = list(origin.violations)


def served(seen):
    """The requests that were not victims."""
    return [request for request in seen if not request.target.startswith("/victim/")]


def assert_is_refused(client, statuses):
    answer = client.read()
    assert answer.status in statuses, (answer, answer.body)
    assert_refusal(answer, answer.status)
    assert client.is_ended(SECONDS), "the connection of a refused request stays open"


def try_refused(pair, expected, client):
    assert_is_refused(client, expected.statuses)
    with Client(pair.swivel.address, seconds=SECONDS) as other:
        pair.assert_victim_is_served(other)


def try_passed(pair, expected, client):
    bodies = []
    for _ in range(expected.count):
        answer = client.read()
        assert answer.status == 200, (answer, answer.body)
        bodies.append(answer.body)
    if expected.target is not None:
        assert bodies[0].endswith(b" " + expected.target.encode()), bodies
    if "close" not in answer.options() and answer.minor == 1:
        pair.assert_victim_is_served(client)
    with Client(pair.swivel.address, seconds=SECONDS) as other:
        pair.assert_victim_is_served(other)


def assert_is_as_expected(expected, requests):
    assert len(requests) == expected.count, requests
    first = requests[0]
    if expected.target is not None:
        assert first.target == expected.target
    if expected.host is not None:
        assert first.get("Host") == expected.host
    assert first.body == expected.body
    assert not [name for name in expected.absent if first.all(name)], first
    assert first.framing in ("chunked", len(expected.body)), first
    for name in first.options():
        assert not first.all(name) or name in ("close", "keep-alive"), first


@pytest.mark.parametrize("row", REQUESTS, ids=str)
def test_a_request_is_refused_or_passed_on_as_exactly_one(pair, row):
    expected = row.expected
    with listening(pair.origin) as heard, Client(pair.swivel.address, seconds=SECONDS) as client:
        client.send(row.raw)
        if isinstance(expected, Either):
            # Who is refused gets the status line of that: the first byte of the status tells.
            wait_until(lambda: client.stream.buffer or client.stream.fill(), SECONDS, "an answer")
            is_passed = re.match(rb"HTTP/1\.[01] 200 ", client.stream.buffer)
            expected = expected.passed if is_passed else Refused(*expected.statuses)
        if isinstance(expected, Passed):
            try_passed(pair, expected, client)
        else:
            try_refused(pair, expected, client)
    assert heard.violations == []
    others = served(heard.seen)
    if isinstance(expected, Passed):
        assert_is_as_expected(expected, others)
    elif isinstance(expected, Broken):
        # What was begun was never finished: the server saw its connection end within it.
        assert len(others) <= 1 and not any(request.is_whole for request in others), others
        assert b"/smuggled" not in heard.bytes
    else:
        assert others == []
        assert len(heard.seen) == 1 and heard.bytes.startswith(b"GET /victim/"), heard.bytes
        assert heard.bytes.count(b"\r\n\r\n") == 1, heard.bytes


@pytest.mark.parametrize("row", responses.ROWS, ids=str)
def test_a_response_is_a_bad_gateway_or_passed_on_as_exactly_one(pair, row):
    spoiled = []

    def answer(request):
        if not request.target.startswith("/case"):
            assert request.connection not in spoiled, "a connection that spoke oddly was used again"
            return plain(request)
        if isinstance(row.expected, (responses.BadGateway, responses.Broken)):
            spoiled.append(request.connection)
        return (row.raw, END) if row.ends else row.raw

    pair.origin.answer = answer
    try:
        with Client(pair.swivel.address, seconds=SECONDS) as client:
            client.send(f"{row.method} /case HTTP/1.1\r\nHost: example.com\r\n\r\n".encode())
            passed = what_came(row, client)
            if passed is not None and "close" not in passed.options() and passed.framing != "close":
                pair.assert_victim_is_served(client)
        with Client(pair.swivel.address, seconds=SECONDS) as other:
            pair.assert_victim_is_served(other)
    finally:
        pair.origin.answer = plain


def what_came(row, client):
    """The response, judged by its row; None where it was cut, as it may be."""
    expected = row.expected
    try:
        answer = client.head(row.method)
        answer.finish()
    except Cut:
        assert isinstance(expected, responses.Broken), "cut"
        return None
    if isinstance(expected, responses.Either):
        expected = expected.passed if answer.status != 502 else responses.BadGateway()
    if not isinstance(expected, responses.Passed):
        assert answer.status == 502, (answer, answer.body)
        assert answer.get("Content-Type").startswith("text/plain")
        return answer
    assert (answer.status, answer.body) == (expected.status, expected.body), (answer, answer.body)
    assert len(answer.interim) == expected.interim
    assert not [name for name in expected.absent if answer.all(name)], answer
    for trusted in answer.interim:
        assert trusted.status in (102, 103)
    return answer


def test_a_table_is_as_long_as_promised():
    refused = [row for row in REQUESTS if isinstance(row.expected, Refused)]
    assert len(REQUESTS) >= 200 and len(refused) >= 150
    assert len(responses.ROWS) >= 100
