"""Each phase of an exchange has its patience; who is slow, but alive, is never cut.

Times pass in these tests because passing time is what they are about.
"""

import contextlib
import signal
import threading
import time

import pytest

from harness.addresses import silent_listener
from harness.http import Client, ask, assert_cut, assert_refusal
from harness.messages import chunked, lines, request, response
from harness.origin import END, Origin
from harness.waiting import takes, undisturbed, wait_until


def trickle(client, data, seconds):
    """A byte at a time until the peer has something to say."""
    for byte in data:
        with contextlib.suppress(OSError):
            client.send(bytes([byte]))
        if not client.is_silent(seconds):
            return


# The request.


@pytest.mark.parametrize("way", ["half a line", "half a head", "a byte at a time"])
def test_a_head_that_does_not_end_is_answered_with_408(balance, engine, way):
    with Origin() as origin:
        swivel = balance(origin, "--timeout-http-request", "500ms", engine=engine)
        with takes(0.5), Client(swivel.address) as client:
            if way == "a byte at a time":  # Slowloris: alive, and yet never done.
                trickle(client, b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: " + b"y" * 100, 0.1)
            else:
                client.send(b"GET /" if way == "half a line" else b"GET / HTTP/1.1\r\nHost: a\r\n")
            assert_refusal(client.read(), 408)
            assert client.is_ended()
    assert origin.seen == [] and origin.accepted == 0


def test_a_second_head_has_the_same_patience(balance, engine):
    def attempt(pace):
        pace.step()
        with Client(swivel.address) as client:
            assert client.ask().status == 200
            pace.rest()
            with takes(0.5):
                client.send(b"GET /")
                assert_refusal(client.read(), 408)

    with Origin() as origin:
        swivel = balance(origin, "--timeout-http-request", "500ms", "--timeout-keep-alive", "60s", engine=engine)
        undisturbed(attempt, 0.4)


def test_slow_heads_hold_up_nobody(balance, engine):
    with Origin() as origin, contextlib.ExitStack() as stack:
        swivel = balance(origin, "--timeout-http-request", "30s", "--workers", 1, engine=engine)
        for _ in range(200):
            stack.enter_context(Client(swivel.address)).send(b"GET / HTTP/1.1\r\nHost: a\r\nX: ")
        assert all(ask(swivel.address).status == 200 for _ in range(20))


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_body_that_stops_is_answered_with_408(balance, engine, framing):
    def answer(asked):
        asked.finish()
        return response(b"whole")

    field = ("Content-Length", 100) if framing == "length" else ("Transfer-Encoding", "chunked")
    with Origin(answer) as origin:
        swivel = balance(origin, "--timeout-body-idle", "500ms", engine=engine)
        with takes(0.5), Client(swivel.address) as client:
            client.send(request("POST", "/", [field]) + b"5\r\nhello\r\n")
            assert_refusal(client.read(), 408)
            assert client.is_ended()
        assert ask(swivel.address).status == 200
        wait_until(lambda: origin.is_settled, 60, "the server has heard all")
    assert [seen.is_whole for seen in origin.seen if seen.method == "POST"] == [False]


def test_a_slow_upload_is_alive(balance, engine):
    def attempt(pace):
        pace.step()
        with Client(swivel.address) as client:
            client.send(request("POST", "/", [("Content-Length", 10)]))
            for index in range(10):
                client.send(bytes([index]))
                pace.step()
                time.sleep(0.2)  # A fifth of the timeout, ten times.
            pace.rest()
            assert client.read().body == bytes(range(10))

    with Origin(lambda asked: response(asked.body)) as origin:
        swivel = balance(origin, "--timeout-body-idle", "1s", "--timeout-http-request", "1s", engine=engine)
        undisturbed(attempt, 0.8)


def test_an_upload_slower_than_the_least_rate_is_ended(balance):
    with Origin(lambda asked: response(asked.body)) as origin:
        swivel = balance(origin, "--min-rate", 10_000, "--timeout-body-idle", "10m")
        with Client(swivel.address) as client:
            client.send(request("POST", "/", [("Content-Length", 1_000_000)]))
            trickle(client, b"x" * 500, 0.1)
            assert_refusal(client.read(), 408)  # For its rate: it was not idle, nor for so long.
        assert ask(swivel.address, "POST", "/", body=b"y" * 200_000).body == b"y" * 200_000


# Between two requests.


def test_a_client_that_asks_nothing_more_is_let_go_without_a_word(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, "--timeout-keep-alive", "500ms", engine=engine)
        with takes(0.5), Client(swivel.address) as client:
            assert client.ask().status == 200
            assert client.is_ended()  # No 408: there was no request.


def test_a_client_that_asks_now_and_then_is_kept(balance, engine):
    def attempt(pace):
        pace.step()
        with Client(swivel.address) as client:
            for _ in range(6):
                assert client.ask().status == 200
                pace.step()
                time.sleep(0.25)  # A quarter of the timeout, six times.

    with Origin() as origin:
        swivel = balance(origin, "--timeout-keep-alive", "1s", "--timeout-http-request", "1s", engine=engine)
        undisturbed(attempt, 0.8)


# The server.


def test_a_server_that_does_not_answer_is_given_up_with_504(balance, engine):
    def answer(asked):
        wait_until(lambda: asked.connection.recv(1) == b"", 60, "the end of a connection that was given up")
        return END

    with Origin(answer) as origin:
        swivel = balance(origin, "--timeout-server", "500ms", engine=engine)
        with Client(swivel.address) as client, takes(0.5):
            answer = client.ask()
            assert answer.status == 504
            assert answer.get("Content-Type").startswith("text/plain")
        wait_until(lambda: origin.seen, 60, "the server hears of it at last")
        wait_until(lambda: origin.is_settled, 60, "the server has heard all")
    assert len(origin.seen) == 1  # Nothing says that it was not carried out: it is not sent twice.


def test_the_servers_patience_begins_when_the_request_is_whole(balance, engine):
    def attempt(pace):
        with Client(swivel.address) as client:
            client.send(request("POST", "/", [("Content-Length", 4)]))
            for _ in range(4):
                time.sleep(0.5)  # Together twice the server's timeout.
                pace.step()
                client.send(b"x")
            assert client.read().body == b"xxxx"

    with Origin(lambda asked: response(asked.body)) as origin:
        swivel = balance(origin, "--timeout-server", "1s", "--timeout-body-idle", "60s", engine=engine)
        undisturbed(attempt, 0.8)


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_response_that_stops_is_cut(balance, engine, framing):
    def attempt(pace):
        def answer(asked):
            if framing == "length":
                asked.connection.sendall(lines("HTTP/1.1 200 OK", [("Content-Length", "100")]) + b"some")
            else:
                asked.connection.sendall(lines("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked")]) + chunked(b"some")[:-5])
            pace.rest()  # Held up before, it would be given up without a response.
            wait_until(lambda: asked.connection.recv(1) == b"", 60, "the end of a connection that was given up")
            return END

        origin.answer = answer
        pace.step()
        with Client(swivel.address) as client, takes(0.5):
            assert_cut(client)

    with Origin() as origin:
        swivel = balance(origin, "--timeout-server", "500ms", engine=engine)
        undisturbed(attempt, 0.4)


