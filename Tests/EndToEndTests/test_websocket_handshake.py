"""The handshake of RFC 6455, section 4: passed on whole, checked both ways, and no byte lost that comes with it."""

import base64
import os
import socket
import time

import pytest

from harness.frames import TEXT, Frame, accept_for, new_key
from harness.http import Client, ask
from harness.messages import lines, request, response
from harness.origin import Origin
from harness.waiting import wait_until
from harness.websocket import HeldServer, WebSocketClient, WebSocketServer, handshake, pair

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
MODES = ["frame", "opaque"]


@pytest.fixture(params=MODES)
def mode(request):
    return "--ws-mode", request.param


def test_a_handshake_arrives_whole(balance, engine, mode):
    offers = [
        ("Sec-WebSocket-Protocol", "chat.v2, chat.v1"),
        ("Sec-WebSocket-Extensions", "permessage-deflate; client_max_window_bits"),
        ("Origin", "https://page.example"), ("Cookie", "a=b; c=d"),
    ]
    takes = [("Sec-WebSocket-Protocol", "chat.v1"), ("Sec-WebSocket-Extensions", "permessage-deflate"), ("X-Own", "yes")]
    with WebSocketServer(fields=lambda request: takes) as server:
        swivel = balance(server, *mode, engine=engine)
        with WebSocketClient(swivel.address, "/chat?room=1", offers) as client:
            assert client.echoes(b"hello")
    (seen,) = server.requests
    assert (seen.target, seen.get("Host")) == ("/chat?room=1", "ws.example")
    assert [seen.get(name) for name, _ in offers] == [value for _, value in offers]
    assert seen.get("X-Forwarded-For") == "127.0.0.1"
    assert [client.answer.get(name) for name, _ in takes] == [value for _, value in takes]


@pytest.mark.parametrize("fields", [
    [("Upgrade", "WebSocket"), ("Connection", "keep-alive, Upgrade")],
    [("Upgrade", "h2c, websocket")],
    [("upgrade", "websocket"), ("connection", "upgrade"), ("sec-websocket-version", "13")],
], ids=["as Firefox writes it", "in a list", "in small letters"])
def test_a_handshake_may_be_written_otherwise(balance, engine, fields):
    with WebSocketServer() as server:
        swivel = balance(server, engine=engine)
        with WebSocketClient(swivel.address, fields=fields) as client:
            assert client.echoes(b"hello")
    assert server.requests[0].options("Upgrade") >= {"websocket"}


def test_frames_that_come_with_the_request_are_not_lost(balance, engine, mode):
    first = b"".join(Frame(TEXT, b"early %d" % index, mask=os.urandom(4)).wire() for index in range(50))
    with WebSocketServer() as server:
        swivel = balance(server, *mode, engine=engine)
        with WebSocketClient(swivel.address, first=first) as client:
            assert [client.message() for _ in range(50)] == [(TEXT, b"early %d" % index) for index in range(50)]
            assert client.echoes(b"then")


def test_frames_that_come_with_the_101_are_not_lost(balance, engine, mode):
    first = b"".join(Frame(TEXT, b"early %d" % index).wire() for index in range(50))
    with WebSocketServer(first=first) as server:
        swivel = balance(server, *mode, engine=engine)
        with WebSocketClient(swivel.address) as client:
            assert [client.message() for _ in range(50)] == [(TEXT, b"early %d" % index) for index in range(50)]
            assert client.echoes(b"then")


def test_both_heads_may_come_byte_by_byte(balance, engine, mode):
    """With the first frames behind them."""
    def answer(asked):
        head = lines("HTTP/1.1 101 Switching Protocols", [
            ("Upgrade", "websocket"), ("Connection", "Upgrade"), ("Sec-WebSocket-Accept", accept_for(KEY)),
        ])
        asked.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in head + Frame(TEXT, b"greeting").wire():
            asked.connection.sendall(bytes([byte]))
        return b""

    with Origin(answer) as origin:
        swivel = balance(origin, *mode, engine=engine)
        with Client(swivel.address) as client:
            client.connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            frame = Frame(TEXT, b"early", mask=b"mask").wire()
            for byte in handshake(key=KEY) + frame:
                client.send(bytes([byte]))
            assert client.head().status == 101
            greeting = Frame(TEXT, b"greeting").wire()
            assert b"".join(client.stream.pieces(len(greeting))) == greeting
            # What came behind the head was for no reader of HTTP.
            wait_until(lambda: bytes(origin.heard).endswith(frame), 60, "the frame arrives")


