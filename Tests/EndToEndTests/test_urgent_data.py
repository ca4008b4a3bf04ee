"""A byte sent as urgent data: it stands outside the stream, and must not end, hang or spin what goes on beside it."""

import socket
import threading

import pytest

from harness.clients import random_bytes, receive_exactly, receive_to_end
from harness.servers import Server
from harness.waiting import wait_until

HEAD, TAIL = random_bytes(1, 8 << 20), random_bytes(2, 100_000)
# TCP leaves open whether the byte is read in its place or beside the stream.
WHOLE = (HEAD + TAIL, HEAD + b"!" + TAIL)


def speak(connection):
    """Long enough for a splice, then the urgent byte, then the rest and the end."""
    connection.sendall(HEAD)
    connection.send(b"!", socket.MSG_OOB)
    connection.sendall(TAIL)
    connection.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("splice", ["on", "off"])
@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_flow_goes_on_behind_an_urgent_byte(start, engine, direction, splice):
    heard = []

    def handler(connection):
        if direction == "up":
            heard.append(receive_to_end(connection))
        else:
            speak(connection)
            connection.recv(1)

    with Server(handler) as server:
        swivel = start("--server", server, "--splice", splice, engine=engine)
        with swivel.connect() as client:
            if direction == "up":
                speak(client)
                assert client.recv(1) == b""
            else:
                heard.append(receive_to_end(client))
        totals = swivel.stop()
    assert heard[0] in WHOLE, f"{len(heard[0])} of {len(WHOLE[0])} bytes"
    if splice == "on":
        assert totals.spliced > 0, "the flow was not spliced"


@pytest.mark.parametrize("splice", ["on", "off"])
def test_a_silent_flow_with_an_urgent_byte_takes_no_processor_time(start, engine, splice):
    received, done = bytearray(), threading.Event()

    def handler(connection):
        while data := connection.recv(1 << 16):
            received.extend(data)
        done.set()

    with Server(handler) as server:
        swivel = start("--server", server, "--splice", splice, "--spin", "off", engine=engine)
        with swivel.connect() as client:
            client.sendall(HEAD)
            client.send(b"!", socket.MSG_OOB)
            wait_until(lambda: len(received) >= len(HEAD), 60, "all before the urgent byte arrives")
            # The best of some seconds: who spins takes each of them.
            assert any(swivel.cpu_seconds_over(1) < 0.2 for _ in range(5))
            client.sendall(TAIL)
            wait_until(lambda: len(received) >= len(HEAD + TAIL), 60, "what comes later arrives")
        assert done.wait(60)
    assert bytes(received) in WHOLE


def test_an_urgent_byte_alone_ends_nothing(start, engine):
    def handler(connection):
        connection.sendall(receive_to_end(connection).replace(b"!", b""))

    with Server(handler) as server:
        swivel = start("--server", server, engine=engine)
        with swivel.connect() as client:
            client.send(b"!", socket.MSG_OOB)
            client.sendall(b"after it")
            client.shutdown(socket.SHUT_WR)
            assert receive_exactly(client, 8) == b"after it"
            assert client.recv(1) == b""
