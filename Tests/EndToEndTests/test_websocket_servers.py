"""Tunnels and the servers behind them: one dies, one comes back, all clients come at once; and what is counted."""

import itertools
import os
import signal
import time

from harness.addresses import refusing_address
from harness.frames import PING, PONG, Frame
from harness.herd import Herd
from harness.http import Client
from harness.messages import Stream, read_response
from harness.waiting import wait_until
from harness.websocket import WebSocketClient, WebSocketServer, handshake


def test_the_tunnels_of_a_server_that_is_killed_end_at_once_and_no_others(balance, echoes, engine):
    doomed, surviving = echoes(), echoes()
    swivel = balance([doomed.address, surviving.address], "--workers", 1, engine=engine)
    with Herd(swivel.address, 200) as herd:
        herd.assert_echo(herd.open)
        began = time.monotonic()
        doomed.signal(signal.SIGKILL)
        herd.watch(20, until=lambda: len(herd.ended) >= 100)
        moments = [moment - began for _, moment in herd.ended.values()]
        assert 90 <= len(moments) <= 110, "leastconn shares them evenly"
        # At once; the rest is for a machine that stands still.
        assert max(moments) < 25
        # 1006 is what a client makes of an end without a close; a balancer may say what happened: 1014, or 1001.
        assert {code for code, _ in herd.ended.values()} <= {None, 1014, 1012, 1001}
        count = len(herd.ended)
        herd.watch(0.3)
        assert len(herd.ended) == count
        for _ in range(3):
            herd.assert_echo(herd.open)
        # Whoever was thrown out comes back, and is served by the other.
        with Herd(swivel.address, 50) as back:
            back.assert_echo(back.open)
    swivel.stop()
    assert swivel.closes["1006 by server"] == count
    assert "1006 by nobody" not in swivel.closes


def test_a_storm_is_paced(balance):
    """Sixty come at once where 20 a second may: none is refused, and the server sees them 50 ms apart."""
    moments = []

    def note(peer):
        moments.append(time.monotonic())
        peer.released.wait(120)

    with WebSocketServer(note) as server:
        swivel = balance(server, "--ws-connect-rate", "20/s", "--workers", 1, "--timeout-queue", "60s")
        connections = [swivel.connect() for _ in range(60)]
        began = time.monotonic()
        for connection in connections:
            connection.sendall(handshake())
        for connection in connections:
            assert read_response(Stream(connection)).status == 101
        took = time.monotonic() - began
        for connection in connections:
            connection.close()
        for peer in server.peers:
            peer.released.set()
    # One second's worth may go at once, as a burst.
    assert 1.8 < took < 60, took
    # Who is held up sees handshakes late and together, but none too soon.
    early = [index for index, moment in enumerate(sorted(moments)) if index > 20 + 20 * (moment - began) + 2]
    assert early == [], "more handshakes than the burst and what has passed allow"


def test_requests_are_not_paced_by_a_storm(balance, engine):
    with WebSocketServer() as server:
        swivel = balance(server, "--ws-connect-rate", "2/s", "--workers", 1, engine=engine)
        waiting = [swivel.connect() for _ in range(4)]
        for connection in waiting:
            connection.sendall(handshake())
        began = time.monotonic()
        with Client(swivel.address) as client:
            for _ in range(100):
                assert client.ask().body == b"plain"
        assert time.monotonic() - began < 30, "paced, they take 50 s"
        for connection in waiting:
            connection.close()


# Whoever is sent to the server that is not there is sent to the other.
REBALANCE = ("--ws-rebalance", "10/1s", "--workers", 1, "--retry-budget", 100)


def test_a_server_that_comes_back_gets_its_share_of_old_tunnels(balance, echoes, spawn_python):
    """--ws-rebalance closes the oldest of whoever has too many: a tenth in each second, until it is even."""
    with refusing_address() as absent:
        swivel = balance([echoes().address, absent], *REBALANCE)
        herd = Herd(swivel.address, 50)
        herd.add(50)
    with herd:
        began = time.monotonic()
        spawn_python("ws_echo.py", absent.port).stdout.wait_for("listening on", 60)
        # It takes the new ones, and so is known to live.
        with Herd(swivel.address, 10) as newest:
            # Until three periods pass without another one.
            counted = [0]
            while len(counted) < 30 or counted[-1] > counted[-30] or counted[-1] < 30:
                assert len(counted) < 600, f"no end: {counted[-1]} closed"
                herd.watch(0.1)
                newest.add(len(herd.ended) + 10 - len(newest.streams))  # Who is sent away comes back.
                counted.append(len(herd.ended))
            newest.watch(0.1)
            assert newest.ended == {}, "the oldest go first"
        # Of 110 tunnels it had 100, so 45 too many; what is nearly even may stay, and who is slow to come back is missed.
        assert 30 <= len(herd.ended) <= 65
        assert {code for code, _ in herd.ended.values()} == {1012}
        oldest = set(list(herd.streams)[:50])
        assert herd.ended.keys() <= oldest or oldest <= herd.ended.keys(), "the oldest go first"
        moments = sorted(moment for _, moment in herd.ended.values())
        # Who is held up sees closes late and together, but none too soon: a tenth of a hundred and ten in each period.
        early = [index for index, moment in enumerate(moments) if index > 11 * (moment - began + 1)]
        assert early == [], "more closed than the periods that have passed allow"
        # Evenly over the period too, not all at its beginning: then one in ten were alone.
        alone = sum(after - before > 0.03 for before, after in itertools.pairwise(moments))
        assert alone > len(moments) / 4, moments
        herd.assert_echo(herd.open)


def test_while_a_server_is_dead_one_tunnel_a_period_finds_out_and_no_share_is_closed(balance, echoes, engine):
    with refusing_address() as absent:
        swivel = balance([echoes().address, absent], *REBALANCE, engine=engine)
        began = time.monotonic()
        with Herd(swivel.address, 50) as herd:
            herd.watch(3)
            # A period may have begun before, and one may have just begun.
            assert len(herd.ended) <= time.monotonic() - began + 2


def test_the_counts_at_the_end_say_what_tunnels_carried(balance, engine):
    with WebSocketServer() as server:
        swivel = balance(server, engine=engine)
        for code in (1000, 1000, 4000):
            with WebSocketClient(swivel.address) as client:
                for _ in range(5):
                    assert client.echoes(os.urandom(100))
                client.send(Frame(PING, b"x"))
                assert client.read().opcode == PONG
                client.close(code)
                assert client.closed() == code
                assert client.is_ended()
        wait_until(lambda: server.active == 0, 60, "the tunnels end")
        totals = swivel.stop()
    assert totals.bytes_in >= 15 * 100 and totals.bytes_out >= 15 * 100
    tunnels = swivel.tunnels
    assert (tunnels.opened, tunnels.messages_in, tunnels.messages_out, tunnels.cut, tunnels.malformed) == (3, 15, 15, 0, 0)
    assert swivel.closes == {"1000 by client": 2, "4xxx by client": 1}
