"""A server with one worker that can do one thing at a time: slow clients are Swivel's to wait for, not the worker's.

The server is gunicorn with one sync worker; while it is held by a slow client, nobody else gets an answer.
"""

import contextlib
import json
import time

import pytest

from harness.http import Client, ask, payload
from harness.messages import request, response
from harness.origin import Origin
from harness.waiting import wait_until

SLOW_CLIENTS = 20
UPLOAD = 60_000
DOWNLOAD = 600_000
# A request that is held up waits for the slow client, who waits for its answer: it would wait for ever.
QUICK_SECONDS = 60


@pytest.fixture
def worker(fleets):
    return fleets.gunicorn("sync", "--timeout", 600, workers=1)


def assert_quick(swivel):
    for index in range(5):
        assert ask(swivel.address, target=f"/id/{index}", seconds=QUICK_SECONDS).body == str(index).encode()


@pytest.mark.deadline(240)
def test_slow_uploads_do_not_hold_the_worker(balance, engine, worker):
    swivel = balance(worker, "--backend-profile", "gunicorn-sync", engine=engine)
    body, digest = payload(1, UPLOAD)
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(Client(swivel.address)) for _ in range(SLOW_CLIENTS)]
        for client in slow:
            client.send(request("POST", "/upload", [("Content-Length", UPLOAD)]) + body[:1000])
        for step in range(3):
            time.sleep(0.1)  # The slowness of the uploads.
            for client in slow:
                client.send(body[1000 + 100 * step : 1100 + 100 * step])
            assert_quick(swivel)
        for client in slow:
            client.send(body[1300:])
        for client in slow:
            assert json.loads(client.read().body) == list(digest)


@pytest.mark.deadline(240)
def test_slow_downloads_do_not_hold_the_worker(balance, engine, worker):
    swivel = balance(worker, "--backend-profile", "gunicorn-sync", "--timeout-client", "10m", engine=engine)
    with contextlib.ExitStack() as stack:
        slow = [stack.enter_context(Client(swivel.address, receive_buffer=4096)) for _ in range(SLOW_CLIENTS)]
        for client in slow:
            client.send(request(target=f"/bytes/{DOWNLOAD}"))
        heads = [client.head() for client in slow]
        assert_quick(swivel)
        for head in heads:
            assert head.digest()[0] == DOWNLOAD


@pytest.mark.deadline(240)
def test_without_buffering_a_slow_upload_does_hold_the_worker(balance, engine, fleets, worker):
    """The other side of the rule: the tests above would fail without what they test."""
    swivel = balance(worker, engine=engine)
    body, _ = payload(1, UPLOAD)
    with Client(swivel.address) as slow:
        slow.send(request("POST", "/recorded/slow", [("Content-Length", UPLOAD)]) + body[:1000])
        wait_until(lambda: fleets.recorded() == ["slow"], 60, "the worker has the slow one")
        with Client(swivel.address) as quick:
            quick.send(request(target="/id/1"))
            assert quick.is_silent(0.7)
            slow.send(body[1000:])
            assert quick.read().body == b"1"


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_buffered_request_reaches_the_server_when_it_is_whole(balance, engine, framing):
    with Origin(lambda asked: response(asked.body)) as origin:
        swivel = balance(origin, "--request-buffering", "64k", engine=engine)
        with Client(swivel.address) as client:
            if framing == "length":
                client.send(request("POST", "/", [("Content-Length", 10)]) + b"12345")
            else:
                client.send(request("POST", "/", [("Transfer-Encoding", "chunked")]) + b"5\r\n12345\r\n")
            time.sleep(0.3)  # Time in which it would have come.
            assert origin.seen == []
            client.send(b"67890" if framing == "length" else b"5\r\n67890\r\n0\r\n\r\n")
            assert client.read().body == b"1234567890"


def test_what_is_beyond_the_buffer_goes_on_to_the_server(balance, engine):
    body, _ = payload(4, 300_000)
    with Origin(lambda asked: response(asked.body)) as origin:
        swivel = balance(origin, "--request-buffering", "16k", "--response-buffering", "16k", engine=engine)
        with Client(swivel.address) as client:
            client.send(request("POST", "/", [("Content-Length", len(body))]) + body[:200_000])
            wait_until(lambda: origin.seen, 60, "a body that the buffer cannot hold is passed on")
            client.send(body[200_000:])
            assert client.read().body == body


def test_a_client_that_leaves_a_buffered_request_is_never_heard_of(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, "--request-buffering", "64k", engine=engine)
        for _ in range(20):
            with Client(swivel.address) as client:
                client.send(request("POST", "/left", [("Content-Length", 10)]) + b"12345")
        assert ask(swivel.address, target="/next").status == 200
    assert origin.targets == ["/next"]


def test_the_buffers_have_a_bound_in_total(balance, engine):
    """Far more than there are buffers for: who finds none is passed on as it comes, and nobody fails."""
    body, _ = payload(5, 200_000)
    with Origin(lambda asked: response(str(len(asked.body)).encode())) as origin, contextlib.ExitStack() as stack:
        swivel = balance(origin, "--request-buffering", "1m", engine=engine)
        slow = [stack.enter_context(Client(swivel.address)) for _ in range(200)]
        for client in slow:
            client.send(request("POST", "/", [("Content-Length", len(body))]) + body[:100_000])
        for client in slow:
            client.send(body[100_000:])
        assert {client.read().body for client in slow} == {b"200000"}
