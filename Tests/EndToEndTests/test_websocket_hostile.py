"""Frames that RFC 6455 forbids: whoever sent one is told so, the other side is told that it is over, and no one else is."""

import contextlib
import os
import random
import socket
import time

import pytest

from harness import proc
from harness.frames import BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame, closing
from harness.messages import Cut
from harness.waiting import wait_until
from harness.websocket import HeldServer, pair

MASK = b"\x12\x34\x56\x78"
# What the other side is told: a client 1014 (bad gateway), a server 1001 (its client goes away).
TOLD_CLIENT, TOLD_SERVER = 1014, 1001


def head(opcode, count, *, fin=True, mask=MASK, **odd):
    return Frame(opcode, bytes(count), fin, mask=mask).wire(**odd)


# As a client sends them; a server's are the same without the mask.
FORBIDDEN = {
    "a fragmented ping": lambda mask: head(PING, 1, fin=False, mask=mask),
    "a fragmented close": lambda mask: head(CLOSE, 2, fin=False, mask=mask),
    "a fragmented pong": lambda mask: head(PONG, 0, fin=False, mask=mask),
    "a ping of 126 bytes": lambda mask: head(PING, 126, mask=mask),
    "a close of 126 bytes": lambda mask: head(CLOSE, 126, mask=mask),
    "a pong with a length in 8 bytes": lambda mask: head(PONG, 70_000, mask=mask),
    "a ping with a length in 2 bytes": lambda mask: head(PING, 5, mask=mask, length_bytes=2),
    "5 in 2 bytes": lambda mask: head(TEXT, 5, mask=mask, length_bytes=2),
    "125 in 2 bytes": lambda mask: head(BINARY, 125, mask=mask, length_bytes=2),
    "0 in 8 bytes": lambda mask: head(TEXT, 0, mask=mask, length_bytes=8),
    "65,535 in 8 bytes": lambda mask: head(BINARY, 65_535, mask=mask, length_bytes=8),
    "2^63": lambda mask: Frame(BINARY, mask=mask).head(1 << 63),
    "2^64 - 1": lambda mask: Frame(BINARY, mask=mask).head((1 << 64) - 1),
    "a close of one byte": lambda mask: Frame(CLOSE, b"\x03", mask=mask).wire(),
}


@pytest.fixture
def tunnel(balance, engine):
    """`tunnel(*flags)` gives both ends of one, and Swivel."""
    with HeldServer() as server:
        swivel = None
        contexts = []

        def tunnel(*flags):
            nonlocal swivel
            swivel = swivel or balance(server, *flags, engine=engine)
            contexts.append(pair(swivel, server))
            return (*contexts[-1].__enter__(), swivel)

        yield tunnel
        for context in contexts:
            context.__exit__(None, None, None)


def assert_ended(client, other, code_client, code_server):
    """Both are told, in whole frames and nothing behind them; both answer, and the server ends first as it must."""
    assert (client.closed(), other.closed()) == (code_client, code_server)
    for peer in (client, other):
        with contextlib.suppress(OSError):  # It may have ended already.
            peer.close(1000)
    with contextlib.suppress(OSError):
        other.connection.shutdown(socket.SHUT_WR)
    assert client.is_ended()
    client.connection.close()
    assert other.is_ended()


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_client_that_breaks_a_rule_is_closed_with_1002(tunnel, name):
    client, other, _ = tunnel()
    client.text("before")
    assert other.message() == (TEXT, b"before")
    client.send_raw(FORBIDDEN[name](MASK))
    assert_ended(client, other, 1002, TOLD_SERVER)


@pytest.mark.parametrize("name", FORBIDDEN)
def test_a_server_that_breaks_a_rule_is_closed_with_1002(tunnel, name):
    client, other, _ = tunnel()
    other.text("before")
    assert client.message() == (TEXT, b"before")
    other.send_raw(FORBIDDEN[name](None))
    assert_ended(client, other, TOLD_CLIENT, 1002)


@pytest.mark.parametrize("opcode, size", [(TEXT, 5), (BINARY, 70_000), (PING, 3), (PONG, 8), (CLOSE, 2)])
def test_a_client_that_does_not_mask_is_closed_with_1002(tunnel, opcode, size):
    client, other, _ = tunnel()
    client.send_raw(head(opcode, size, mask=None))
    assert_ended(client, other, 1002, TOLD_SERVER)


@pytest.mark.parametrize("opcode, size", [(TEXT, 5), (BINARY, 70_000), (PING, 3), (PONG, 8), (CLOSE, 2)])
def test_a_server_that_masks_is_closed_with_1002(tunnel, opcode, size):
    client, other, _ = tunnel()
    other.send_raw(head(opcode, size, mask=MASK))
    assert_ended(client, other, TOLD_CLIENT, 1002)


def test_opaque_looks_at_nothing(balance, engine):
    with HeldServer() as server:
        swivel = balance(server, "--ws-mode", "opaque", engine=engine)
        with pair(swivel, server) as (client, other):
            for data in (head(TEXT, 100, mask=None), *(make(MASK) for make in FORBIDDEN.values()), os.urandom(5000)):
                for sender, receiver in ((client, other), (other, client)):
                    sender.send_raw(data)
                    assert b"".join(receiver.stream.pieces(len(data))) == data


def test_others_do_not_notice(tunnel):
    others = [tunnel() for _ in range(10)]
    client, other, _ = tunnel()
    client.send_raw(head(TEXT, 1, mask=None))
    assert_ended(client, other, 1002, TOLD_SERVER)
    for client, other, _ in others:
        client.text("still here")
        assert other.message() == (TEXT, b"still here")


