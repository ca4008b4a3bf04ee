"""How long a tunnel may be idle, whatever the timeouts of requests are.

Times pass in these tests because passing time is what they are about; who is to live has seconds to spare.
"""

import time

from harness.frames import TEXT
from harness.websocket import HeldServer, WebSocketServer, pair


def test_a_tunnel_idle_for_too_long_is_ended(balance, engine):
    with HeldServer() as server:
        swivel = balance(server, "--timeout-tunnel", "4s", engine=engine)
        with pair(swivel, server) as (client, other):
            for _ in range(3):
                time.sleep(1.5)  # Part of the patience: what is said in time keeps it open.
                began = time.monotonic()
                client.text("here")
                assert other.message() == (TEXT, b"here")
            assert client.closed() in (None, 1001, 1012)
            assert 3.9 < time.monotonic() - began < 60
            assert other.closed() in (None, 1001)


def test_traffic_of_either_side_keeps_a_tunnel_open(balance, engine):
    with HeldServer() as server:
        flags = ["--timeout-tunnel", "4s", "--timeout-server", "3s", "--timeout-client", "3s"]
        swivel = balance(server, *flags, engine=engine)
        with pair(swivel, server) as (client, other):
            for _ in range(5):
                time.sleep(1)  # Together longer than any timeout.
                other.text("news")
                assert client.message() == (TEXT, b"news")


def test_the_timeouts_of_requests_are_not_those_of_a_tunnel(balance, engine):
    names = ("server", "client", "keep-alive", "http-request")
    flags = [part for name in names for part in (f"--timeout-{name}", "3s")]
    with WebSocketServer() as server:
        swivel = balance(server, *flags, engine=engine)
        with pair(swivel, server) as (client, _):
            time.sleep(4)  # Longer than each of them.
            assert client.echoes(b"still here")
