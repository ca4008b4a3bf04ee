"""What passes a tunnel: frames of every kind, cut at every place, both ways; and how it ends.

The raw peers compare bytes: the balancer may add and swallow pings of its own, and there are none here.
"""

import contextlib
import socket
import threading
import time

import pytest

from harness.clients import reset
from harness.frames import (
    BINARY, CONTINUATION, NO_CODE, PING, PONG, TEXT, Frame, closing, fragments, masked,
)
from harness.websocket import HeldServer, WebSocketServer, pair
from harness.waiting import wait_until

MASK = b"\x12\x34\x56\x78"
# One of each: lengths in one, two and eight bytes, control frames between fragments, bits and opcodes of extensions.
KINDS = [
    Frame(TEXT, b"first"),
    Frame(PING, b""),
    Frame(BINARY, b"\0" * 126),
    Frame(TEXT, b"a", fin=False),
    Frame(PING, b"between"),
    Frame(CONTINUATION, b"", fin=False),
    Frame(PONG, b"8 bytes!"),
    Frame(PONG, b"unasked"),
    Frame(CONTINUATION, b"b"),
    Frame(TEXT, b"compressed", reserved=4),
    Frame(BINARY, b"bits", reserved=3),
    *(Frame(opcode, b"x%d" % opcode, reserved=opcode & 7) for opcode in (3, 4, 5, 6, 7, 11, 12, 13, 14, 15)),
    Frame(PING, b"p" * 125),
    Frame(TEXT, b""),
]
MODES = ["frame", "opaque"]


@pytest.fixture(params=MODES)
def mode(request):
    return "--ws-mode", request.param


def wires(is_client):
    """The frames' bytes as that side sends them, and where each begins."""
    data = [(frame.under(MASK) if is_client else frame).wire() for frame in KINDS]
    return b"".join(data)


def received(peer, count):
    return b"".join(peer.stream.pieces(count))


def both(client, other):
    """Each direction: who sends, who receives."""
    return ((client, other), (other, client))


def test_frames_of_every_kind_pass_untouched(balance, engine, mode):
    with HeldServer() as server:
        swivel = balance(server, *mode, engine=engine)
        with pair(swivel, server) as (client, other):
            for sender, receiver in both(client, other):
                data = wires(sender.is_client)
                sender.send_raw(data)
                assert received(receiver, len(data)) == data


def test_frames_pass_however_they_are_cut(balance, engine):
    """Two pieces, with the cut at every place; then byte by byte."""
    with HeldServer() as server:
        swivel = balance(server, engine=engine)
        with pair(swivel, server) as (client, other):
            for sender, receiver in both(client, other):
                sender.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                data = wires(sender.is_client)
                for cut in range(1, len(data)):
                    sender.send_raw(data[:cut])
                    time.sleep(0.001)  # So that most of them are read apart.
                    sender.send_raw(data[cut:])
                    assert received(receiver, len(data)) == data, cut
                for byte in data:
                    sender.send_raw(bytes([byte]))
                assert received(receiver, len(data)) == data


def test_many_frames_in_one_piece_pass(balance, engine, mode):
    """Small frames by the hundred, in writes that end anywhere."""
    with HeldServer() as server:
        swivel = balance(server, *mode, engine=engine)
        with pair(swivel, server) as (client, other):
            for sender, receiver in both(client, other):
                data = wires(sender.is_client) * 100
                # Beside it, as sockets may hold less.
                sending = threading.Thread(target=send_in_writes, args=(sender, data, 9973), daemon=True)
                sending.start()
                assert received(receiver, len(data)) == data
                sending.join(60)


def send_in_writes(sender, data, count):
    for start in range(0, len(data), count):
        sender.send_raw(data[start : start + count])


def test_pings_are_answered_by_the_other_side_alone(balance, engine):
    with HeldServer() as server:
        swivel = balance(server, engine=engine)
        with pair(swivel, server) as (client, other):
            for asker, answerer in both(client, other):
                for text in (b"", b"8 bytes.", b"x" * 125):
                    asker.send(Frame(PING, text))
                    assert answerer.read().payload == text
                    answerer.send(Frame(PONG, text))
                    pong = asker.read()
                    assert (pong.opcode, pong.payload) == (PONG, text)


def test_control_frames_stand_where_they_stood_in_a_fragmented_message(balance, engine, mode):
    with HeldServer() as server:
        swivel = balance(server, *mode, engine=engine)
        with pair(swivel, server) as (client, other):
            for sender, receiver in both(client, other):
                parts = fragments(TEXT, b"one ", b"two ", b"", b"three")
                sent = [parts[0], Frame(PING, b"a"), parts[1], parts[2], Frame(PONG, b"b"), Frame(PING, b"c"), parts[3]]
                sender.send(*sent)
                got = [receiver.read() for _ in sent]
                assert [(frame.opcode, frame.payload, frame.fin) for frame in got] == [
                    (frame.opcode, frame.payload, frame.fin) for frame in sent
                ]


