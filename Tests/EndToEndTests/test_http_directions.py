"""Both directions of an exchange run at once, always: neither the request nor the response waits for the other."""

import socket

from harness.clients import receive_exactly
from harness.http import Client, ask
from harness.messages import lines, read_response, request, response
from harness.origin import END, Origin


def test_an_early_answer_is_passed_on_while_the_request_is_still_sent(balance, engine):
    def answer(asked):
        return response(b"early") if asked.target == "/early" else response(str(asked.digest()[0]).encode())

    with Origin(answer) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            client.send(request("POST", "/early", [("Content-Length", 300_000)]) + b"a" * 1000)
            answer = client.read()
            assert answer.body == b"early"
            client.send(b"a" * 299_000)
            # Where the connection stays open, it is in step.
            if "close" not in answer.options():
                assert client.ask("POST", "/", body=b"b" * 1000).body == b"1000"
        assert ask(swivel.address, "POST", "/", body=b"b" * 1000).body == b"1000"


def test_a_refusal_with_close_reaches_a_client_that_still_uploads(balance, engine):
    """As a server refuses a body that it does not want to read: it answers, and closes."""

    def answer(asked):
        asked.connection.sendall(response(b"too much", "413 Content Too Large", [("Connection", "close")]))
        asked.connection.shutdown(socket.SHUT_WR)
        asked.connection.settimeout(60)
        while asked.connection.recv(1 << 16):
            pass
        return END

    with Origin(answer) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            client.send(request("POST", "/", [("Content-Length", 1 << 30)]) + b"a" * 100_000)
            answer = client.read()
            assert (answer.status, answer.body) == (413, b"too much")


def test_both_bodies_flow_at_once(balance, engine):
    """Each megabyte comes back before the next is sent: who waited for the end of one would hang."""

    def answer(asked):
        asked.connection.sendall(lines("HTTP/1.1 200 OK", [("Content-Length", 24 << 20)]))
        for piece in asked.pieces():
            asked.connection.sendall(piece)
        return b""

    with Origin(answer) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            client.send(request("POST", "/", [("Content-Length", 24 << 20)]))
            sent = 0
            for index in range(24):
                block = bytes([index]) * (1 << 20)
                client.send(block)
                sent += len(block)
                if index == 0:
                    answer = read_response(client.stream)
                while len(client.stream.buffer) < len(block):
                    client.stream.need()
                assert client.stream.take(len(block)) == block
            assert answer.framing == sent


def test_a_client_that_reads_nothing_holds_up_nobody_else(balance, engine):
    with Origin(lambda asked: response(b"x" * (8 << 20) if asked.target == "/large" else b"small")) as origin:
        swivel = balance(origin, "--workers", 1, engine=engine)
        with Client(swivel.address, receive_buffer=8192) as slow:
            slow.send(request("GET", "/large"))
            assert receive_exactly(slow.connection, 15) == b"HTTP/1.1 200 OK"
            assert all(ask(swivel.address).body == b"small" for _ in range(50))
