"""Who is silent too long is let go; who is slow, but alive, never.

Times pass in these tests because passing time is what they are about.
"""

import socket
import threading
import time

import pytest

from harness.clients import echoed, is_readable, is_served, random_bytes, receive_exactly, receive_to_end, seconds_until_end
from harness.servers import Server, echo, swallow
from harness.waiting import wait_until

# What is to live is never silent for so long, even where the machine stands still for two seconds.
PATIENCE, PATIENCE_SECONDS = "4s", 4
# Bytes with pauses between, for longer than that.
TRICKLE_COUNT = 6
TRICKLE_SECONDS = 1
# Whoever is not let go by then never will be.
NEVER_SECONDS = 60


def trickle(connection):
    for index in range(TRICKLE_COUNT):
        connection.sendall(bytes([index]))
        time.sleep(TRICKLE_SECONDS)  # The pauses that are no silence yet.


def is_timely(began, seconds=1):
    """`began` stands before the last that was said, so that nobody who was held up takes an end for early."""
    return 0.9 * seconds <= time.monotonic() - began < NEVER_SECONDS


def test_an_idle_tunnel_is_cut_at_its_timeout(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--timeout-tunnel", PATIENCE, engine=engine)
        with swivel.connect() as client:
            began = time.monotonic()
            assert echoed(client, b"then silence")
            seconds_until_end(client, NEVER_SECONDS)
            assert is_timely(began, PATIENCE_SECONDS)
        assert is_served(swivel.address)


def test_a_tunnel_that_never_said_a_word_is_cut_at_its_timeout(start, engine):
    ended = threading.Event()

    def handler(connection):
        try:
            swallow(connection)
        finally:  # An end or a reset: either tells.
            ended.set()

    with Server(handler) as server:
        swivel = start("--server", server, "--timeout-tunnel", "1s", engine=engine)
        began = time.monotonic()
        with swivel.connect() as client:
            seconds_until_end(client, NEVER_SECONDS)
            assert is_timely(began)
            assert ended.wait(NEVER_SECONDS), "the server side was not told"


@pytest.mark.parametrize("speaker", ["client", "server"])
def test_one_byte_now_and_then_keeps_a_tunnel_alive(start, engine, speaker):
    received = []

    def handler(connection):
        if speaker == "server":
            trickle(connection)
        received.append(receive_to_end(connection))

    with Server(handler) as server:
        swivel = start("--server", server, "--timeout-tunnel", PATIENCE, engine=engine)
        with swivel.connect() as client:
            if speaker == "client":
                trickle(client)
                client.shutdown(socket.SHUT_WR)
                assert receive_to_end(client) == b""
            else:
                assert receive_exactly(client, TRICKLE_COUNT) == bytes(range(TRICKLE_COUNT))
        swivel.stop()
    assert received == [bytes(range(TRICKLE_COUNT)) if speaker == "client" else b""]


@pytest.mark.parametrize("splice", ["auto", "off"])
def test_a_slow_reader_of_much_is_alive_as_long_as_it_reads(start, engine, splice):
    """Its bytes leave the kernel so slowly that no send finishes within the timeout."""
    payload = random_bytes(1, 24 << 20)
    with Server(lambda connection: connection.sendall(payload)) as server:
        swivel = start("--server", server, "--timeout-tunnel", PATIENCE, "--splice", splice, engine=engine)
        with swivel.connect(receive_buffer=16 << 10) as client:
            received = bytearray()
            until = time.monotonic() + 1.5 * PATIENCE_SECONDS
            while time.monotonic() < until:
                received += receive_exactly(client, 16 << 10)
                time.sleep(0.2)  # The slowness of the reader.
            received += receive_to_end(client)
        assert received == payload


def test_a_reader_that_stopped_is_cut_at_the_tunnel_timeout(start, engine):
    """Bytes wait for it, and nothing moves any more."""
    ended = threading.Event()

    def handler(connection):
        try:
            while True:
                connection.sendall(bytes(1 << 16))
        finally:
            ended.set()

    with Server(handler) as server:
        swivel = start("--server", server, "--timeout-tunnel", "1s", engine=engine)
        with swivel.connect(receive_buffer=8192):
            assert ended.wait(NEVER_SECONDS), "the server still sends to a client that takes nothing"
        server.handler = echo
        assert is_served(swivel.address)


def test_a_half_closed_connection_is_cut_at_its_timeout(start, engine):
    def never_end(connection):
        swallow(connection)
        ended.wait(NEVER_SECONDS)

    ended = threading.Event()
    with Server(never_end) as server:
        swivel = start("--server", server, "--timeout-half-close", "1s", "--timeout-tunnel", "1h", engine=engine)
        with swivel.connect() as client:
            client.sendall(b"last words")
            began = time.monotonic()
            client.shutdown(socket.SHUT_WR)
            seconds_until_end(client, NEVER_SECONDS)
            assert is_timely(began)
        ended.set()


def test_a_connection_half_closed_by_its_server_is_cut_at_its_timeout(start, engine):
    ends = []

    def handler(connection):
        began = time.monotonic()
        connection.shutdown(socket.SHUT_WR)
        seconds_until_end(connection, NEVER_SECONDS)
        ends.append(is_timely(began))

    with Server(handler) as server:
        swivel = start("--server", server, "--timeout-half-close", "1s", "--timeout-tunnel", "1h", engine=engine)
        with swivel.connect() as client:
            assert receive_to_end(client) == b""
            wait_until(lambda: ends, NEVER_SECONDS, "the server side has ended")
    assert ends == [True]


def test_a_half_closed_connection_whose_other_half_speaks_is_alive(start, engine):
    def handler(connection):
        receive_to_end(connection)
        trickle(connection)

    with Server(handler) as server:
        swivel = start("--server", server, "--timeout-half-close", PATIENCE, engine=engine)
        with swivel.connect() as client:
            client.shutdown(socket.SHUT_WR)
            assert receive_to_end(client) == bytes(range(TRICKLE_COUNT))


def test_timeouts_of_one_connection_leave_the_other_alone(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--timeout-tunnel", PATIENCE, "--workers", "1", engine=engine)
        with swivel.connect() as silent, swivel.connect() as busy:
            assert echoed(silent, b"x")
            until = time.monotonic() + NEVER_SECONDS
            while not is_readable(silent, 0.1):  # Busy, but not without pauses.
                assert time.monotonic() < until, "the silent one is kept, as another speaks"
                assert echoed(busy, b"y")
            seconds_until_end(silent, NEVER_SECONDS)
            assert echoed(busy, b"y")
