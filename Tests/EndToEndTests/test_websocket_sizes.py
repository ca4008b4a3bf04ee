"""Frames and messages of any size, or none that ends: every byte arrives, and what has not been read costs no memory."""

import os
import time

import pytest

from harness import proc
from harness.frames import BINARY, CONTINUATION, PING, TEXT, Frame
from harness.http import payload
from harness.websocket import HeldServer, WebSocketServer, pair

MASK = b"\x12\x34\x56\x78"
MODES = ["frame", "opaque"]


@pytest.fixture(params=MODES)
def mode(request):
    return "--ws-mode", request.param


def received(peer, count):
    return b"".join(peer.stream.pieces(count))


def both(client, other):
    """Each direction: who sends, who receives."""
    return ((client, other), (other, client))


SIZES = [0, 1, 125, 126, 4095, 4096, 65_535, 65_536, 1 << 20, 16 << 20]


def test_a_frame_may_have_any_length(balance, engine, mode):
    with WebSocketServer() as server:
        swivel = balance(server, *mode, engine=engine)
        with pair(swivel, server) as (client, _):
            for size in SIZES:
                content = payload(size, size)[0]
                # Two threads would do it too; the echo reads a whole frame before it answers.
                client.send(Frame(BINARY, content, mask=MASK))
                assert client.message() == (BINARY, content), size


def test_a_length_that_is_never_kept_costs_no_memory(balance, engine):
    """A frame of 2^63 - 1 bytes is announced both ways, and begun: what has come is passed on."""
    with HeldServer() as server:
        swivel = balance(server, engine=engine)
        with pair(swivel, server) as (client, other):
            before = proc.memory_bytes(swivel.pid)
            for sender, receiver in both(client, other):
                head = Frame(BINARY, mask=MASK if sender.is_client else None).head((1 << 63) - 1)
                content = payload(7, 8 << 20)[0]
                assert passes(sender, receiver, head + content) == head + content
            assert proc.memory_bytes(swivel.pid) - before < 16 << 20


def passes(sender, receiver, data):
    """What arrives of `data`, sent in pieces that socket buffers hold."""
    arrived = bytearray()
    for start in range(0, len(data), 1 << 16):
        piece = data[start : start + (1 << 16)]
        sender.send_raw(piece)
        arrived += received(receiver, len(piece))
    return bytes(arrived)


def test_fragments_without_an_end_cost_no_memory(balance, engine):
    """A message of 128 MiB that is not over yet, with pings between, and 100,000 fragments of nothing."""
    with HeldServer() as server:
        swivel = balance(server, engine=engine)
        with pair(swivel, server) as (client, other):
            content = os.urandom((1 << 16) - 8)
            piece = Frame(CONTINUATION, content, fin=False, mask=MASK).wire() + Frame(PING, b"p", mask=MASK).wire()
            nothing = Frame(CONTINUATION, b"", fin=False, mask=MASK).wire() * 10_000
            client.send(Frame(BINARY, b"", fin=False))
            assert other.read().fin is False
            before = proc.memory_bytes(swivel.pid)
            for _ in range(2048):
                client.send_raw(piece)
                assert received(other, len(piece)) == piece
            for _ in range(10):
                assert passes(client, other, nothing) == nothing
            assert proc.memory_bytes(swivel.pid) - before < 16 << 20


def test_a_reader_that_stalls_stops_the_sender_and_costs_no_memory(balance, engine, mode):
    """What the sockets hold is taken, the rest waits at the sender, and nothing of it is lost."""
    with HeldServer() as server:
        swivel = balance(server, *mode, engine=engine)
        # Its buffer does not grow by itself: those of all the others hold some 40 MiB at most.
        with pair(swivel, server, receive_buffer=64 << 10) as (client, other):
            content = payload(9, 64 << 20)[0]
            wire = Frame(BINARY, content).wire()
            before = proc.memory_bytes(swivel.pid)
            other.connection.setblocking(False)
            sent, stalled = 0, 0
            while stalled < 10:
                try:
                    sent += other.connection.send(wire[sent : sent + (1 << 20)])
                    stalled = 0
                except BlockingIOError:
                    stalled += 1
                    time.sleep(0.03)  # So long nothing more is taken: it stalls.
            assert sent < len(wire), "64 MiB went somewhere"
            assert proc.memory_bytes(swivel.pid) - before < 16 << 20
            # The other direction is not held up by that.
            client.text("meanwhile")
            other.connection.settimeout(60)
            assert other.message() == (TEXT, b"meanwhile")
            end = sent
            assert received(client, end) == wire[:end]
