"""Tunnels that have to end because Swivel does: when, with which code, and never within a frame."""

import contextlib
import signal
import socket
import threading
import time

import pytest

from harness.frames import BINARY, TEXT, Frame, fragments
from harness.herd import Herd
from harness.http import Client
from harness.messages import request
from harness.swivel import CUT_SHORT
from harness.waiting import undisturbed
from harness.websocket import HeldServer, WebSocketClient, WebSocketServer, handshake, pair

CLIENTS = 1000
SPREAD_SECONDS, BIN_SECONDS = 5, 0.5


def part(client, other):
    """Both closes have been said: the server ends first (RFC 6455, section 7.1.1), then the client."""
    with contextlib.suppress(OSError):  # It is not waited for longer than a second.
        other.connection.shutdown(socket.SHUT_WR)
    assert client.is_ended()
    client.connection.close()
    assert other.is_ended()


@pytest.mark.deadline(300)
def test_a_thousand_tunnels_are_closed_evenly_over_the_spread(balance, echoes, engine):
    """All with 1012 (service restart), none before its time, so many in each half second that none differs by more than a
    fifth; who is held up sees closes late and together, and looks at another drain."""
    servers = [echoes() for _ in range(2)]
    flags = ["--drain-spread", f"{SPREAD_SECONDS}s", "--access-logfile", "off"]

    def drain(pace):
        swivel = balance([server.address for server in servers], *flags, engine=engine, graceful_timeout="20s")
        with Herd(swivel.address, CLIENTS) as herd:
            began = time.monotonic()
            swivel.signal(signal.SIGTERM)
            while herd.open:
                herd.watch(0.02)
                pace.step()
            codes = [code for code, _ in herd.ended.values()]
            assert codes.count(1012) == CLIENTS, {code: codes.count(code) for code in set(codes)}
            swivel.finish()
            assert not swivel.stderr.find(CUT_SHORT)
            assert swivel.tunnels.drained == CLIENTS and swivel.closes == {"1012 by balancer": CLIENTS}
            return sorted(moment - began for _, moment in herd.ended.values())

    def even(pace):
        moments = drain(pace)
        bins = [0] * round(SPREAD_SECONDS / BIN_SECONDS)
        for moment in moments:
            bins[min(int(moment / BIN_SECONDS), len(bins) - 1)] += 1
        print("closed in each bin:", bins, "the last after", moments[-1])
        share = CLIENTS / len(bins)
        assert all(0.8 * share <= count <= 1.2 * share for count in bins), bins
        # However late one looks, none is closed too soon: a tenth of a second's worth are.
        soon = share * 0.1 / BIN_SECONDS
        assert all(index <= CLIENTS * moment / SPREAD_SECONDS + soon for index, moment in enumerate(moments)), moments

    undisturbed(even, 0.1)


def test_without_a_spread_the_patience_is_used(balance, engine):
    """--drain-spread is nine tenths of --graceful-timeout where nobody says otherwise: all are closed within it."""
    with WebSocketServer() as server:
        # One shard: its two are closed after a quarter and after three quarters of nine seconds. That leaves the second
        # one time to answer, however busy the machine is.
        swivel = balance(server, "--workers", 1, engine=engine, graceful_timeout="10s")
        with Herd(swivel.address, 2) as herd:
            began = time.monotonic()
            swivel.signal(signal.SIGTERM)
            herd.watch(60, until=lambda: not herd.open)
            assert {code for code, _ in herd.ended.values()} == {1012}
            first, second = sorted(moment - began for _, moment in herd.ended.values())
            assert first > 2.2 and second > 6.7, (first, second)
            swivel.finish()
            assert not swivel.stderr.find(CUT_SHORT)


@pytest.mark.parametrize("code", [1012, 1001])
def test_the_code_of_a_drain_is_what_one_says(balance, engine, code):
    with HeldServer() as server:
        swivel = balance(server, "--ws-drain-code", code, "--drain-spread", "100ms", engine=engine, graceful_timeout="20s")
        with pair(swivel, server) as (client, other):
            swivel.signal(signal.SIGTERM)
            assert client.closed() == code
            # Until the client's close comes, its messages go on to the server.
            client.text("the last")
            assert other.message() == (TEXT, b"the last")
            client.close(code)
            assert other.closed() == code
            other.close(code)
            part(client, other)
        swivel.finish()
        assert not swivel.stderr.find(CUT_SHORT)


