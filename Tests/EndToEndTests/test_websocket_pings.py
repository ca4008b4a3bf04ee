"""Pings of the balancer's own, in frame mode: who is alive answers them, who is dead is found, and nobody else sees them."""

import socket
import time

import pytest

from harness.clients import in_parallel
from harness.frames import BINARY, CLOSE, PING, PONG, TEXT, Frame, fragments
from harness.http import payload
from harness.websocket import HeldServer, pair

# Short for the test; the pauses below are told in it.
INTERVAL_SECONDS = 0.2
PINGS = ("--ws-ping-interval", "200ms", "--ws-ping-timeout")
# So long that nobody who answers in the end is late, however long the machine holds it up.
PATIENCE = "30s"
# Where somebody is to be late: still long enough for who is held up for two seconds.
TIMEOUT, TIMEOUT_SECONDS = "4s", 4


def read_ping(peer):
    frame = peer.read()
    assert frame is not None and frame.opcode == PING, frame
    return frame


def read_other(peer):
    """The next frame that is no ping, or None at the end; pings before it are answered."""
    while (frame := peer.read()) is not None and frame.opcode == PING:
        peer.send(Frame(PONG, frame.payload))
    return frame


def silent_for(peer, seconds):
    """Whether neither a frame nor an end comes."""
    peer.connection.settimeout(seconds)
    try:
        return not peer.stream.buffer and peer.stream.fill() and False
    except TimeoutError:
        return True
    finally:
        peer.connection.settimeout(60)


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
    peer.connection.settimeout(60)
    return others, pings


@pytest.fixture
def swivel_and(balance, engine):
    with HeldServer() as server:
        yield balance(server, *PINGS, PATIENCE, engine=engine), server


@pytest.fixture
def impatient_and(balance, engine):
    with HeldServer() as server:
        yield balance(server, *PINGS, TIMEOUT, engine=engine), server


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
        assert read_other(other).payload == b"alive"


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


def test_who_answers_stays_however_long(impatient_and):
    """Longer than the timeout: so many intervals of silence but for the pings."""
    swivel, server = impatient_and
    with pair(swivel, server) as (client, other):
        def answer(index):
            """How long it takes from the first answer to the last ping, each an interval of silence after the last answer."""
            peer = (client, other)[index]
            began = None
            for _ in range(round(1.25 * TIMEOUT_SECONDS / INTERVAL_SECONDS) + 1):
                ping = read_ping(peer)
                began, pinged = began or time.monotonic(), time.monotonic()
                peer.send(Frame(PONG, ping.payload))
            return pinged - began

        assert min(in_parallel(2, answer)) > 0.9 * 1.25 * TIMEOUT_SECONDS
        client.text("alive")
        assert read_other(other).payload == b"alive"


def test_who_speaks_is_not_pinged(swivel_and):
    """But for whoever was held up for an interval: by the clock here, which is read before it speaks and once it is heard."""
    swivel, server = swivel_and
    began = time.monotonic()
    with pair(swivel, server) as (client, other):
        spoke, pings, silences = {client: began, other: began}, {client: 0, other: 0}, {client: 0, other: 0}

        def heard(peer):
            silences[peer] += int((time.monotonic() - spoke[peer]) / (0.9 * INTERVAL_SECONDS))

        for index in range(30):
            for sender, receiver in ((client, other), (other, client)):
                now = time.monotonic()
                sender.text(str(index))
                while (frame := receiver.read()).opcode == PING:
                    pings[receiver] += 1
                    receiver.send(Frame(PONG, frame.payload))
                assert (frame.opcode, frame.payload) == (TEXT, str(index).encode())
                heard(sender)
                spoke[sender] = now
            time.sleep(INTERVAL_SECONDS / 5)  # Idle, but never for an interval.
        for peer in (client, other):
            heard(peer)
            assert pings[peer] <= silences[peer], (pings[peer], silences[peer])


def test_pings_are_off_where_nobody_asks(balance, engine):
    with HeldServer() as server:
        swivel = balance(server, engine=engine)
        with pair(swivel, server) as (client, other):
            assert silent_for(client, 0.5) and silent_for(other, 0.1)


def test_opaque_cannot_ping_and_says_so(balance, engine):
    with HeldServer() as server:
        swivel = balance(server, "--ws-mode", "opaque", *PINGS, PATIENCE, engine=engine)
        assert any("ws-ping-interval" in warning and "opaque" in warning for warning in swivel.warnings), swivel.stderr.text
        with pair(swivel, server) as (client, other):
            assert silent_for(client, 0.6) and silent_for(other, 0.1)


