"""Limits of the process, a frontend, a listener and a server: never passed, and who waits is served in the end."""

import contextlib

import pytest

from harness.clients import echoed, in_parallel, readable, receive_exactly
from harness.servers import Server, echo

# Long enough for a connection that would be served to be served; short enough for the test run.
UNSERVED_SECONDS = 0.3
HELLO = b"hello"


def answer_once(connection):
    """Ends its side first, so that the server counts a connection as over before Swivel can."""
    while data := connection.recv(100):
        if data.endswith(b"bye"):
            return
        connection.sendall(data)


def ask(address):
    client = address.connect()
    client.sendall(HELLO)
    return client


def part(client):
    client.sendall(b"bye")
    assert client.recv(100) == b""
    client.close()


def assert_limited(address, server, limit):
    """Three times as many clients as are allowed: the rest wait, and each who leaves lets one in."""
    clients = []
    try:
        for _ in range(limit):
            clients.append(ask(address))
            assert receive_exactly(clients[-1], len(HELLO)) == HELLO
        waiting = [ask(address) for _ in range(2 * limit)]
        clients += waiting
        assert readable(waiting, UNSERVED_SECONDS) == []
        assert server.accepted == limit
        served = clients[:limit]
        while served:
            part(served.pop())
            if waiting:
                served.append(take_served(waiting))
        assert waiting == []
        assert server.peak == limit
        assert server.accepted == 3 * limit
    finally:
        for client in clients:
            client.close()


def take_served(waiting):
    """Whoever is let in next; nobody promises an order across shards."""
    let_in = readable(waiting, 5)
    assert let_in, "a place is free and nobody was let in"
    waiting.remove(let_in[0])
    assert receive_exactly(let_in[0], len(HELLO)) == HELLO
    return let_in[0]


@pytest.mark.parametrize("flags", [("--maxconn", "5"), ("--frontend-maxconn", "5")], ids=["process", "frontend"])
def test_no_more_connections_than_allowed_are_taken_at_a_time(start, engine, flags):
    with Server(answer_once) as server:
        swivel = start("--server", server, *flags, engine=engine)
        assert_limited(swivel.address, server, 5)


def test_a_listeners_limit_is_its_own(start, engine):
    with Server(answer_once) as server, Server(echo) as other:
        swivel = start(
            "--backend", "narrow", "--server", server, "--backend", "wide", "--server", other, engine=engine,
            bind=("n@127.0.0.1:0,maxconn=3,backend=narrow", "w@127.0.0.1:0,backend=wide"),
        )
        with contextlib.ExitStack() as held:
            for _ in range(10):
                client = held.enter_context(swivel.frontends["w"].connect())
                assert echoed(client, HELLO)
            assert_limited(swivel.frontends["n"], server, 3)
            with swivel.frontends["w"].connect() as client:
                assert echoed(client, HELLO)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_server_never_has_more_connections_than_it_allows(start, engine, workers):
    with Server(answer_once) as server:
        swivel = start("--server", f"{server},maxconn=4", "--workers", workers, engine=engine)
        assert_limited(swivel.address, server, 4)


@pytest.mark.parametrize("balance", ["roundrobin", "leastconn"])
def test_a_rush_keeps_every_servers_limit(start, engine, balance):
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
    assert small.peak == 2
    assert large.peak == 5
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


def test_places_are_free_again_after_each_wave(start, engine):
    with Server(answer_once) as server:
        swivel = start("--server", server, "--maxconn", "8", engine=engine)
        for _ in range(10):
            clients = [ask(swivel.address) for _ in range(8)]
            for client in clients:
                assert receive_exactly(client, len(HELLO)) == HELLO
            for client in clients:
                part(client)
        assert swivel.stop().connections == 80
