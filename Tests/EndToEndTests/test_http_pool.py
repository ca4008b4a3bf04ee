"""Connections to servers: kept, found stale, replaced; and what may be asked twice."""

import collections
import contextlib
import threading
import time

import pytest

from harness.addresses import refusing_address
from harness.clients import in_parallel
from harness.http import Client, ask
from harness.messages import request, response
from harness.origin import END, RESET, Origin, plain
from harness.waiting import undisturbed, wait_until


def test_reuse_may_be_off(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, "--reuse", "off", engine=engine)
        with Client(swivel.address) as client:
            for _ in range(10):
                assert client.ask().status == 200
    assert origin.accepted == 10
    assert all("close" in seen.options() for seen in origin.seen), "the server is told that the connection ends"


def test_an_idle_connection_is_closed_in_time(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, "--reuse-idle", "500ms", engine=engine)
        began = time.monotonic()
        assert ask(swivel.address).status == 200
        wait_until(lambda: origin.active == 0, 60, "the idle connection is closed")
        assert time.monotonic() - began > 0.3
        assert ask(swivel.address).status == 200
    assert origin.accepted == 2


def test_no_more_than_so_many_are_kept(balance, engine):
    together = threading.Barrier(8)

    def answer(asked):
        together.wait(60)
        return response(b"x")

    with Origin(answer) as origin:
        swivel = balance(origin, "--reuse-max", 2, "--workers", 1, engine=engine)
        in_parallel(8, lambda index: ask(swivel.address))
        assert origin.peak == 8
        wait_until(lambda: origin.active == 2, 60, "two connections are kept")


def test_the_servers_own_keep_alive_time_is_learned(balance, engine):
    """A server that says how long it waits is left before that, so that no request meets its end.

    Without that word it would be left after a time that is right for none, a good second.
    """

    def attempt(_):
        began = time.monotonic()
        assert ask(swivel.address).status == 200
        wait_until(lambda: origin.active == 0, 60, "the idle connection is closed")
        assert 2.5 < time.monotonic() - began < 4

    with Origin(lambda asked: response(b"x", fields=[("Keep-Alive", "timeout=4")])) as origin:
        swivel = balance(origin, engine=engine)
        undisturbed(attempt, 0, tries=8)  # Swivel may be held up as well, which nothing here can see.


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_connection_that_the_server_closed_is_noticed_before_use(balance, engine, method):
    def answer(asked):
        asked.connection.sendall(plain(asked))
        is_answered.wait(60)
        return END

    is_answered = threading.Event()
    with Origin(answer) as origin:
        # No retry hides what is wanted here.
        swivel = balance(origin, "--retries", 0, engine=engine)
        body = b"x" if method == "POST" else None
        sockets = swivel.descriptors()["socket"]
        with Client(swivel.address) as client:
            for index in range(20):
                is_answered.clear()
                assert client.ask(method, f"/{index}", body=body).status == 200
                is_answered.set()
                wait_until(lambda: swivel.descriptors()["socket"] == sockets + 1, 60, "the client's alone is left")
    assert origin.targets == [f"/{index}" for index in range(20)]


class Recycling:
    """A server that closes at every third request, in the instant in which it comes: before its answer."""

    def __init__(self, ending):
        self.ending = ending
        self.received = collections.Counter()
        self.count = 0
        self.lock = threading.Lock()

    def __call__(self, asked):
        with self.lock:
            self.received[asked.target] += 1
            self.count += 1
            is_closing = self.count % 3 == 0
        return self.ending if is_closing else plain(asked)


@pytest.mark.parametrize("ending", [END, RESET], ids=["end", "reset"])
def test_a_get_that_met_the_end_of_its_connection_is_asked_again(balance, engine, ending):
    recycling = Recycling(ending)
    with Origin(recycling) as origin, Origin(plain) as other:
        swivel = balance([origin, other], "--retry-budget", 100, "--balance", "roundrobin", engine=engine)
        with Client(swivel.address) as client:
            for index in range(30):
                assert client.ask("GET", f"/{index}").body == f"GET /{index}".encode()


@pytest.mark.parametrize("ending", [END, RESET], ids=["end", "reset"])
def test_a_post_is_never_sent_twice(balance, engine, ending):
    """It may have been carried out: the client is told, with a 502, and decides."""
    recycling = Recycling(ending)
    with Origin(recycling) as origin:
        swivel = balance(origin, "--retry-budget", 100, "--retries", 5, engine=engine)
        statuses = collections.Counter()
        for index in range(30):
            statuses[ask(swivel.address, "POST", f"/{index}", body=b"order").status] += 1
    assert set(recycling.received.values()) == {1} and len(recycling.received) == 30
    assert statuses == {200: 20, 502: 10}


