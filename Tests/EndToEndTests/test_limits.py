"""Limits of the process, a frontend, a listener and a server: never passed, and who waits is served in the end."""

import contextlib

import pytest

from harness.clients import echoed, receive_exactly
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
