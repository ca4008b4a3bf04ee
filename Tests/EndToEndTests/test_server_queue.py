"""Every server is full: who comes then waits for a place, and the one that becomes free goes to somebody who waits."""

import signal

import pytest

from harness.clients import in_parallel, receive_exactly
from harness.places import HELLO, answer_once, ask, assert_limited, part, take_served
from harness.servers import Server


@pytest.mark.parametrize("workers", ["1", "2"])
def test_who_finds_the_server_full_waits_until_there_is_room(start, engine, workers):
    with Server(answer_once) as server:
        swivel = start("--server", f"{server},maxconn=4", "--workers", workers, engine=engine)
        assert_limited(swivel.address, server, 4)


@pytest.mark.parametrize("balance", ["roundrobin", "leastconn"])
def test_a_rush_on_full_servers_is_served_to_the_last_client(start, engine, balance):
    with Server(answer_once) as small, Server(answer_once) as large:
        swivel = start(
            "--server", f"{small},maxconn=2", "--server", f"{large},maxconn=5", "--balance", balance,
            "--workers", "2", engine=engine,
        )

        def visit(_index):
            for _ in range(5):
                client = ask(swivel.address)
                assert receive_exactly(client, len(HELLO)) == HELLO
                part(client)

        in_parallel(40, visit)
        totals = swivel.stop()
    assert (totals.connections, totals.failed) == (200, 0)
    assert (small.peak, large.peak) == (2, 5)
    assert small.accepted + large.accepted == 200


def test_a_client_that_stops_waiting_for_a_server_gives_up_its_place(start, engine):
    with Server(answer_once) as server:
        swivel = start("--server", f"{server},maxconn=1", "--workers", "1", engine=engine)
        first = ask(swivel.address)
        assert receive_exactly(first, len(HELLO)) == HELLO
        for _ in range(5):
            ask(swivel.address).close()
        last = ask(swivel.address)
        part(first)
        # Whether the ones that left are noticed in the queue or by the server, the last one is served.
        assert receive_exactly(last, len(HELLO)) == HELLO
        part(last)


def test_who_waits_for_a_server_is_served_during_the_drain(start, engine):
    with Server(answer_once) as server:
        swivel = start("--server", f"{server},maxconn=1", engine=engine, graceful_timeout="10s")
        first = ask(swivel.address)
        assert receive_exactly(first, len(HELLO)) == HELLO
        waiting = [ask(swivel.address) for _ in range(5)]
        swivel.signal(signal.SIGTERM)
        part(first)
        while waiting:
            part(take_served(waiting))
        assert swivel.finish().connections == 6