@pytest.mark.parametrize("size", [100, 5000, 100_000])
def test_a_frame_may_be_as_long_as_allowed(tunnel, size):
    client, other, _ = tunnel("--ws-max-frame", size)
    for sender, receiver in ((client, other), (other, client)):
        sender.send(Frame(BINARY, bytes(size)))
        assert receiver.message() == (BINARY, bytes(size))


@pytest.mark.parametrize("size", [100, 5000, 100_000])
def test_a_client_with_a_longer_frame_is_closed_with_1009(tunnel, size):
    client, other, _ = tunnel("--ws-max-frame", size)
    # Its head is enough.
    client.send_raw(Frame(BINARY, mask=MASK).head(size + 1))
    assert_ended(client, other, 1009, TOLD_SERVER)


def test_a_server_with_a_longer_frame_is_closed_with_1009(tunnel):
    client, other, _ = tunnel("--ws-max-frame", "1k")
    other.send_raw(Frame(BINARY).head(1025))
    assert_ended(client, other, TOLD_CLIENT, 1009)


def test_the_longest_length_is_too_long(tunnel):
    client, other, _ = tunnel("--ws-max-frame", "1m")
    client.send_raw(Frame(BINARY, mask=MASK).head((1 << 63) - 1))
    assert_ended(client, other, 1009, TOLD_SERVER)


def test_what_stood_before_a_fault_has_arrived(tunnel):
    """In one piece with it: the frames before it are passed on, and none behind it."""
    client, other, _ = tunnel()
    before = b"".join(Frame(TEXT, b"%d" % index, mask=MASK).wire() for index in range(20))
    client.send_raw(before + head(TEXT, 2, mask=None) + Frame(TEXT, b"behind", mask=MASK).wire())
    assert [other.message() for _ in range(20)] == [(TEXT, b"%d" % index) for index in range(20)]
    assert_ended(client, other, 1002, TOLD_SERVER)


def test_a_close_never_stands_within_a_message_that_the_other_has_half_sent(tunnel):
    """The server is in the midst of a frame when the client misbehaves: the client sees that frame go on, or cut."""
    client, other, _ = tunnel()
    whole = Frame(BINARY, b"\x88\x02\x03\xea" * 1000).wire()
    other.send_raw(whole[:2000])
    begun = b"".join(client.stream.pieces(2000))
    client.send_raw(head(TEXT, 2, mask=None))
    time.sleep(0.2)  # The fault is seen while the frame is not whole.
    try:
        other.send_raw(whole[2000:])
        rest = b"".join(client.stream.pieces(len(whole) - 2000))
    except (Cut, OSError):
        assert whole.startswith(begun + bytes(client.stream.buffer)), "something else stands in the frame"
        return
    assert begun + rest == whole
    assert client.closed() in (None, 1002)


def test_a_close_stands_between_the_fragments_of_a_message(tunnel):
    client, other, _ = tunnel()
    other.send(Frame(TEXT, b"begun", fin=False))
    assert client.read().payload == b"begun"
    client.send(Frame(TEXT, b"begun too", fin=False))
    assert other.read().payload == b"begun too"
    client.send_raw(head(TEXT, 2, mask=None))
    assert_ended(client, other, 1002, TOLD_SERVER)


def test_who_does_not_answer_our_close_is_cut(balance):
    """Within 5 s, which is why one engine has to do."""
    with HeldServer() as server:
        swivel = balance(server)
        with pair(swivel, server) as (client, other):
            client.send_raw(head(TEXT, 2, mask=None))
            assert client.closed() == 1002
            assert other.closed() == TOLD_SERVER
            assert client.is_ended() and other.is_ended()


def test_a_flood_of_control_frames_costs_no_memory(tunnel):
    """Pings that are not read, as many as one pleases: the sender waits, and the process stays as it is."""
    client, other, swivel = tunnel()
    before = proc.memory_bytes(swivel.pid)
    flood = Frame(PING, b"p" * 125, mask=MASK).wire() * 1000
    client.connection.settimeout(0.5)
    with pytest.raises(TimeoutError):
        for _ in range(2000):  # More than sockets ever hold.
            client.send_raw(flood)
    assert proc.memory_bytes(swivel.pid) - before < 16 << 20


def test_faults_leave_nothing_behind(balance, engine):
    """Every kind of fault, from either side; at the end the process holds as many sockets as at the beginning."""
    with HeldServer() as server:
        swivel = balance(server, engine=engine)
        before = swivel.descriptors()["socket"]
        for make in FORBIDDEN.values():
            for index in range(2):
                with pair(swivel, server) as ends:
                    ends[index].send_raw(make(MASK if index == 0 else None))
                    assert ends[index].closed() == 1002
        wait_until(lambda: server.active == 0, 60, "every tunnel has ended")
        wait_until(lambda: swivel.descriptors()["socket"] <= before, 60, "every socket is given back")


@pytest.mark.parametrize("seed", range(4))
def test_noise_breaks_nothing(balance, engine, seed):
    """Random bytes from either side, with a limit and pings of ours: the tunnel ends or not, the next one works."""
    noise = random.Random(seed)
    with HeldServer() as server:
        swivel = balance(server, "--ws-max-frame", "64k", "--ws-ping-interval", "50ms", engine=engine)
        for _ in range(25):
            with pair(swivel, server) as (client, other):
                for _ in range(noise.randint(1, 5)):
                    sender = noise.choice((client, other))
                    data = bytearray(noise.randbytes(noise.randint(1, 300)))
                    data[0] = noise.choice((0x01, 0x82, 0x89, 0x8A, 0x00, 0x80, data[0]))
                    try:
                        sender.send_raw(data)
                    except OSError:
                        break  # It was ended already.
        with pair(swivel, server) as (client, other):
            client.send(Frame(CONTINUATION, b"x", fin=True), closing(1000))
            assert other.closed() == 1000
