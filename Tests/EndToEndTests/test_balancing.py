"""Which server a connection gets, and what happens where that server does not take it."""

import collections
import contextlib
import socket
import time

import pytest

from harness.addresses import refusing_address, silent_listener
from harness.clients import is_served, receive_line, receive_to_end, wait_for_end
from harness.servers import Server, greeter
from harness.waiting import wait_until


@contextlib.contextmanager
def greeters(*names):
    with contextlib.ExitStack() as stack:
        yield {name: stack.enter_context(Server(greeter(name))) for name in names}


def server_flags(servers, options=None):
    flags = []
    for name, server in servers.items():
        option = f",{options[name]}" if options else ""
        flags += ["--server", f"{name}@{server}{option}"]
    return flags


def tally(swivel, count):
    """Which servers `count` connections reached, one after another."""
    reached = collections.Counter()
    for _ in range(count):
        with swivel.connect() as client:
            reached[receive_line(client)] += 1
    return reached


def test_round_robin_gives_every_server_exactly_its_share(start, engine):
    with greeters("a", "b", "c") as servers:
        swivel = start(*server_flags(servers), "--balance", "roundrobin", "--workers", "1", engine=engine)
        assert tally(swivel, 150) == {"a": 50, "b": 50, "c": 50}


def test_round_robin_shards_differ_by_less_than_a_cycle_each(start, engine):
    with greeters("a", "b", "c") as servers:
        swivel = start(*server_flags(servers), "--balance", "roundrobin", "--workers", "2", engine=engine)
        reached = tally(swivel, 150)
    # Each shard walks the cycle by itself and may stop within one.
    assert sum(reached.values()) == 150
    assert all(48 <= reached[name] <= 52 for name in "abc"), reached


def test_round_robin_weights_are_shares(start, engine):
    with greeters("a", "b", "c") as servers:
        options = {"a": "weight=3", "b": "weight=2", "c": "weight=0"}
        flags = server_flags(servers, options)
        swivel = start(*flags, "--balance", "roundrobin", "--workers", "1", engine=engine)
        assert tally(swivel, 100) == {"a": 60, "b": 40}


@pytest.mark.parametrize("workers", ["1", "2"])
def test_least_connections_fills_servers_evenly_and_refills_the_emptied_one(start, engine, workers, tmp_path):
    log = tmp_path / "connections.log"
    with greeters("a", "b", "c") as servers, contextlib.ExitStack() as held:
        flags = [*server_flags(servers), "--balance", "leastconn", "--workers", workers, "--access-logfile", log]
        swivel = start(*flags, engine=engine)
        clients = collections.defaultdict(list)

        def hold(count):
            reached = collections.Counter()
            for _ in range(count):
                client = held.enter_context(swivel.connect())
                name = receive_line(client)
                clients[name].append(client)
                reached[name] += 1
            return reached

        assert hold(12) == {"a": 4, "b": 4, "c": 4}
        for client in clients.pop("b"):
            client.close()
        # A connection is logged when it is over, which is when its server is free of it.
        wait_until(lambda: log.exists() and len(log.read_text().splitlines()) == 4, 60, "four connections logged")
        assert hold(4) == {"b": 4}
        assert hold(3) == {"a": 1, "b": 1, "c": 1}


def test_least_connections_heeds_weights(start, engine):
    with greeters("a", "b") as servers, contextlib.ExitStack() as held:
        flags = server_flags(servers, {"a": "weight=3", "b": "weight=1"})
        swivel = start(*flags, "--balance", "leastconn", "--workers", "1", engine=engine)
        reached = collections.Counter(receive_line(held.enter_context(swivel.connect())) for _ in range(40))
    assert reached == {"a": 30, "b": 10}


@pytest.mark.parametrize("balance", ["roundrobin", "leastconn"])
def test_a_server_that_refuses_costs_no_connection(start, engine, balance):
    with greeters("alive") as servers, refusing_address() as dead:
        flags = ["--server", f"dead@{dead}", *server_flags(servers), "--balance", balance]
        swivel = start(*flags, engine=engine)
        assert tally(swivel, 200) == {"alive": 200}
        totals = swivel.stop()
    assert (totals.connections, totals.failed) == (200, 0)
    # The dead one is the first choice of half the connections at the least, and each of those is one retry.
    assert 50 <= totals.retries <= 200


def test_a_server_that_does_not_answer_is_given_up_for_another(start, engine):
    with greeters("alive") as servers, silent_listener() as (silent, _):
        flags = ["--server", f"silent@{silent}", *server_flags(servers)]
        swivel = start(
            *flags, "--balance", "roundrobin", "--workers", "1", "--timeout-connect", "1s", engine=engine
        )
        began = time.monotonic()
        assert tally(swivel, 6) == {"alive": 6}
        # At least every third one had to wait once, and nobody waited twice.
        assert time.monotonic() - began > 1.8
        totals = swivel.stop()
    assert totals.failed == 0
    assert 2 <= totals.retries <= 6


def test_bytes_sent_before_a_retry_reach_the_server_that_answers(start, engine):
    with Server(lambda connection: connection.sendall(receive_to_end(connection))) as alive, refusing_address() as dead:
        swivel = start("--server", dead, "--server", alive, "--balance", "roundrobin", engine=engine)
        assert all(is_served(swivel.address, b"sent at once" * 500) for _ in range(40))


def is_let_go(swivel):
    """Whether a client is told, by an end or a reset, that there is nobody to talk to."""
    try:
        with swivel.connect() as client:
            wait_for_end(client)
    except ConnectionResetError:
        pass  # Before its own connect had returned.
    except TimeoutError:
        return False
    return True


@pytest.mark.parametrize("retries", ["0", "2"])
def test_a_client_is_let_go_where_no_server_answers(start, engine, retries):
    with refusing_address() as dead:
        swivel = start("--server", dead, "--retries", retries, engine=engine)
        for _ in range(5):
            assert is_let_go(swivel)
        totals = swivel.stop()
    assert (totals.connections, totals.failed) == (5, 5)
    assert totals.retries <= 5 * int(retries)


def test_a_client_is_let_go_when_the_last_connect_has_timed_out(start, engine):
    with silent_listener() as (one, _), silent_listener() as (two, _):
        flags = ["--server", one, "--server", two, "--retries", "1", "--timeout-connect", "300ms"]
        swivel = start(*flags, engine=engine)
        began = time.monotonic()
        with swivel.connect() as client:
            wait_for_end(client)
        assert time.monotonic() - began > 0.5, "each of the two has its time"
        assert swivel.stop().failed == 1


def test_a_client_that_left_while_its_server_was_sought_leaves_nothing_behind(start, engine):
    with silent_listener() as (silent, _):
        swivel = start("--server", silent, "--retries", "0", "--timeout-connect", "1s", engine=engine)
        before = swivel.descriptors()["socket"]
        for _ in range(20):
            swivel.connect().close()
        wait_until(lambda: swivel.descriptors()["socket"] == before, 60, "every socket is given back")
        assert swivel.stop().connections == 20


def test_a_server_that_comes_back_is_used_again(start, engine, short_path):
    path = str(short_path / "server.sock")
    with greeters("steady") as servers:
        flags = ["--server", f"flaky@unix:{path}", *server_flags(servers), "--balance", "roundrobin", "--workers", "1"]
        swivel = start(*flags, engine=engine)
        assert tally(swivel, 10) == {"steady": 10}
        with Server(greeter("flaky"), family=socket.AF_UNIX, path=path):
            reached = tally(swivel, 10)
        assert reached["flaky"] == 5, reached
        assert tally(swivel, 10) == {"steady": 10}
