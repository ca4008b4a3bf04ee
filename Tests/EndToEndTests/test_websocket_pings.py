"""Pings of the balancer's own, in frame mode: who is alive answers them, who is dead is found, and nobody else sees them."""

import socket
import threading
import time

import pytest

from harness.frames import BINARY, CLOSE, PING, PONG, TEXT, Frame, fragments
from harness.http import payload
from harness.websocket import HeldServer, WebSocketServer, pair

# Short for the test; the pauses below are told in it.
INTERVAL_SECONDS = 0.2
PINGS = ("--ws-ping-interval", "200ms", "--ws-ping-timeout", "600ms")


def read_ping(peer, seconds=3):
    peer.connection.settimeout(seconds)
    frame = peer.read()
    assert frame is not None and frame.opcode == PING, frame
    return frame


def silent_for(peer, seconds):
    """Whether neither a frame nor an end comes."""
    peer.connection.settimeout(seconds)
    try:
        return not peer.stream.buffer and peer.stream.fill() and False
    except TimeoutError:
        return True
    finally:
        peer.connection.settimeout(10)


def answer_pings(peer, seconds):
    """Answers what comes for so long, or until a close; returns the frames that were no ping, and how many were."""
    others, pings, deadline = [], 0, time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        peer.connection.settimeout(left)
        try:
            frame = peer.read()
        except TimeoutError:
            break
        if frame is None:
            break
        if frame.opcode == PING:
            pings += 1
            peer.send(Frame(PONG, frame.payload))
        else:
            others.append(frame)
            if frame.opcode == CLOSE:
                break
    peer.connection.settimeout(10)
    return others, pings


@pytest.fixture
def swivel_and(balance, engine):
    with HeldServer() as server:
        yield balance(server, *PINGS, engine=engine), server


def test_an_idle_client_is_pinged_and_its_pong_goes_no_further(swivel_and):
    swivel, server = swivel_and
    with pair(swivel, server) as (client, other):
        for _ in range(4):
            ping = read_ping(client)
            assert ping.fin and ping.reserved == 0 and len(ping.payload) <= 125
            client.send(Frame(PONG, ping.payload))
            other.send(Frame(PONG, read_ping(other).payload))
        # Only pings came to the server: read_ping would not have taken a pong.
        client.text("alive")
        others, _ = answer_pings(other, 0.1)
        assert [frame.payload for frame in others] == [b"alive"]


def test_towards_a_server_our_pings_are_masked(swivel_and):
    swivel, server = swivel_and
    with pair(swivel, server) as (client, other):
        # `read` refuses what is not masked.
        masks = set()
        for _ in range(3):
            ping = read_ping(other)
            masks.add(ping.mask)
            other.send(Frame(PONG, ping.payload))
            client.send(Frame(PONG, read_ping(client).payload))
        assert len(masks) == 3, "a mask is new each time (section 5.3)"


