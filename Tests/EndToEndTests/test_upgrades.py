"""Upgrades to other protocols: tunnelled blindly where a route allows them, and taken out of the request elsewhere."""

import socket
import threading

import pytest

from harness.clients import echoed, random_bytes, receive_exactly
from harness.http import Client, payload
from harness.messages import lines, request, response
from harness.origin import Origin
from harness.websocket import WebSocketClient, WebSocketServer, handshake, new_key

ASK = [("Upgrade", "tcp-echo"), ("Connection", "Upgrade")]


def switching(protocol="tcp-echo", first=b""):
    """Answers an Upgrade to that protocol with a 101, and echoes from then on; anything else with what it saw."""
    def answer(asked):
        asked.finish()
        if asked.get("Upgrade") is None:
            return response(f"plain {sorted(asked.options())}".encode())
        asked.connection.sendall(
            lines("HTTP/1.1 101 Switching Protocols", [("Upgrade", protocol), ("Connection", "Upgrade")]) + first
        )
        stream = asked.stream
        while stream.buffer or stream.fill():
            asked.connection.sendall(stream.take(len(stream.buffer)))
        asked.connection.shutdown(socket.SHUT_WR)
        return b""

    return answer


def opened(client, target="/up", fields=ASK, first=b""):
    client.send(request("GET", target, fields) + first)
    answer = client.head()
    assert answer.status == 101, (answer, answer.body)
    assert (answer.get("Upgrade"), answer.options()) == ("tcp-echo", {"upgrade"})
    return client


ROUTE = ("--route", "upgrade=tcp-echo -> backend=default")


def test_an_upgrade_that_a_route_allows_becomes_a_tunnel(balance, engine):
    with Origin(switching()) as origin:
        swivel = balance(origin, *ROUTE, engine=engine)
        with Client(swivel.address) as client:
            opened(client)
            # No frames: anything passes, both ways at once.
            assert echoed(client.connection, random_bytes(1, 3_000_000))
            client.connection.shutdown(socket.SHUT_WR)
            assert client.is_ended()
    assert origin.seen[0].options("Upgrade") == {"tcp-echo"} and "upgrade" in origin.seen[0].options()


def test_bytes_that_come_with_the_heads_are_not_lost(balance, engine):
    with Origin(switching(first=b"greeting")) as origin:
        swivel = balance(origin, *ROUTE, engine=engine)
        with Client(swivel.address) as client:
            opened(client, first=b"early bytes")
            assert b"".join(client.stream.pieces(19)) == b"greetingearly bytes"


@pytest.mark.parametrize("name", ["TCP-Echo", "tcp-ECHO"])
def test_the_name_is_compared_without_case(balance, engine, name):
    with Origin(switching()) as origin:
        swivel = balance(origin, "--route", f"upgrade={name} -> backend=default", engine=engine)
        with Client(swivel.address) as client:
            opened(client)


@pytest.mark.parametrize("flags, fields", [
    ((), ASK),
    (("--route", "path=/up -> backend=default"), ASK),
    (("--route", "upgrade=other -> backend=default"), ASK),
    (("--route", "upgrade=tcp-echo path=/elsewhere -> backend=default"), ASK),
    (ROUTE, [("Upgrade", "other"), ("Connection", "Upgrade")]),
    (ROUTE, [("Upgrade", "tcp-echo"), ("Connection", "keep-alive")]),
    (ROUTE, [("Upgrade", "h2c"), ("Connection", "Upgrade, HTTP2-Settings"), ("HTTP2-Settings", "AAMAAABkAAQAoAAAAAIAAAAA")]),
], ids=["no route", "a route that says nothing of it", "another name", "another path", "not that one", "not named", "h2c"])
def test_any_other_upgrade_is_taken_out_and_the_request_goes_on(balance, engine, flags, fields):
    with Origin(switching()) as origin:
        swivel = balance(origin, *flags, engine=engine)
        with Client(swivel.address) as client:
            for _ in range(2):
                answer = client.ask(target="/up", fields=fields)
                assert answer.status == 200 and answer.body.startswith(b"plain")
                assert b"upgrade" not in answer.body.lower() and b"http2" not in answer.body.lower()
    assert [seen.get("HTTP2-Settings") for seen in origin.seen] == [None, None]