CODES = [1000, 1001, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 3000, 4999, None]


def end_first(server_end):
    with contextlib.suppress(OSError):  # It is not waited for longer than a second.
        server_end.connection.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize("beginner", ["client", "server"])
def test_close_codes_pass_both_ways_and_the_tunnel_ends(balance, engine, beginner):
    with HeldServer() as server:
        swivel = balance(server, engine=engine)
        for code in CODES:
            with pair(swivel, server) as (client, other):
                first, second = (client, other) if beginner == "client" else (other, client)
                first.close(code, b"because" if code else b"")
                assert (got := second.read()).code == (code or NO_CODE)
                assert got.payload[2:] == (b"because" if code else b"")
                second.close(code)
                assert first.read().code == (code or NO_CODE)
                # The server ends first (section 7.1.1); its end is passed on.
                end_first(other)
                assert client.is_ended()
                client.connection.close()
                assert other.is_ended()


def test_a_close_with_the_longest_reason_passes(balance, engine):
    with HeldServer() as server:
        swivel = balance(server, engine=engine)
        with pair(swivel, server) as (client, other):
            for sender, receiver in both(client, other):
                sender.close(4000, b"r" * 123)
                assert receiver.read().payload[2:] == b"r" * 123


def test_closes_that_cross_end_the_tunnel(balance, engine):
    with HeldServer() as server:
        swivel = balance(server, engine=engine)
        with pair(swivel, server) as (client, other):
            client.close(4001)
            other.close(4002)
            assert (client.closed(), other.closed()) == (4002, 4001)
            end_first(other)
            assert client.is_ended()


def test_messages_go_on_towards_the_side_that_has_not_closed(balance, engine):
    """Section 5.5.1: who has sent a close may still receive."""
    with HeldServer() as server:
        swivel = balance(server, engine=engine)
        with pair(swivel, server) as (client, other):
            client.close(1000)
            assert other.read().code == 1000
            other.send(Frame(TEXT, b"one more"), closing(1000))
            assert client.message() == (TEXT, b"one more")
            assert client.closed() == 1000


def test_nothing_passes_behind_a_close(balance, engine):
    with HeldServer() as server:
        swivel = balance(server, engine=engine)
        for index in range(2):
            with pair(swivel, server) as (client, other):
                sender, receiver = both(client, other)[index]
                sender.send(closing(1000), Frame(TEXT, b"behind it"), Frame(PING, b"too"))
                assert receiver.read().code == 1000
                receiver.connection.settimeout(0.2)
                with pytest.raises(TimeoutError):
                    receiver.stream.fill()
                receiver.connection.settimeout(10)
                receiver.close(1000)
                assert sender.closed() == 1000


@pytest.mark.parametrize("ending", ["orderly", "reset"])
@pytest.mark.parametrize("first", ["client", "server"])
def test_an_end_without_a_close_is_passed_on(balance, engine, mode, first, ending):
    with HeldServer() as server:
        swivel = balance(server, *mode, engine=engine)
        with pair(swivel, server) as (client, other):
            leaver, stayer = (client, other) if first == "client" else (other, client)
            leaver.text("goodbye")
            assert stayer.message() == (TEXT, b"goodbye")
            if ending == "reset":
                reset(leaver.connection)
            else:
                leaver.connection.shutdown(socket.SHUT_RDWR)
            assert stayer.closed() in (None, 1001, 1014, NO_CODE)
            assert stayer.is_ended()


def test_the_masks_of_clients_are_kept(balance, engine):
    """The balancer does not take them off and put others on."""
    with HeldServer() as server:
        swivel = balance(server, engine=engine)
        with pair(swivel, server) as (client, other):
            for mask in (bytes(4), b"\xff" * 4, MASK):
                client.send(Frame(TEXT, b"under it", mask=mask))
                assert other.read() == Frame(TEXT, b"under it", mask=mask)
    assert masked(masked(b"under it", MASK), MASK) == b"under it"


def test_a_tunnel_that_ends_gives_everything_back(balance, engine, mode):
    with WebSocketServer() as server:
        swivel = balance(server, *mode, engine=engine)
        with pair(swivel, server) as (client, _):
            assert client.echoes(b"warm")
        wait_until(lambda: server.active == 0, 60, "the tunnel ends")
        before = swivel.descriptors()
        for _ in range(50):
            with pair(swivel, server) as (client, _):
                assert client.echoes(b"again")
        wait_until(lambda: server.active == 0, 60, "the tunnels end")
        wait_until(lambda: swivel.descriptors()["socket"] <= before["socket"], 60, "the sockets are given back")
