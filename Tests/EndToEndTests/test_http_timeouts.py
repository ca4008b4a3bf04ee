"""Each phase of an exchange has its patience; who is slow, but alive, is never cut.

Times pass in these tests because passing time is what they are about.
"""

import contextlib
import socket
import threading
import time

import pytest

from harness.addresses import silent_listener
from harness.clients import receive_exactly
from harness.http import Client, ask, assert_refusal
from harness.messages import Cut, chunked, lines, request, response
from harness.origin import END, Origin
from harness.waiting import wait_until

# An end is late if it comes later than this: the wheel's coarseness and a busy machine.
LATE_SECONDS = 2


@contextlib.contextmanager
def takes(seconds):
    began = time.monotonic()
    yield
    assert 0.9 * seconds <= time.monotonic() - began <= seconds + LATE_SECONDS, time.monotonic() - began


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
        with Client(swivel.address) as client, takes(0.5):
            if way == "a byte at a time":  # Slowloris: alive, and yet never done.
                trickle(client, b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow: " + b"y" * 100, 0.1)
            else:
                client.send(b"GET /" if way == "half a line" else b"GET / HTTP/1.1\r\nHost: a\r\n")
            assert_refusal(client.read(), 408)
            assert client.is_ended()
    assert origin.seen == [] and origin.accepted == 0


def test_a_second_head_has_the_same_patience(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, "--timeout-http-request", "500ms", "--timeout-keep-alive", "20s", engine=engine)
        with Client(swivel.address) as client:
            assert client.ask().status == 200
            with takes(0.5):
                client.send(b"GET /")
                assert_refusal(client.read(), 408)


def test_slow_heads_hold_up_nobody(balance, engine):
    with Origin() as origin, contextlib.ExitStack() as stack:
        swivel = balance(origin, "--timeout-http-request", "5s", "--workers", 1, engine=engine)
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
        with Client(swivel.address) as client, takes(0.5):
            client.send(request("POST", "/", [field]) + b"5\r\nhello\r\n")
            assert_refusal(client.read(), 408)
            assert client.is_ended()
        assert ask(swivel.address).status == 200
    assert not origin.seen[0].is_whole


def test_a_slow_upload_is_alive(balance, engine):
    with Origin(lambda asked: response(asked.body)) as origin:
        swivel = balance(origin, "--timeout-body-idle", "500ms", "--timeout-http-request", "500ms", engine=engine)
        with Client(swivel.address) as client:
            client.send(request("POST", "/", [("Content-Length", 10)]))
            for index in range(10):
                client.send(bytes([index]))
                time.sleep(0.12)  # A quarter of the timeout, ten times.
            assert client.read().body == bytes(range(10))


def test_an_upload_slower_than_the_least_rate_is_ended(balance):
    with Origin(lambda asked: response(asked.body)) as origin:
        swivel = balance(origin, "--min-rate", 10_000, "--timeout-body-idle", "10s")
        with Client(swivel.address) as client:
            client.send(request("POST", "/", [("Content-Length", 1_000_000)]))
            began = time.monotonic()
            trickle(client, b"x" * 100, 0.1)
            assert time.monotonic() - began < 8, "a byte each tenth of a second goes on"
            assert_refusal(client.read(), 408)
        assert ask(swivel.address, "POST", "/", body=b"y" * 200_000).body == b"y" * 200_000


# Between two requests.


def test_a_client_that_asks_nothing_more_is_let_go_without_a_word(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, "--timeout-keep-alive", "500ms", engine=engine)
        with Client(swivel.address) as client:
            assert client.ask().status == 200
            with takes(0.5):
                assert client.is_ended(5)  # No 408: there was no request.


def test_a_client_that_asks_now_and_then_is_kept(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, "--timeout-keep-alive", "500ms", "--timeout-http-request", "500ms", engine=engine)
        with Client(swivel.address) as client:
            for _ in range(6):
                assert client.ask().status == 200
                time.sleep(0.25)  # Half the timeout, six times.


# The server.


def test_a_server_that_does_not_answer_is_given_up_with_504(balance, engine):
    def answer(asked):
        wait_until(lambda: asked.connection.recv(1) == b"", 10, "the end of a connection that was given up")
        return END

    with Origin(answer) as origin:
        swivel = balance(origin, "--timeout-server", "500ms", engine=engine)
        with Client(swivel.address) as client, takes(0.5):
            answer = client.ask()
            assert answer.status == 504
            assert answer.get("Content-Type").startswith("text/plain")
    assert len(origin.seen) == 1  # Nothing says that it was not carried out: it is not sent twice.


def test_the_servers_patience_begins_when_the_request_is_whole(balance, engine):
    with Origin(lambda asked: response(asked.body)) as origin:
        swivel = balance(origin, "--timeout-server", "500ms", "--timeout-body-idle", "5s", engine=engine)
        with Client(swivel.address) as client:
            client.send(request("POST", "/", [("Content-Length", 4)]))
            for _ in range(4):
                time.sleep(0.25)  # Together twice the server's timeout.
                client.send(b"x")
            assert client.read().body == b"xxxx"


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_response_that_stops_is_cut(balance, engine, framing):
    def answer(asked):
        if framing == "length":
            asked.connection.sendall(lines("HTTP/1.1 200 OK", [("Content-Length", "100")]) + b"some")
        else:
            asked.connection.sendall(lines("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked")]) + chunked(b"some")[:-5])
        wait_until(lambda: asked.connection.recv(1) == b"", 10, "the end of a connection that was given up")
        return END

    with Origin(answer) as origin:
        swivel = balance(origin, "--timeout-server", "500ms", engine=engine)
        with Client(swivel.address) as client, takes(0.5), pytest.raises(Cut):
            client.ask()


