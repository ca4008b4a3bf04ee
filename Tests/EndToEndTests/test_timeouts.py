"""Who is silent too long is let go; who is slow, but alive, never.

Times pass in these tests because passing time is what they are about.
"""

import socket
import threading
import time

import pytest

from harness.clients import echoed, is_served, random_bytes, receive_exactly, receive_to_end, seconds_until_end
from harness.servers import Server, echo, swallow
from harness.waiting import wait_until

# A byte every 0.3 s for 3 s, where 1 s of silence would be the end.
TRICKLE_COUNT = 10
TRICKLE_SECONDS = 0.3
# An end is late if it comes later than this: the wheel's coarseness and a busy machine.
LATE_SECONDS = 1.5


def trickle(connection):
    for index in range(TRICKLE_COUNT):
        connection.sendall(bytes([index]))
        time.sleep(TRICKLE_SECONDS)  # The pauses that are no silence yet.


def is_timely(seconds):
    return 0.9 <= seconds <= 1 + LATE_SECONDS


def test_an_idle_tunnel_is_cut_at_its_timeout(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--timeout-tunnel", "1s", engine=engine)
        with swivel.connect() as client:
            assert echoed(client, b"then silence")
            assert is_timely(seconds_until_end(client, 5))
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
        with swivel.connect() as client:
            assert is_timely(seconds_until_end(client, 5))
            assert ended.wait(5), "the server side was not told"


@pytest.mark.parametrize("speaker", ["client", "server"])
def test_one_byte_now_and_then_keeps_a_tunnel_alive(start, engine, speaker):
    received = []

    def handler(connection):
        if speaker == "server":
            trickle(connection)
        received.append(receive_to_end(connection))

    with Server(handler) as server:
        swivel = start("--server", server, "--timeout-tunnel", "1s", engine=engine)
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
        swivel = start("--server", server, "--timeout-tunnel", "1s", "--splice", splice, engine=engine)
        with swivel.connect(receive_buffer=16 << 10) as client:
            received = bytearray()
            until = time.monotonic() + 4
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
            assert ended.wait(8), "the server still sends to a client that takes nothing"
        server.handler = echo
        assert is_served(swivel.address)


def test_a_half_closed_connection_is_cut_at_its_timeout(start, engine):
    def never_end(connection):
        swallow(connection)
        ended.wait(10)

    ended = threading.Event()
    with Server(never_end) as server:
        swivel = start("--server", server, "--timeout-half-close", "1s", "--timeout-tunnel", "1h", engine=engine)
        with swivel.connect() as client:
            client.sendall(b"last words")
            client.shutdown(socket.SHUT_WR)
            seconds = seconds_until_end(client, 5)
        ended.set()
        assert is_timely(seconds)


def test_a_connection_half_closed_by_its_server_is_cut_at_its_timeout(start, engine):
    ends = []

    def handler(connection):
        connection.shutdown(socket.SHUT_WR)
        ends.append(seconds_until_end(connection, 5))

    with Server(handler) as server:
        swivel = start("--server", server, "--timeout-half-close", "1s", "--timeout-tunnel", "1h", engine=engine)
        with swivel.connect() as client:
            assert receive_to_end(client) == b""
            wait_until(lambda: ends, 8, "the server side has ended")
    assert is_timely(ends[0])


def test_a_half_closed_connection_whose_other_half_speaks_is_alive(start, engine):
    def handler(connection):
        receive_to_end(connection)
        trickle(connection)

    with Server(handler) as server:
        swivel = start("--server", server, "--timeout-half-close", "1s", engine=engine)
        with swivel.connect() as client:
            client.shutdown(socket.SHUT_WR)
            assert receive_to_end(client) == bytes(range(TRICKLE_COUNT))


def test_timeouts_of_one_connection_leave_the_other_alone(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--timeout-tunnel", "1s", "--workers", "1", engine=engine)
        with swivel.connect() as silent, swivel.connect() as busy:
            assert echoed(silent, b"x")
            until = time.monotonic() + 2.5
            while time.monotonic() < until:
                assert echoed(busy, b"y")
                time.sleep(0.1)  # Busy, but not without pauses.
            assert seconds_until_end(silent, 1) < 1
