"""The end, with clients that keep their connections: each request that was sent gets its answer."""

import contextlib
import signal
import threading
import time

import pytest

from harness.clients import is_refused
from harness.http import Client, ask
from harness.messages import lines, request, response
from harness.origin import Origin, plain
from harness.waiting import wait_until

# Longer than any wait of these tests: who ends within it has not waited for it.
PATIENT = "10m"
HELD, FREE = 8, 8


def test_idle_clients_are_let_go_at_once(balance, engine):
    with Origin() as origin, contextlib.ExitStack() as stack:
        swivel = balance(origin, engine=engine, graceful_timeout=PATIENT)
        clients = [stack.enter_context(Client(swivel.address)) for _ in range(50)]
        assert all(client.ask().status == 200 for client in clients)
        swivel.stop()
        assert all(client.is_ended() for client in clients)


def test_clients_that_never_asked_do_not_hold_it_up(balance, engine):
    """Browsers connect ahead of what they may want; there are ten minutes for a head."""
    with Origin() as origin, contextlib.ExitStack() as stack:
        swivel = balance(origin, "--timeout-http-request", PATIENT, engine=engine, graceful_timeout=PATIENT)
        silent = [stack.enter_context(Client(swivel.address)) for _ in range(5)]
        assert ask(swivel.address).status == 200
        swivel.stop()
        assert all(client.is_ended() for client in silent)


def test_a_request_that_is_under_way_is_answered_and_told_that_it_is_the_last(balance, engine):
    gate = threading.Event()

    def answer(asked):
        gate.wait(60)
        return response(b"late")

    with Origin(answer) as origin:
        swivel = balance(origin, engine=engine, graceful_timeout=PATIENT)
        with Client(swivel.address) as client:
            client.send(request())
            wait_until(lambda: origin.seen, 60, "the server is asked")
            swivel.signal(signal.SIGTERM)
            wait_until(lambda: is_refused(swivel.address), 60, "new connections are refused")
            gate.set()
            answer = client.read()
            assert (answer.body, answer.options()) == (b"late", {"close"})
            assert client.is_ended()
        swivel.finish()


def test_a_body_that_is_under_way_is_finished(balance, engine):
    with Origin(lambda asked: response(asked.body)) as origin:
        swivel = balance(origin, engine=engine, graceful_timeout=PATIENT)
        with Client(swivel.address) as client:
            client.send(request("POST", "/", [("Content-Length", 10)]) + b"12345")
            wait_until(lambda: origin.seen, 60, "the server is asked")
            swivel.signal(signal.SIGTERM)
            wait_until(lambda: is_refused(swivel.address), 60, "new connections are refused")
            client.send(b"67890")
            assert client.read().body == b"1234567890"
        swivel.finish()


def test_a_head_that_was_begun_is_served(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, engine=engine, graceful_timeout=PATIENT)
        with Client(swivel.address) as client:
            client.send(b"GET /begun HTTP/1.1\r\n")
            time.sleep(0.2)  # So that its beginning is there before the signal.
            swivel.signal(signal.SIGTERM)
            wait_until(lambda: is_refused(swivel.address), 60, "new connections are refused")
            client.send(b"Host: a\r\n\r\n")
            answer = client.read()
            assert (answer.body, answer.options()) == (b"GET /begun", {"close"})
        swivel.finish()


@pytest.mark.deadline(240)
def test_no_request_fails_while_it_drains(balance, engine):
    """Clients that ask without a pause: each ends with an answer that says it is the last, or between two requests.

    Some are in the midst of a request when the drain begins: those are told. The others are where chance has them.
    """
    failures, last_words, stopping = [], [], threading.Event()
    holding, held, gate = threading.Event(), set(), threading.Event()

    def answer(asked):
        index = int(asked.target[1:])
        if index < HELD and holding.is_set():
            held.add(index)
            gate.wait(60)
        return plain(asked)

    def run(index):
        try:
            with Client(swivel.address) as client:
                while True:
                    try:
                        client.send(request("GET", f"/{index}"))
                    except OSError:
                        break
                    # Ended before a byte of the answer, once the drain has begun: a client may ask that again.
                    if not client.stream.buffer and client.is_ended():
                        assert stopping.is_set()
                        break
                    answer = client.read()
                    assert answer.body == f"GET /{index}".encode()
                    if "close" in answer.options():
                        last_words.append(index)
                        assert client.is_ended()
                        break
        except BaseException as failure:
            failures.append(failure)

    with Origin(answer) as origin:
        swivel = balance(origin, engine=engine, graceful_timeout=PATIENT)
        threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(HELD + FREE)]
        for thread in threads:
            thread.start()
        wait_until(lambda: len(origin.seen) > 200 or failures, 60, "traffic")
        holding.set()
        wait_until(lambda: len(held) == HELD or failures, 60, "those that are held ask")
        stopping.set()
        swivel.drain()
        gate.set()
        swivel.finish()
        for thread in threads:
            thread.join(60)
    assert failures == []
    assert held <= set(last_words), "who is in the midst of a request is told"


def test_patience_has_a_bound(balance, engine):
    gate = threading.Event()
    with Origin(lambda asked: (gate.wait(60), response(b"x"))[1]) as origin:
        swivel = balance(origin, engine=engine, graceful_timeout="500ms", ends_clean=False)
        with Client(swivel.address) as client:
            client.send(request())
            wait_until(lambda: origin.seen, 60, "the server is asked")
            began = time.monotonic()
            swivel.signal(signal.SIGTERM)
            assert swivel.wait(60) == 0
            assert time.monotonic() - began > 0.4
            gate.set()


def test_a_long_download_is_finished(balance, engine):
    with Origin(lambda asked: response(bytes(32 << 20))) as origin:
        swivel = balance(origin, engine=engine, graceful_timeout=PATIENT)
        with Client(swivel.address) as client:
            client.send(request())
            answer = client.head()
            swivel.signal(signal.SIGTERM)
            wait_until(lambda: is_refused(swivel.address), 60, "new connections are refused")
            assert answer.digest()[0] == 32 << 20
        swivel.finish()


def test_idle_connections_to_servers_do_not_outlive_it(balance, engine):
    with Origin(lambda asked: lines("HTTP/1.1 200 OK", [("Content-Length", 0)])) as origin:
        swivel = balance(origin, engine=engine)
        assert ask(swivel.address).status == 200
        swivel.stop()
        wait_until(lambda: origin.active == 0, 60, "the server's connections are ended")