def test_a_slow_response_is_alive(balance, engine):
    def answer(asked):
        asked.connection.sendall(lines("HTTP/1.1 200 OK", [("Content-Length", "10")]))
        for index in range(10):
            asked.connection.sendall(bytes([index]))
            time.sleep(0.12)  # A quarter of the timeout, ten times.
        return b""

    with Origin(answer) as origin:
        swivel = balance(origin, "--timeout-server", "500ms", engine=engine)
        assert ask(swivel.address).body == bytes(range(10))


def test_a_server_that_cannot_be_reached_is_given_up_with_503(balance, engine):
    with silent_listener() as (first, _), silent_listener() as (second, _):
        swivel = balance([first, second], "--timeout-connect", "250ms", "--retries", 1, engine=engine)
        with Client(swivel.address) as client, takes(0.5):
            answer = client.ask()
            assert answer.status == 503
            assert answer.get("Content-Type").startswith("text/plain")


# The client that reads.


def test_a_slow_reader_is_alive_as_long_as_it_reads(balance, engine):
    """Its bytes leave the kernel so slowly that no send finishes within the timeout."""
    whole = b"".join(index.to_bytes(4, "big") for index in range(3 << 20))
    with Origin(lambda asked: response(whole)) as origin:
        timeouts = ["--timeout-client", "500ms", "--timeout-server", "500ms", "--timeout-body-idle", "500ms"]
        swivel = balance(origin, *timeouts, engine=engine)
        with Client(swivel.address, receive_buffer=16 << 10) as client:
            client.send(request())
            answer = client.head()
            until = time.monotonic() + 2
            received = client.stream.take(len(client.stream.buffer))
            while time.monotonic() < until:
                received += receive_exactly(client.connection, 16 << 10)
                time.sleep(0.2)  # The slowness of the reader.
            received += receive_exactly(client.connection, len(whole) - len(received))
            assert answer.framing == len(whole) and received == whole


def test_an_idle_client_is_not_held_to_the_timeout_of_readers(balance, engine):
    """Its answer was larger than its socket's buffer, so that for a while it was waited for."""
    size = 16 << 20
    with Origin(lambda asked: response(bytes(size))) as origin:
        swivel = balance(origin, "--timeout-client", "300ms", "--timeout-keep-alive", "20s", engine=engine)
        with Client(swivel.address, receive_buffer=16 << 10) as client:
            for _ in range(2):
                assert len(client.ask().body) == size
                time.sleep(1.2)  # Four times the timeout: it would be looked at twice, and cut.


def test_a_reader_that_stopped_is_cut(balance, engine):
    with Origin(lambda asked: response(bytes(64 << 20))) as origin:
        swivel = balance(origin, "--timeout-client", "500ms", engine=engine)
        with Client(swivel.address, receive_buffer=8192) as client:
            client.send(request())
            wait_until(lambda: origin.accepted and origin.active == 0, 10, "the server's connection is given up")
        origin.answer = lambda asked: response(b"next")
        assert ask(swivel.address).body == b"next"


# Bodies so long that they go by splice.

LONG = 64 << 20
PART = bytes(8 << 20)


def test_a_long_response_that_stops_is_cut(balance, engine):
    def answer(asked):
        asked.connection.sendall(lines("HTTP/1.1 200 OK", [("Content-Length", LONG)]) + PART)
        wait_until(lambda: asked.connection.recv(1) == b"", 10, "the end of a connection that was given up")
        return END

    with Origin(answer) as origin:
        swivel = balance(origin, "--timeout-server", "500ms", engine=engine)
        with Client(swivel.address) as client, takes(0.5), pytest.raises(Cut):
            client.ask()


def test_a_long_upload_that_stops_is_answered_with_408(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, "--timeout-body-idle", "500ms", engine=engine)
        with Client(swivel.address) as client:
            client.send(request("POST", "/", [("Content-Length", LONG)]) + PART)
            with takes(0.5):
                assert_refusal(client.read(), 408)


def test_a_server_that_stopped_to_read_is_given_up_with_504(balance, engine):
    gate = threading.Event()
    with Origin(lambda asked: (gate.wait(10), END)[1], receive_buffer=8192) as origin:
        swivel = balance(origin, "--timeout-server", "500ms", "--retries", 0, engine=engine)
        with Client(swivel.address) as client:
            sender = threading.Thread(target=send_all, args=(client, request("POST", "/", [("Content-Length", LONG)])), daemon=True)
            sender.start()
            assert client.read().status == 504
            client.connection.shutdown(socket.SHUT_RDWR)
            sender.join(5)
        gate.set()


def send_all(client, head):
    with contextlib.suppress(OSError):
        client.send(head)
        for _ in range(8):
            client.send(PART)