def test_a_post_goes_to_the_next_server_where_the_first_refuses(balance, engine):
    with Origin() as alive, refusing_address() as dead:
        swivel = balance([dead, alive], "--balance", "roundrobin", "--retry-budget", 100, engine=engine)
        assert all(ask(swivel.address, "POST", f"/{index}", body=b"x").status == 200 for index in range(10))
    assert sorted(alive.targets) == sorted(f"/{index}" for index in range(10))


def test_nothing_is_retried_where_that_is_not_wanted(balance, engine):
    with Origin(lambda asked: END) as origin:
        swivel = balance(origin, "--retry-on", "connect", engine=engine)
        assert ask(swivel.address).status == 502
        assert len(origin.seen) == 1


def test_a_503_is_retried_where_that_is_wanted(balance, engine):
    with Origin(lambda asked: response(b"no", "503 Service Unavailable")) as full, Origin() as free:
        flags = ["--retry-on", "connect,503", "--balance", "roundrobin", "--retry-budget", 100]
        swivel = balance([full, free], *flags, engine=engine)
        assert all(ask(swivel.address).status == 200 for _ in range(6))


def test_retries_have_a_budget(balance, engine):
    """Where everything fails, asking twice would double the load: most go without a retry."""
    with Origin(lambda asked: END) as origin, Origin(lambda asked: END) as other:
        swivel = balance([origin, other], "--retry-budget", 20, "--workers", 1, "--retries", 3, engine=engine)
        with Client(swivel.address) as first:
            assert first.ask().status == 502
        count = 200
        assert {ask(swivel.address).status for _ in range(count)} == {502}
        asked = len(origin.seen) + len(other.seen)
    # A fifth more, and at least three a second; without a budget it would be four times as many.
    assert count < asked < 2 * count, asked


def test_maxconn_counts_exchanges_and_not_connections(balance, engine):
    gate = threading.Semaphore(0)

    def answer(asked):
        if asked.target == "/held":
            gate.acquire(timeout=60)
        return response(b"x")

    with Origin(answer) as origin, contextlib.ExitStack() as stack:
        swivel = balance(origin, "--server-maxconn", 2, "--timeout-queue", "60s", engine=engine)
        # Idle clients hold no place.
        for _ in range(20):
            assert stack.enter_context(Client(swivel.address)).ask().status == 200
        held = [stack.enter_context(Client(swivel.address)) for _ in range(5)]
        for client in held:
            client.send(request("GET", "/held"))
        wait_until(lambda: origin.targets.count("/held") == 2, 60, "two are asked")
        time.sleep(0.2)  # Time in which a third would have come.
        assert origin.targets.count("/held") == 2
        for _ in held:
            gate.release()
        assert [client.read().status for client in held] == [200] * 5
    assert origin.peak <= 22


def test_beyond_the_queue_is_503_with_a_time_to_come_again(balance, engine):
    gate = threading.Event()

    def answer(asked):
        gate.wait(60)
        return response(b"x")

    with Origin(answer) as origin, contextlib.ExitStack() as stack:
        swivel = balance(origin, "--server-maxconn", 1, "--queue", 2, "--timeout-queue", "60s", "--workers", 1, engine=engine)
        patient = [stack.enter_context(Client(swivel.address)) for _ in range(3)]
        for client in patient:
            client.send(request())
        wait_until(lambda: len(origin.seen) == 1, 60, "one is asked")
        refused = None
        for _ in range(20):  # Until the two that wait are known to do so.
            with Client(swivel.address, seconds=2) as client:
                with contextlib.suppress(TimeoutError):
                    refused = client.ask()
                    break
        assert refused is not None and refused.status == 503
        assert int(refused.get("Retry-After")) >= 1
        gate.set()
        assert [client.read().status for client in patient] == [200] * 3


def test_who_waits_too_long_in_the_queue_is_told(balance, engine):
    gate = threading.Event()

    def answer(asked):
        gate.wait(60)
        return response(b"x")

    with Origin(answer) as origin, contextlib.ExitStack() as stack:
        swivel = balance(origin, "--server-maxconn", 1, "--timeout-queue", "500ms", engine=engine)
        first = stack.enter_context(Client(swivel.address))
        first.send(request())
        wait_until(lambda: len(origin.seen) == 1, 60, "one is asked")
        answer = ask(swivel.address)
        assert (answer.status, len(answer.all("Retry-After"))) == (503, 1)
        gate.set()
        assert first.read().status == 200
    assert len(origin.seen) == 1
