"""The end: what was begun is finished, nothing new is taken, and patience has a bound."""

import contextlib
import signal
import socket
import time

import pytest

from harness.clients import echoed, is_refused, random_bytes, receive_exactly, receive_to_end, wait_for_end
from harness.servers import Server, echo
from harness.swivel import CUT_SHORT, NOTHING_LEFT
from harness.waiting import wait_until

HELLO = b"hello"
# Longer than any wait of these tests: who ends within it has not waited for it.
PATIENT = "10m"


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGQUIT"])
def test_a_swivel_without_connections_ends_at_once(start, engine, name):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine, graceful_timeout=PATIENT)
        swivel.stop(getattr(signal, name))


def assert_cut_short(swivel, count):
    """Those that were open are told of, by their number; what they held was given back all the same."""
    assert int(swivel.stderr.wait_for(CUT_SHORT, 10)[1]) == count
    assert swivel.left_over == NOTHING_LEFT


@pytest.mark.parametrize("name", ["SIGTERM", "SIGINT", "SIGQUIT"])
def test_an_established_connection_goes_on_and_new_ones_are_refused(start, engine, name):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine, graceful_timeout=PATIENT)
        with swivel.connect() as client:
            assert echoed(client, HELLO)
            swivel.signal(getattr(signal, name))
            wait_until(lambda: is_refused(swivel.address), 60, "new connections are refused")
            assert swivel.is_running
            assert echoed(client, random_bytes(1, 2 << 20))
            client.shutdown(socket.SHUT_WR)
            assert receive_to_end(client) == b""
        swivel.finish()


def test_a_second_signal_stops_at_once_and_says_what_was_left(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine, graceful_timeout=PATIENT, ends_clean=False)
        with swivel.connect() as client:
            assert echoed(client, HELLO)
            swivel.drain()
            swivel.signal(signal.SIGTERM)
            assert swivel.wait(60) == 0
            wait_for_end(client)
        assert_cut_short(swivel, 1)


def test_patience_ends_at_the_graceful_timeout(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine, graceful_timeout="1s", ends_clean=False)
        with swivel.connect() as first, swivel.connect() as second:
            assert echoed(first, HELLO) and echoed(second, HELLO)
            began = time.monotonic()
            swivel.signal(signal.SIGTERM)
            assert swivel.wait(60) == 0
            assert time.monotonic() - began > 0.9
        assert_cut_short(swivel, 2)


def test_a_long_transfer_is_finished_during_the_drain(start, engine):
    payload = random_bytes(2, 32 << 20)
    with Server(lambda connection: connection.sendall(payload)) as server:
        swivel = start("--server", server, engine=engine, graceful_timeout=PATIENT)
        with swivel.connect() as client:
            head = receive_exactly(client, 1 << 20)
            swivel.signal(signal.SIGTERM)
            wait_until(lambda: is_refused(swivel.address), 60, "new connections are refused")
            assert head + receive_to_end(client) == payload
        swivel.finish()


def test_connections_in_the_accept_queue_are_served_rather_than_reset(start, engine):
    """While the process is stopped the kernel still completes handshakes; it wakes to them and to TERM at once."""
    with Server(echo) as server, contextlib.ExitStack() as stack:
        swivel = start("--server", server, engine=engine, graceful_timeout=PATIENT)
        swivel.signal(signal.SIGSTOP)
        clients = [stack.enter_context(swivel.connect()) for _ in range(40)]
        for client in clients:
            client.sendall(HELLO)
        swivel.signal(signal.SIGTERM)
        swivel.signal(signal.SIGCONT)
        for client in clients:
            client.shutdown(socket.SHUT_WR)
            assert receive_to_end(client) == HELLO
        assert swivel.finish().connections == 40


def test_connections_that_wait_for_a_place_are_served_during_the_drain(start, engine):
    with Server(echo) as server, contextlib.ExitStack() as stack:
        swivel = start("--server", server, "--maxconn", "1", engine=engine, graceful_timeout=PATIENT)
        first = stack.enter_context(swivel.connect())
        assert echoed(first, HELLO)
        waiting = [stack.enter_context(swivel.connect()) for _ in range(5)]
        for client in waiting:
            client.sendall(HELLO)
            client.shutdown(socket.SHUT_WR)
        swivel.signal(signal.SIGTERM)
        assert echoed(first, HELLO)
        first.close()
        for client in waiting:
            assert receive_to_end(client) == HELLO
        assert swivel.finish().connections == 6


def test_a_restart_finds_its_address_free_at_once(start, engine):
    with Server(echo) as server:
        first = start("--server", server, engine=engine)
        with first.connect() as client:
            assert echoed(client, HELLO)
        first.stop()
        second = start("--server", server, engine=engine, bind=(str(first.address),))
        with second.connect() as client:
            assert echoed(client, HELLO)