def test_a_client_that_does_not_answer_is_dropped_and_its_server_told(impatient_and):
    swivel, server = impatient_and
    began = time.monotonic()
    with pair(swivel, server) as (client, other):
        others, _ = answer_pings(other, 60)
        assert TIMEOUT_SECONDS < time.monotonic() - began < 60
        assert [(frame.opcode, frame.code) for frame in others] == [(CLOSE, 1001)]
        other.close(1001)
        other.connection.shutdown(socket.SHUT_RDWR)
        # The ping that it did not answer came to it, then the end, perhaps with what the server said to that.
        assert read_ping(client)
        assert client.closed() in (None, 1001)
        assert client.is_ended()


def test_a_server_that_does_not_answer_is_dropped_and_its_client_told(impatient_and):
    swivel, server = impatient_and
    began = time.monotonic()
    with pair(swivel, server) as (client, other):
        others, _ = answer_pings(client, 60)
        assert TIMEOUT_SECONDS < time.monotonic() - began < 60
        assert [(frame.opcode, frame.code) for frame in others] == [(CLOSE, 1014)]
        client.close(1000)
        assert client.is_ended()


def test_a_wrong_pong_is_no_answer_and_passes(impatient_and):
    swivel, server = impatient_and
    with pair(swivel, server) as (client, other):
        ping = read_ping(client)
        wrong = bytes(byte ^ 1 for byte in ping.payload)
        client.send(Frame(PONG, wrong), Frame(PONG, b"short"), Frame(PONG, b"x" * 125))
        others, _ = answer_pings(other, 60)
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
            frame = read_other(other)
            assert (frame.opcode, frame.payload) == (TEXT, b"behind")


def test_no_ping_of_ours_joins_one_of_the_servers_that_awaits_its_pong(swivel_and):
    """The client answers in order: two pings at once would make a pong's meaning unclear to some servers."""
    swivel, server = swivel_and
    with pair(swivel, server) as (client, other):
        other.send(Frame(PING, b"of the server"))
        # One of ours may have been there before it.
        while (ping := read_ping(client)).payload != b"of the server":
            client.send(Frame(PONG, ping.payload))
        # Longer than the interval, and no ping of ours; the server's own are answered meanwhile.
        others, _ = answer_pings(other, 2.5 * INTERVAL_SECONDS)
        assert others == []
        assert silent_for(client, 0.05)
        client.send(Frame(PONG, b"of the server"))
        frame = read_other(other)
        assert (frame.opcode, frame.payload) == (PONG, b"of the server")
        # Now it is idle again, and pinged.
        assert len(read_ping(client).payload) > 0


def test_our_ping_goes_between_the_fragments_of_a_message(swivel_and):
    swivel, server = swivel_and
    with pair(swivel, server) as (client, other):
        first, second = fragments(TEXT, b"begun", b" ended")
        other.send(first)
        assert read_other(client).payload == b"begun"
        ping = read_ping(client)
        client.send(Frame(PONG, ping.payload))
        other.send(Frame(PONG, read_ping(other).payload), second)
        assert read_other(client).payload == b" ended"


def test_our_ping_never_stands_within_a_frame(swivel_and):
    """A frame stops half-way for longer than the interval: whatever comes, comes before or behind it."""
    swivel, server = swivel_and
    with pair(swivel, server) as (client, other):
        whole = Frame(BINARY, payload(3, 5000)[0]).wire()
        other.send_raw(whole[:2500])
        # One of ours may have been there before it.
        while (client.stream.buffer or client.stream.fill()) and client.stream.buffer[0] == 0x80 | PING:
            client.send(Frame(PONG, read_ping(client).payload))
        assert b"".join(client.stream.pieces(2500)) == whole[:2500]
        assert silent_for(client, 2 * INTERVAL_SECONDS), "something stands within a frame"
        other.send_raw(whole[2500:])
        assert b"".join(client.stream.pieces(len(whole) - 2500)) == whole[2500:]
        # The server was asked meanwhile, and could not answer within its frame.
        other.send(Frame(PONG, read_ping(other).payload))
        client.send(Frame(PONG, read_ping(client).payload))
        client.text("alive")
        assert read_other(other).payload == b"alive", "a pong to our ping went on"


def test_the_profile_of_websockets_pings(run_swivel):
    flags = ["--mode", "http", "--bind", "127.0.0.1:0", "--backend-profile", "websocket", "--server", "127.0.0.1:9", "-T"]
    printed = run_swivel(*flags).stdout
    for part in ("ws-ping-interval: 30s", "timeout-tunnel: 1h", "ws-drain-code: 1012", "balance: leastconn"):
        assert part in printed, printed
