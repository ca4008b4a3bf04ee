"""PROXY headers between Swivel, HAProxy and nginx: the last one knows the first one's client."""

import contextlib
import os
import random
import socket
import time

import pytest

from harness import proxy
from harness.addresses import address_of
from harness.clients import echoed, is_served, random_bytes, receive_exactly, receive_to_end, seconds_until_end
from harness.fleets import listening_socket
from harness.servers import Server, echo, swallow
from harness.software import needs
from harness.waiting import wait_until

ACCEPTING = "127.0.0.1:0,proxy-protocol={},proxy-from=127.0.0.0/8"
SOURCE, DESTINATION = ("192.0.2.7", 51_000), ("198.51.100.1", 443)
MALFORMED = "for want of a PROXY header"
LATE = "for a late PROXY header"
UNTRUSTED = "as no trusted sender of PROXY headers"


def name(connection):
    return connection.getsockname()[:2]


class Introduced:
    """A handler that takes a PROXY header, keeps what it says, and echoes the rest."""

    def __init__(self):
        self.headers = []

    def __call__(self, connection):
        self.headers.append(proxy.read(connection))
        echo(connection)


def logged_clients(log, count):
    wait_until(lambda: log.exists() and log.read_bytes().count(b"\n") >= count, 60, f"{count} lines in the log")
    return [line.split(" ")[0] for line in log.read_text().splitlines()]


# A chain.


@pytest.mark.parametrize("sent", ["v1", "v2"])
@pytest.mark.parametrize("passed_on", ["v1", "v2"])
def test_a_chain_of_two_tells_the_server_who_called_the_first(start, engine, sent, passed_on, tmp_path):
    introduced, log = Introduced(), tmp_path / "connections.log"
    with Server(introduced) as server:
        inner = start(
            "--server", f"{server},proxy-protocol={passed_on}", "--access-logfile", log, engine=engine,
            bind=(ACCEPTING.format(sent),),
        )
        outer = start("--server", f"{inner.address},proxy-protocol={sent}", engine=engine)
        clients = []
        for index in range(20):
            with outer.connect() as client:
                clients.append(name(client))
                assert echoed(client, random_bytes(index, 1 + index * 5000))
        assert introduced.headers == [(passed_on, client, outer.address.native) for client in clients]
        assert set(logged_clients(log, 20)) == {"{}:{}".format(*client) for client in clients}
        # What Swivel itself says is nobody's traffic.
        assert outer.stop().bytes_in == inner.stop().bytes_in == sum(1 + index * 5000 for index in range(20))


def test_a_bulk_transfer_goes_through_a_chain_whole(start, engine):
    payload = random_bytes(1, 20 << 20)
    with Server(echo) as server:
        inner = start("--server", server, engine=engine, bind=(ACCEPTING.format("v2"),))
        outer = start("--server", f"{inner.address},proxy-protocol=v2", engine=engine)
        with outer.connect() as client:
            assert echoed(client, payload)


def test_ipv6_clients_are_named_as_such(start, engine):
    introduced = Introduced()
    with Server(introduced) as server:
        swivel = start("--server", f"{server},proxy-protocol=v1", engine=engine, bind=("[::1]:0",))
        with swivel.connect() as client:
            own = name(client)
            assert echoed(client, b"x")
        assert introduced.headers == [("v1", own, ("::1", swivel.address.port))]


# Other people's software.

HAPROXY = """
defaults
    mode tcp
    timeout connect 5s
    timeout client 20s
    timeout server 20s
listen front
    bind fd@{descriptor}
    server swivel {server} {option}
"""

NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
{load}
events {{ worker_connections 64; }}
{body}
"""

VARIABLES = "$proxy_protocol_addr $proxy_protocol_port $proxy_protocol_server_addr $proxy_protocol_server_port"
NGINX_HTTP = """
http {{
    access_log off;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{ listen {address} proxy_protocol; location / {{ return 200 "%s\\n"; }} }}
}}
""" % VARIABLES
NGINX_STREAM = 'stream {{ server {{ listen {address} proxy_protocol; return "%s\\n"; }} }}' % VARIABLES
STREAM_MODULE = "/usr/lib/nginx/modules/ngx_stream_module.so"


@pytest.fixture
def haproxy(spawn, tmp_path):
    """Starts HAProxy before `server` with an option of its server line, and returns its address."""

    def haproxy(server, option):
        file = tmp_path / "haproxy.cfg"
        # It is given a socket that listens: nobody else can have the port, and nobody need look whether it listens.
        with listening_socket() as listener:
            file.write_text(HAPROXY.format(descriptor=listener.fileno(), server=server, option=option))
            spawn("haproxy", "-db", "-q", "-f", file, pass_fds=(listener.fileno(),))
            return address_of(listener)

    return haproxy


@pytest.fixture
def nginx(spawn, tmp_path):
    """Starts nginx, which answers with what it was told of the client, and returns its address."""

    def nginx(body):
        load = f"load_module {STREAM_MODULE};" if "stream {" in body else ""
        file = tmp_path / "nginx.conf"
        # It takes a socket that listens as its upgrade does, from the variable NGINX: nobody else can have the port.
        with listening_socket() as listener:
            listener.setblocking(False)  # nginx believes that of what it inherits.
            address, number = address_of(listener), listener.fileno()
            file.write_text(NGINX.format(folder=tmp_path, load=load, body=body.format(folder=tmp_path, address=address)))
            environment = {**os.environ, "NGINX": f"{number};"}
            spawn("nginx", "-c", file, "-e", "stderr", env=environment, pass_fds=(number,))
            return address

    return nginx


@needs("haproxy")
@pytest.mark.parametrize("option", ["send-proxy", "send-proxy-v2", "send-proxy-v2 proxy-v2-options crc32c,unique-id"])
def test_haproxy_tells_swivel_who_the_client_is(start, engine, haproxy, option, tmp_path):
    introduced, log = Introduced(), tmp_path / "connections.log"
    with Server(introduced) as server:
        swivel = start(
            "--server", f"{server},proxy-protocol=v2", "--access-logfile", log, engine=engine, bind=(ACCEPTING.format("any"),)
        )
        before = haproxy(swivel.address, option)
        clients = []
        for index in range(10):
            with before.connect() as client:
                clients.append(name(client))
                assert echoed(client, random_bytes(index, 50_000))
        assert introduced.headers == [("v2", client, before.native) for client in clients]
        swivel.stop()
        assert sorted(logged_clients(log, 10)) == sorted("{}:{}".format(*client) for client in clients)


@needs("haproxy")
def test_haproxys_health_checks_pass_and_are_not_refused(start, engine, haproxy, tmp_path):
    log = tmp_path / "connections.log"
    with Server(echo) as server:
        swivel = start("--server", server, "--access-logfile", log, engine=engine, bind=(ACCEPTING.format("any"),))
        # A check that takes longer than the interval fails, be it HAProxy itself that was held up: one that passes
        # brings the server back.
        before = haproxy(swivel.address, "send-proxy-v2 check inter 50ms fall 1 rise 1")
        logged_clients(log, 3)
        # Real traffic after some checks: they did not take the server out.
        wait_until(lambda: is_echoed(before), 60, "the server is in")
        swivel.stop()
        assert swivel.refusals == {}


def is_echoed(address):
    with address.connect() as client:
        try:
            return echoed(client, b"x")
        except (OSError, AssertionError):
            return False


@needs("nginx")
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_nginx_http_is_told_who_the_client_is(start, engine, nginx, version):
    swivel = start("--server", f"{nginx(NGINX_HTTP)},proxy-protocol={version}", engine=engine)
    with swivel.connect() as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        told = receive_to_end(client).decode().splitlines()[-1]
        assert told == "{} {} {} {}".format(*name(client), *swivel.address.native)


@needs("nginx")
@pytest.mark.parametrize("version", ["v1", "v2"])
def test_nginx_stream_is_told_who_the_client_is(start, engine, nginx, version):
    swivel = start("--server", f"{nginx(NGINX_STREAM)},proxy-protocol={version}", engine=engine)
    with swivel.connect() as client:
        told = receive_to_end(client).decode().strip()
        assert told == "{} {} {} {}".format(*name(client), *swivel.address.native)


# What is refused.


def assert_reset(client, seconds=60):
    client.settimeout(seconds)
    with pytest.raises(ConnectionResetError):
        assert receive_to_end(client) == b""
        raise AssertionError("an end in order where a reset is due")


def test_a_peer_that_is_not_trusted_is_refused(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine, bind=("127.0.0.1:0,proxy-protocol=any,proxy-from=127.0.0.5",))
        for _ in range(3):
            # Refused as it is accepted: the reset may be there before the connect has returned, or as the header is
            # sent, and a socket tells of it once.
            with pytest.raises((ConnectionResetError, BrokenPipeError)), swivel.connect() as client:
                client.sendall(proxy.v1(SOURCE, DESTINATION) + b"x")
                receive_to_end(client)
        with swivel.connect(source="127.0.0.5") as client:
            client.sendall(proxy.v1(SOURCE, DESTINATION) + b"x")
            assert receive_exactly(client, 1) == b"x"
        totals = swivel.stop()
    assert (totals.connections, totals.refused) == (1, 3)
    assert swivel.refusals == {UNTRUSTED: 3}


def test_a_header_of_the_other_version_is_refused(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine, bind=(ACCEPTING.format("v1"),))
        with swivel.connect() as client:
            client.sendall(proxy.v2(SOURCE, DESTINATION))
            assert_reset(client)
        swivel.stop()
        assert server.accepted == 0
    assert swivel.refusals == {MALFORMED: 1}


@pytest.mark.parametrize("header", [proxy.v1(SOURCE, DESTINATION), proxy.v2(SOURCE, DESTINATION)], ids=["v1", "v2"])
def test_a_header_may_arrive_in_any_two_pieces(start, engine, header):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine, bind=(ACCEPTING.format("any"),))
        # Some at a time, as a header is not waited for longer than 5 s.
        for first in range(1, len(header), 8):
            with contextlib.ExitStack() as stack:
                clients = []
                for cut in range(first, min(first + 8, len(header))):
                    client = stack.enter_context(swivel.connect())
                    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    client.sendall(header[:cut])
                    clients.append((client, header[cut:]))
                for client, rest in clients:
                    client.sendall(rest + b"hello")
                    assert receive_exactly(client, 5) == b"hello"
        assert swivel.stop().refused == 0


def test_a_header_that_does_not_come_is_not_waited_for_long(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine, bind=(ACCEPTING.format("any"),))
        began = time.monotonic()
        with swivel.connect() as silent, swivel.connect() as slow:
            slow.sendall(proxy.v2(SOURCE, DESTINATION)[:-1])
            for client in (silent, slow):
                seconds_until_end(client, 60)
                assert 4.9 < time.monotonic() - began < 60
        swivel.stop()
    assert swivel.refusals == {LATE: 2}


def test_a_connection_without_a_word_is_closed_quietly(start, engine):
    with Server(swallow) as server:
        swivel = start("--server", server, engine=engine, bind=(ACCEPTING.format("any"),))
        for _ in range(5):
            with swivel.connect() as checker:
                checker.shutdown(socket.SHUT_WR)
                assert receive_to_end(checker) == b""
        totals = swivel.stop()
        assert server.accepted == 0
    assert (totals.connections, totals.refused, swivel.refusals) == (5, 0, {})


def hostile(chance):
    """A header that is whole, cut, mutated, filled with extensions, or no header at all."""
    header = chance.choice([proxy.v1, proxy.v2])(SOURCE, DESTINATION)
    if chance.random() < 0.3:
        header = proxy.v2(SOURCE, DESTINATION, chance.randbytes(chance.randrange(5000)))
    if chance.random() < 0.6:
        mutable = bytearray(header)
        for _ in range(chance.randrange(1, 4)):
            mutable[chance.randrange(len(mutable))] = chance.randrange(256)
        header = bytes(mutable)
    if chance.random() < 0.3:
        header = header[: chance.randrange(len(header) + 1)]
    return chance.randbytes(chance.randrange(1, 300)) if chance.random() < 0.1 else header


def test_hostile_headers_are_refused_and_counted_and_do_no_harm(start, engine):
    chance = random.Random(3)
    reset = ended = 0
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine, bind=(ACCEPTING.format("any"),))
        for _ in range(600):
            with swivel.connect() as client:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                header = hostile(chance)
                try:
                    while header:
                        piece = chance.randrange(1, len(header) + 1)
                        client.sendall(header[:piece])
                        header = header[piece:]
                    client.shutdown(socket.SHUT_WR)
                    receive_to_end(client)
                    ended += 1
                except (ConnectionError, OSError):
                    reset += 1
        with swivel.connect() as client:
            client.sendall(proxy.v2(SOURCE, DESTINATION) + b"still there")
            assert receive_exactly(client, 11) == b"still there"
        totals = swivel.stop()
    assert reset > 100 and ended > 100
    assert totals.connections == 601
    assert totals.refused == swivel.refusals[MALFORMED] == reset


def test_rules_judge_the_client_that_is_named(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--deny", "192.0.2.0/24", engine=engine, bind=(ACCEPTING.format("any"),))
        with swivel.connect() as client:
            client.sendall(proxy.v2(SOURCE, DESTINATION) + b"x")
            assert_reset(client)
        with swivel.connect() as client:
            client.sendall(proxy.v2(("192.0.3.7", 1), DESTINATION) + b"x")
            assert receive_exactly(client, 1) == b"x"
        swivel.stop()
    assert swivel.refusals == {"by a list": 1}


def test_a_listener_without_it_passes_a_header_on_as_bytes(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine)
        assert is_served(swivel.address, proxy.v1(SOURCE, DESTINATION))