def test_a_slow_response_is_alive(balance, engine):
    def attempt(pace):
        def answer(asked):
            asked.connection.sendall(lines("HTTP/1.1 200 OK", [("Content-Length", "10")]))
            for index in range(10):
                asked.connection.sendall(bytes([index]))
                pace.step()
                time.sleep(0.2)  # A fifth of the timeout, ten times.
            pace.rest()
            return b""

        origin.answer = answer
        pace.step()
        assert ask(swivel.address).body == bytes(range(10))

    with Origin() as origin:
        swivel = balance(origin, "--timeout-server", "1s", engine=engine)
        undisturbed(attempt, 0.8)


def test_what_came_while_swivel_stood_still_is_not_late(balance, engine):
    """Who was stopped (SIGSTOP, a frozen container) hears its servers before it looks at its clock."""
    came, may_answer = threading.Event(), threading.Event()

    def answer(_):
        came.set()
        may_answer.wait(60)
        return response(b"in time")

    with Origin(answer) as origin:
        swivel = balance(origin, "--timeout-server", "4s", engine=engine)
        with Client(swivel.address) as client:
            client.send(request())
            assert came.wait(60)
            swivel.signal(signal.SIGSTOP)
            may_answer.set()
            time.sleep(6)  # Longer than the server has.
            swivel.signal(signal.SIGCONT)
            assert client.read().body == b"in time"


def test_a_server_that_cannot_be_reached_is_given_up_with_503(balance, engine):
    with silent_listener() as (first, _), silent_listener() as (second, _):
        swivel = balance([first, second], "--timeout-connect", "250ms", "--retries", 1, engine=engine)
        with Client(swivel.address) as client, takes(0.5):
            answer = client.ask()
            assert answer.status == 503
            assert answer.get("Content-Type").startswith("text/plain")