def test_who_answers_stays_however_long(swivel_and):
    """Far longer than the timeout: ten intervals of silence but for the pings."""
    swivel, server = swivel_and
    with pair(swivel, server) as (client, other):
        results = {}
        threads = [
            threading.Thread(target=lambda peer=peer, name=name: results.update({name: answer_pings(peer, 2)}))
            for name, peer in (("client", client), ("server", other))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [results[name][0] for name in ("client", "server")] == [[], []]
        assert all(5 <= results[name][1] <= 11 for name in results), results
        client.text("alive")
        assert other.message() == (TEXT, b"alive")


def test_who_speaks_is_not_pinged(swivel_and):
    swivel, server = swivel_and
    with pair(swivel, server) as (client, other):
        for index in range(30):
            for sender, receiver in ((client, other), (other, client)):
                sender.text(str(index))
                frame = receiver.read()
                assert (frame.opcode, frame.payload) == (TEXT, str(index).encode())
            time.sleep(INTERVAL_SECONDS / 5)  # Idle, but never for an interval.


def test_pings_are_off_where_nobody_asks(balance, engine):
    with HeldServer() as server:
        swivel = balance(server, engine=engine)
        with pair(swivel, server) as (client, other):
            assert silent_for(client, 0.5) and silent_for(other, 0.1)


def test_opaque_cannot_ping_and_says_so(balance, engine):
    with HeldServer() as server:
        swivel = balance(server, "--ws-mode", "opaque", *PINGS, engine=engine)
        assert any("ws-ping-interval" in warning and "opaque" in warning for warning in swivel.warnings), swivel.stderr.text
        with pair(swivel, server) as (client, other):
            assert silent_for(client, 0.6) and silent_for(other, 0.1)


def test_a_client_that_does_not_answer_is_dropped_and_its_server_told(swivel_and):
    swivel, server = swivel_and
    with pair(swivel, server) as (client, other):
        began = time.monotonic()
        others, _ = answer_pings(other, 4)
        assert 0.5 < time.monotonic() - began < 3
        assert [(frame.opcode, frame.code) for frame in others] == [(CLOSE, 1001)]
        other.close(1001)
        other.connection.shutdown(socket.SHUT_RDWR)
        # The ping that it did not answer came to it, then the end, perhaps with what the server said to that.
        assert read_ping(client)
        assert client.closed() in (None, 1001)
        assert client.is_ended()


def test_a_server_that_does_not_answer_is_dropped_and_its_client_told(swivel_and):
    swivel, server = swivel_and
    with pair(swivel, server) as (client, other):
        began = time.monotonic()
        others, _ = answer_pings(client, 4)
        assert 0.5 < time.monotonic() - began < 3
        assert [(frame.opcode, frame.code) for frame in others] == [(CLOSE, 1014)]
        client.close(1000)
        assert client.is_ended(8)


def test_a_wrong_pong_is_no_answer_and_passes(swivel_and):
    swivel, server = swivel_and
    with pair(swivel, server) as (client, other):
        ping = read_ping(client)
        wrong = bytes(byte ^ 1 for byte in ping.payload)
        client.send(Frame(PONG, wrong), Frame(PONG, b"short"), Frame(PONG, b"x" * 125))
        others, _ = answer_pings(other, 4)
        assert [frame.payload for frame in others[:3]] == [wrong, b"short", b"x" * 125]
        assert (others[3].opcode, others[3].code) == (CLOSE, 1001), "a wrong pong was taken for the right one"


def test_the_pong_may_come_in_pieces(swivel_and):
    """Each byte apart, so that it is told from others only at its end; a message stands behind it."""
    swivel, server = swivel_and
    with pair(swivel, server) as (client, other):
        client.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(3):
            ping = read_ping(client)
            for byte in client.wire(Frame(PONG, ping.payload)) + client.wire(Frame(TEXT, b"behind")):
                client.send_raw(bytes([byte]))
                time.sleep(0.001)  # So that they are read apart.
            others = []
            while not others:
                frame = other.read()
                if frame.opcode == PING:
                    other.send(Frame(PONG, frame.payload))
                else:
                    others.append(frame)
            assert (others[0].opcode, others[0].payload) == (TEXT, b"behind")


def test_no_ping_of_ours_joins_one_of_the_servers_that_awaits_its_pong(swivel_and):
    """The client answers in order: two pings at once would make a pong's meaning unclear to some servers."""
    swivel, server = swivel_and
    with pair(swivel, server) as (client, other):
        other.send(Frame(PING, b"of the server"))
        assert read_ping(client).payload == b"of the server"
        # Longer than the interval, and no ping of ours; the server's own are answered meanwhile.
        others, _ = answer_pings(other, 2.5 * INTERVAL_SECONDS)
        assert others == []
        assert silent_for(client, 0.05)
        client.send(Frame(PONG, b"of the server"))
        others, _ = answer_pings(other, 0.1)
        assert [(frame.opcode, frame.payload) for frame in others] == [(PONG, b"of the server")]
        # Now it is idle again, and pinged.
        assert len(read_ping(client).payload) > 0


def test_our_ping_goes_between_the_fragments_of_a_message(swivel_and):
    swivel, server = swivel_and
    with pair(swivel, server) as (client, other):
        first, second = fragments(TEXT, b"begun", b" ended")
        other.send(first)
        assert client.read().payload == b"begun"
        ping = read_ping(client)
        client.send(Frame(PONG, ping.payload))
        other.send(Frame(PONG, read_ping(other).payload), second)
        others, _ = answer_pings(client, 0.15)
        assert [frame.payload for frame in others] == [b" ended"]


def test_our_ping_never_stands_within_a_frame(swivel_and):
    """A frame stops half-way for longer than the interval: whatever comes, comes before or behind it."""
    swivel, server = swivel_and
    with pair(swivel, server) as (client, other):
        whole = Frame(BINARY, payload(3, 5000)[0]).wire()
        other.send_raw(whole[:2500])
        assert b"".join(client.stream.pieces(2500)) == whole[:2500]
        assert silent_for(client, 2 * INTERVAL_SECONDS), "something stands within a frame"
        other.send_raw(whole[2500:])
        assert b"".join(client.stream.pieces(len(whole) - 2500)) == whole[2500:]
        # The server was asked meanwhile, and could not answer within its frame.
        other.send(Frame(PONG, read_ping(other).payload))
        client.send(Frame(PONG, read_ping(client).payload))
        assert silent_for(other, 0.05)


def test_a_tunnel_idle_for_too_long_is_ended(balance, engine):
    with HeldServer() as server:
        swivel = balance(server, "--timeout-tunnel", "400ms", engine=engine)
        with pair(swivel, server) as (client, other):
            for _ in range(4):
                time.sleep(0.2)  # Half of the patience: what is said in time keeps it open.
                client.text("here")
                assert other.message() == (TEXT, b"here")
            began = time.monotonic()
            assert client.closed() in (None, 1001, 1012)
            assert 0.3 < time.monotonic() - began < 2
            assert other.closed() in (None, 1001)


def test_traffic_of_either_side_keeps_a_tunnel_open(balance, engine):
    with HeldServer() as server:
        flags = ["--timeout-tunnel", "400ms", "--timeout-server", "300ms", "--timeout-client", "300ms"]
        swivel = balance(server, *flags, engine=engine)
        with pair(swivel, server) as (client, other):
            for _ in range(5):
                time.sleep(0.2)  # Together longer than any timeout.
                other.text("news")
                assert client.message() == (TEXT, b"news")


def test_the_timeouts_of_requests_are_not_those_of_a_tunnel(balance, engine):
    names = ("server", "client", "keep-alive", "http-request")
    flags = [part for name in names for part in (f"--timeout-{name}", "200ms")]
    with WebSocketServer() as server:
        swivel = balance(server, *flags, engine=engine)
        with pair(swivel, server) as (client, _):
            time.sleep(0.7)  # Longer than each of them.
            assert client.echoes(b"still here")


def test_the_profile_of_websockets_pings(run_swivel):
    flags = ["--mode", "http", "--bind", "127.0.0.1:0", "--backend-profile", "websocket", "--server", "127.0.0.1:9", "-T"]
    printed = run_swivel(*flags).stdout
    for part in ("ws-ping-interval: 30s", "timeout-tunnel: 1h", "ws-drain-code: 1012", "balance: leastconn"):
        assert part in printed, printed