REFUSED = {
    "no key": ([("Sec-WebSocket-Key", None)], 400),
    "an empty key": ([("Sec-WebSocket-Key", "")], 400),
    "two keys": ([("Sec-WebSocket-Key", KEY), ("Sec-WebSocket-Key", KEY)], 400),
    "no base64": ([("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZ_==")], 400),
    "15 bytes": ([("Sec-WebSocket-Key", base64.b64encode(bytes(15)).decode())], 400),
    "17 bytes": ([("Sec-WebSocket-Key", base64.b64encode(bytes(17)).decode())], 400),
    "no padding": ([("Sec-WebSocket-Key", KEY.rstrip("="))], 400),
    "bits in the padding": ([("Sec-WebSocket-Key", KEY.replace("Q==", "R=="))], 400),
    "a key for us alone": ([("Connection", "Upgrade, Sec-WebSocket-Key")], 400),
    "a body": ([("Content-Length", "5")], 400),
    "a chunked body": ([("Transfer-Encoding", "chunked")], 400),
    "version 12": ([("Sec-WebSocket-Version", "12")], 426),
    "version 8": ([("Sec-WebSocket-Version", "8")], 426),
    "version 013": ([("Sec-WebSocket-Version", "013")], 426),
    "version 13, 8": ([("Sec-WebSocket-Version", "13, 8")], 426),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_broken_handshake_is_refused_and_no_server_hears_of_it(balance, name):
    fields, status = REFUSED[name]
    with WebSocketServer() as server:
        swivel = balance(server)
        with Client(swivel.address) as client:
            client.send(handshake(fields=fields) + b"hello"[: 5 * (name == "a body")])
            answer = client.read()
            assert answer.status == status, (answer, answer.body)
            assert answer.get("Sec-WebSocket-Version") == ("13" if status == 426 else None)
            assert answer.get("Upgrade") == ("websocket" if status == 426 else None)
            assert ("upgrade" in answer.options()) == (status == 426)
            if "close" in answer.options():
                assert client.is_ended()
            else:
                assert client.ask().body == b"plain"
        with WebSocketClient(swivel.address) as client:
            assert client.echoes(b"the next one is served")
    assert len(server.peers) == 1 and all("upgrade" not in seen.options() for seen in server.requests[:-1])


def test_a_handshake_without_a_version_is_refused(balance):
    with WebSocketServer() as server:
        swivel = balance(server)
        with Client(swivel.address) as client:
            client.send(handshake(fields=[("Sec-WebSocket-Version", None)]))
            assert client.read().status in (400, 426)
    assert server.requests == []


@pytest.mark.parametrize("odd", [
    {"version": "HTTP/1.0", "fields": [("Connection", "Upgrade")]}, {"fields": [("Connection", "keep-alive")]},
], ids=["HTTP/1.0", "not in Connection"])
def test_what_asks_for_no_upgrade_is_a_request_like_others(balance, engine, odd):
    """RFC 9110, section 7.8: an Upgrade in HTTP/1.0 is ignored, and one that Connection does not name is no request."""
    with WebSocketServer() as server:
        swivel = balance(server, engine=engine)
        with Client(swivel.address) as client:
            client.send(handshake(**odd))
            answer = client.read()
            assert (answer.status, answer.body) == (200, b"plain")
    assert server.requests[0].get("Upgrade") is None and "upgrade" not in server.requests[0].options()


def test_only_get_opens_a_websocket(balance, engine):
    with WebSocketServer() as server:
        swivel = balance(server, engine=engine)
        with Client(swivel.address) as client:
            client.send(handshake(method="DELETE"))
            assert client.read().status in (200, 400, 405)
    assert server.peers == []


def answering_101(*fields, accept=True):
    """Answers with a 101 of these fields, and with the right accept where nothing else is told."""
    def answer(asked):
        if not asked.options("Upgrade"):
            return response(b"plain")
        right = [("Sec-WebSocket-Accept", accept_for(asked.get("Sec-WebSocket-Key")))] if accept else []
        return lines("HTTP/1.1 101 Switching Protocols", [*fields, *right])

    return answer


OWN = [("Upgrade", "websocket"), ("Connection", "Upgrade")]
BROKEN = {
    "no accept": answering_101(*OWN, accept=False),
    "the accept of another key": answering_101(*OWN, ("Sec-WebSocket-Accept", accept_for(KEY)), accept=False),
    "the accept twice": answering_101(*OWN, ("Sec-WebSocket-Accept", accept_for(KEY))),
    "an accept cut short": answering_101(*OWN, ("Sec-WebSocket-Accept", accept_for(KEY)[:-1]), accept=False),
    "an empty accept": answering_101(*OWN, ("Sec-WebSocket-Accept", ""), accept=False),
    "no Upgrade": answering_101(("Connection", "Upgrade")),
    "another Upgrade": answering_101(("Upgrade", "h2c"), ("Connection", "Upgrade")),
    "no Connection": answering_101(("Upgrade", "websocket")),
    "another Connection": answering_101(("Upgrade", "websocket"), ("Connection", "keep-alive")),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("mode", MODES)
def test_a_broken_101_is_a_bad_gateway(balance, name, mode):
    with Origin(BROKEN[name]) as origin:
        swivel = balance(origin, "--ws-mode", mode, "--retries", 0)
        with Client(swivel.address) as client:
            client.send(handshake())
            assert client.read().status == 502
        assert ask(swivel.address).body == b"plain"
    assert origin.connections == [1, 2], "a connection that spoke oddly was used again"


def test_a_101_that_nobody_asked_for_is_a_bad_gateway(balance, engine):
    def answer(asked):
        return lines("HTTP/1.1 101 Switching Protocols", [*OWN, ("Sec-WebSocket-Accept", accept_for(KEY))])

    with Origin(answer) as origin:
        swivel = balance(origin, "--retries", 0, engine=engine)
        assert ask(swivel.address).status == 502


@pytest.mark.parametrize("status", ["200 OK", "302 Found", "401 Unauthorized", "404 Not Found", "426 Upgrade Required"])
def test_any_other_status_is_an_ordinary_answer(balance, engine, status):
    own = [("WWW-Authenticate", "Basic"), ("Location", "/there"), ("Sec-WebSocket-Version", "13")]
    with Origin(lambda asked: response(b"no", status, own)) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            client.send(handshake())
            answer = client.read()
            assert (f"{answer.status} {answer.reason}", answer.body) == (status, b"no")
            assert [answer.get(name) for name, _ in own] == [value for _, value in own]
            # The client's connection still speaks HTTP.
            assert client.ask(target="/next").body == b"no"
    assert origin.targets == ["/", "/next"]


def test_a_server_that_hesitates_is_waited_for_like_any_other(balance, engine):
    with Origin(lambda asked: (time.sleep(1), b"")[1]) as origin:  # Longer than --timeout-server.
        swivel = balance(origin, "--timeout-server", "300ms", "--retries", 0, engine=engine)
        with Client(swivel.address) as client:
            client.send(handshake())
            assert client.read().status == 504


def test_a_connection_that_was_used_for_requests_becomes_a_tunnel(balance, engine):
    with WebSocketServer() as server:
        swivel = balance(server, engine=engine)
        with Client(swivel.address) as client:
            assert client.ask().body == b"plain"
            client.send(request() + handshake(key=KEY))
            assert client.read().body == b"plain"
            assert client.head().get("Sec-WebSocket-Accept") == accept_for(KEY)
            client.send(Frame(TEXT, b"hi", mask=b"mask").wire())
            assert b"".join(client.stream.pieces(4)) == Frame(TEXT, b"hi").wire()


def test_a_tunnel_keeps_its_server_whatever_others_do(balance, engine):
    with HeldServer() as one, HeldServer() as two:
        swivel = balance([one, two], "--workers", 1, engine=engine)
        with pair(swivel, one, two) as (a, a_end), pair(swivel, one, two) as (b, b_end):
            for client, end, text in ((a, a_end, "a"), (b, b_end, "b"), (a, a_end, "c")):
                client.text(text)
                assert end.message() == (TEXT, text.encode())
        assert (len(one.peers), len(two.peers)) == (1, 1)


def test_a_key_that_is_new_each_time_is_passed_on(balance):
    with WebSocketServer() as server:
        swivel = balance(server)
        keys = [new_key() for _ in range(3)]
        for key in keys:
            with Client(swivel.address) as client:
                client.send(handshake(key=key))
                assert client.head().get("Sec-WebSocket-Accept") == accept_for(key)
    assert [seen.get("Sec-WebSocket-Key") for seen in server.requests] == keys