def test_the_server_may_refuse_it(balance, engine):
    with Origin(lambda asked: response(b"not today", "403 Forbidden")) as origin:
        swivel = balance(origin, *ROUTE, engine=engine)
        with Client(swivel.address) as client:
            for _ in range(2):
                answer = client.ask(target="/up", fields=ASK)
                assert (answer.status, answer.body) == (403, b"not today")


@pytest.mark.parametrize("protocol", ["other", "websocket", "h2c"])
def test_another_protocol_than_asked_for_is_a_bad_gateway(balance, engine, protocol):
    with Origin(switching(protocol)) as origin:
        swivel = balance(origin, *ROUTE, "--retries", 0, engine=engine)
        with Client(swivel.address) as client:
            assert client.ask(target="/up", fields=ASK).status == 502


def test_a_websocket_may_be_routed_by_its_upgrade(balance, engine):
    """And is still one: its handshake is checked, and where it is opaque is for its backend to say."""
    with WebSocketServer() as chat, Origin() as pages:
        swivel = balance(
            pages, "--route", "upgrade=websocket -> backend=chat", "--backend", "chat", "--server", chat, engine=engine
        )
        with WebSocketClient(swivel.address) as client:
            assert client.echoes(b"hello")
        with Client(swivel.address) as client:
            assert client.ask().body == b"GET /"
            client.send(handshake(fields=[("Sec-WebSocket-Key", "short")]))
            assert client.read().status == 400
    assert len(chat.peers) == 1


def test_a_half_close_is_passed_on_and_the_answer_still_comes(balance, engine):
    """As in tcp mode: who has said everything may still listen."""
    gate = threading.Event()

    def answer(asked):
        asked.connection.sendall(lines("HTTP/1.1 101 Switching Protocols", ASK))
        heard = b""
        while piece := asked.connection.recv(100):
            heard += piece
        gate.wait(60)
        asked.connection.sendall(b"after the end: " + heard)
        asked.connection.shutdown(socket.SHUT_WR)
        return b""

    with Origin(answer) as origin:
        swivel = balance(origin, *ROUTE, engine=engine)
        with Client(swivel.address) as client:
            opened(client)
            client.send(b"all")
            client.connection.shutdown(socket.SHUT_WR)
            assert client.is_silent(0.2)
            gate.set()
            assert receive_exactly(client.connection, 18) == b"after the end: all"
            assert client.is_ended()


def test_much_passes_both_ways_by_eight(balance, engine):
    content = payload(5, 8 << 20)[0]
    with Origin(switching()) as origin:
        swivel = balance(origin, *ROUTE, engine=engine)
        clients = [opened(Client(swivel.address)) for _ in range(8)]
        threads, results = [], []
        for client in clients:
            threads.append(threading.Thread(target=lambda client=client: results.append(echoed(client.connection, content))))
            threads[-1].start()
        for thread in threads:
            thread.join()
        assert results == [True] * 8
        for client in clients:
            client.connection.close()


def test_an_idle_tunnel_has_its_own_patience(balance, engine):
    with Origin(switching()) as origin:
        # A machine that stands still for two seconds is late for neither the handshake nor the tunnel.
        flags = ["--timeout-tunnel", "8s", "--timeout-server", "2500ms", "--timeout-client", "2500ms"]
        swivel = balance(origin, *ROUTE, *flags, engine=engine)
        with Client(swivel.address) as client:
            opened(client)
            assert client.is_silent(3), "the timeouts of requests are not its own"
            assert echoed(client.connection, b"still here")
            assert client.is_ended()


@pytest.mark.parametrize("name", ["h2c", "", "a b"])
def test_a_protocol_that_cannot_be_tunnelled_is_refused_at_the_start(run_swivel, name):
    flags = ["--mode", "http", "--bind", "127.0.0.1:0", "--server", "127.0.0.1:9"]
    outcome = run_swivel("-t", *flags, "--route", f"upgrade={name} -> backend=default")
    assert outcome.returncode == 64 and "--route" in outcome.stderr, outcome.stderr


def test_who_breaks_off_in_the_handshake_costs_nothing(balance, engine):
    with Origin(lambda asked: b"") as origin:
        swivel = balance(origin, *ROUTE, "--timeout-server", "300ms", engine=engine)
        for _ in range(20):
            with Client(swivel.address) as client:
                client.send(request("GET", "/up", ASK))
        with Client(swivel.address) as client:
            client.send(handshake(key=new_key()))
            assert client.read().status == 504
