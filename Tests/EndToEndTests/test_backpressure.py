"""One side is slower than the other: nothing is lost, memory stays bounded, and nobody else waits."""

import contextlib
import threading
import time

import pytest

from harness import proc
from harness.clients import echoed, is_served, random_bytes, receive_exactly, receive_to_end
from harness.servers import Server, echo
from harness.waiting import wait_until

STALLED_COUNT = 1000
# Loopback's own segment is 64 KiB, for which the kernel grows each send buffer to megabytes: a thousand of them are
# more than net.ipv4.tcp_mem allows all sockets together, and then nobody on the machine can send.
ETHERNET_SEGMENT_BYTES = 1448
# The high-water mark of one direction, with as much again for what the shard itself needs.
STALLED_BYTES_MAX = 512 << 10
PAYLOAD = random_bytes(7, 48 << 20)


def send_payload(connection):
    connection.sendall(PAYLOAD)


def wait_until_blocked(swivel, seconds=60):
    """Returns once Swivel has nothing left to do: two looks at its processor time find no difference."""
    previous = [None]

    def is_quiet():
        time.sleep(0.2)  # The span that is looked at.
        now = proc.cpu_seconds(swivel.pid)
        quiet, previous[0] = now == previous[0], now
        return quiet

    wait_until(is_quiet, seconds, "Swivel has passed on what it could")


def test_a_reader_that_stalls_loses_nothing(start, engine):
    with Server(send_payload) as server:
        swivel = start("--server", server, engine=engine)
        with swivel.connect(receive_buffer=8192) as client:
            wait_until_blocked(swivel)
            assert receive_to_end(client) == PAYLOAD


def test_a_server_that_stalls_loses_nothing(start, engine):
    may_read = threading.Event()
    received = []

    def handler(connection):
        may_read.wait(60)
        received.append(receive_exactly(connection, len(PAYLOAD)))
        connection.sendall(b"done")

    with Server(handler, receive_buffer=8192) as server:
        swivel = start("--server", server, engine=engine)
        with swivel.connect() as client:
            sender = threading.Thread(target=client.sendall, args=(PAYLOAD,), daemon=True)
            sender.start()
            wait_until_blocked(swivel)
            may_read.set()
            assert receive_exactly(client, 4) == b"done"
            sender.join()
    assert received == [PAYLOAD]


def test_a_stalled_reader_does_not_hold_up_what_it_sends_itself(start, engine):
    """The two directions of one connection are apart: its uploads go on while its downloads wait."""

    def handler(connection):
        threading.Thread(target=flood, args=(connection,), daemon=True).start()
        received.append(receive_exactly(connection, len(upload)))
        arrived.set()

    def flood(connection):
        with contextlib.suppress(OSError):
            while True:
                connection.sendall(bytes(1 << 16))

    upload, received, arrived = random_bytes(8, 4 << 20), [], threading.Event()
    with Server(handler) as server:
        swivel = start("--server", server, engine=engine)
        with swivel.connect(receive_buffer=8192) as client:
            wait_until_blocked(swivel)
            client.sendall(upload)
            assert arrived.wait(60)
    assert received == [upload]


@pytest.mark.deadline(300)
def test_a_thousand_stalled_readers_do_not_delay_the_next_client(start, spawn_python, engine):
    server = spawn_python("server.py")
    address = server.stdout.wait_for(r"listening on (\S+)", 60)[1]
    swivel = start("--server", address, engine=engine)
    sockets_before = swivel.descriptors()["socket"]
    memory_before = proc.memory_bytes(swivel.pid)
    with contextlib.ExitStack() as stack:
        for _ in range(STALLED_COUNT):
            stalled = stack.enter_context(swivel.connect(receive_buffer=4096, segment=ETHERNET_SEGMENT_BYTES))
            stalled.sendall(b"F")
        wait_until_blocked(swivel)
        grown = proc.memory_bytes(swivel.pid) - memory_before
        assert grown < STALLED_COUNT * STALLED_BYTES_MAX, f"{grown >> 20} MiB for stalled readers"

        assert is_served(swivel.address), "the next client waits behind them"
        with swivel.connect() as client:
            assert echoed(client, random_bytes(9, 4 << 20))
        swivel.assert_rests("stalled readers")
    wait_until(lambda: swivel.descriptors()["socket"] == sockets_before, 60, "every socket is given back")
    assert is_served(swivel.address)


def test_a_stalled_reader_leaves_its_neighbours_alone(start, engine):
    def handler(connection):
        send_payload(connection) if connection.recv(1) == b"F" else echo(connection)

    with Server(handler) as server:
        swivel = start("--server", server, "--workers", "1", engine=engine)
        with swivel.connect(receive_buffer=8192) as stalled, swivel.connect() as neighbour:
            stalled.sendall(b"F")
            neighbour.sendall(b"E")
            wait_until_blocked(swivel)
            assert echoed(neighbour, random_bytes(10, 8 << 20))
            assert receive_to_end(stalled) == PAYLOAD
