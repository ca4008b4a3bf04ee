"""Limits of the process, a frontend, a listener and a server: never passed, and who waits is served in the end."""

import contextlib

import pytest

from harness.clients import echoed, in_parallel, receive_exactly
from harness.places import HELLO, answer_once, ask, assert_limited, part
from harness.servers import Server, echo


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
@pytest.mark.parametrize("balance", ["roundrobin", "leastconn"])
def test_a_server_never_has_more_connections_than_it_allows(start, engine, workers, balance):
    """Those for whom there is no room are reset and counted: a queue for them is still to come."""

    def visit(_index):
        served = 0
        for _ in range(20):
            with contextlib.suppress(OSError, AssertionError):
                client = ask(swivel.address)
                assert receive_exactly(client, len(HELLO)) == HELLO
                part(client)
                served += 1
        return served

    with Server(answer_once) as small, Server(answer_once) as large:
        servers = ["--server", f"{small},maxconn=2", "--server", f"{large},maxconn=5"]
        swivel = start(*servers, "--balance", balance, "--workers", workers, engine=engine)
        served = sum(in_parallel(30, visit))
        swivel.stop()
    assert served > 0
    assert 0 < small.peak <= 2
    assert 0 < large.peak <= 5


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