def test_a_drain_closes_between_the_frames_of_a_server_that_never_stops(balance, engine):
    """Messages one behind the other, in pieces that are no frames: the client sees whole ones, then the close."""
    stop = threading.Event()

    def pour(peer):
        index = 0
        while not stop.is_set():
            wire = Frame(TEXT, b"%08d" % index * 700).wire()
            for start in range(0, len(wire), 1000):
                peer.send_raw(wire[start : start + 1000])
            index += 1

    with WebSocketServer(pour) as server:
        swivel = balance(server, "--drain-spread", "200ms", engine=engine, graceful_timeout="20s")
        with WebSocketClient(swivel.address) as client:
            for index in range(50):
                assert client.message() == (TEXT, b"%08d" % index * 700)
            swivel.signal(signal.SIGTERM)
            while (frame := client.read()).opcode == TEXT:
                index += 1
                assert frame.payload == b"%08d" % index * 700
            assert frame.code == 1012
            client.close(1012)
            stop.set()
            assert client.is_ended(), "something stands behind the close"
        swivel.finish()


def test_a_close_goes_between_the_fragments_of_a_message(balance, engine):
    with HeldServer() as server:
        swivel = balance(server, "--drain-spread", "100ms", engine=engine, graceful_timeout="20s")
        with pair(swivel, server) as (client, other):
            other.send(fragments(TEXT, b"begun", b"never told")[0])
            assert client.read().payload == b"begun"
            swivel.signal(signal.SIGTERM)
            assert client.closed() == 1012
            client.close(1012)
            assert other.closed() == 1012
            other.close()
            part(client, other)
        swivel.finish()


def test_a_frame_that_is_half_sent_at_the_deadline_is_cut_without_a_code_and_counted(balance, engine):
    """A close within a frame would be payload: nothing can be said any more."""
    with HeldServer() as server:
        swivel = balance(server, "--drain-spread", "200ms", engine=engine, graceful_timeout="6s", ends_clean=False)
        with pair(swivel, server) as (client, other), pair(swivel, server) as (second, second_other):
            whole = Frame(BINARY, b"\x88\x02\x03\xf4" * 500).wire()
            other.send_raw(whole[:1000])
            begun = b"".join(client.stream.pieces(1000))
            began = time.monotonic()
            swivel.signal(signal.SIGTERM)
            # The other tunnel is closed in time.
            assert second.closed() == 1012
            second.close(1012)
            assert second_other.closed() == 1012
            second_other.close(1012)
            part(second, second_other)
            assert client.is_ended(), "something stands in the frame"
            assert time.monotonic() - began > 5.5
            assert begun == whole[:1000]
        assert swivel.wait(60) == 0
        (cut,) = swivel.stderr.find(CUT_SHORT)
        assert (cut[1], swivel.tunnels.cut) == ("1", 1)


def test_a_frame_that_is_finished_in_time_is_followed_by_the_close(balance, engine):
    with HeldServer() as server:
        swivel = balance(server, "--drain-spread", "100ms", engine=engine, graceful_timeout="20s")
        with pair(swivel, server) as (client, other):
            whole = Frame(BINARY, b"\x88\x02\x03\xf4" * 500).wire()
            other.send_raw(whole[:1000])
            assert b"".join(client.stream.pieces(1000)) == whole[:1000]
            swivel.signal(signal.SIGTERM)
            time.sleep(0.5)  # Longer than the spread: its turn has come and it had to wait.
            other.send_raw(whole[1000:])
            assert b"".join(client.stream.pieces(len(whole) - 1000)) == whole[1000:]
            assert client.closed() == 1012
            client.close(1012)
            assert other.closed() == 1012
            other.close(1012)
            part(client, other)
        swivel.finish()


def test_opaque_tunnels_have_until_the_deadline(balance, engine):
    """Nothing can be said in them, so they go on as long as there is patience, and are counted then."""
    with HeldServer() as server:
        swivel = balance(server, "--ws-mode", "opaque", engine=engine, graceful_timeout="4s", ends_clean=False)
        with pair(swivel, server) as (client, other):
            swivel.signal(signal.SIGTERM)
            time.sleep(0.4)  # Part of the patience.
            client.text("still here")
            assert other.message() == (TEXT, b"still here")
            assert client.closed() is None
        assert swivel.wait(60) == 0
        assert swivel.stderr.find(CUT_SHORT)


def test_no_tunnel_is_opened_while_swivel_drains(balance, engine):
    """A connection that is kept for requests asks for one after the signal."""
    with WebSocketServer() as server:
        swivel = balance(server, "--drain-spread", "1s", engine=engine, graceful_timeout="20s")
        with Client(swivel.address) as client, WebSocketClient(swivel.address) as tunnel:
            # The beginning goes in one write with a request before it: that one's answer tells that it is there.
            client.send(request() + b"GET /half HTTP/1.1\r\n")
            assert client.read().body == b"plain"
            swivel.signal(signal.SIGTERM)
            client.send(handshake(target="/x").partition(b"\r\n")[2])
            answer = client.head()
            assert answer.status in (101, 503)
            if answer.status == 101:  # Then it is drained like the others.
                first, count = b"".join(client.stream.pieces(2))
                assert first == 0x88
            assert tunnel.closed() == 1012
            tunnel.close(1012)
            client.connection.close()
        swivel.finish()
