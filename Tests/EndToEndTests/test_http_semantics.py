"""One exchange after another, as RFC 9110 and RFC 9112 have them: connections, versions, bodies, interim responses."""

import time

import pytest

from harness.clients import reset
from harness.http import Client, ask
from harness.messages import Cut, chunked, lines, request, response
from harness.origin import END, RESET, Origin
from harness.waiting import wait_until

OPEN = "HTTP/1.1 200 OK\r\n\r\n".encode()


# Connections.


def test_both_sides_keep_their_connections(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, "--workers", 1, engine=engine)
        with Client(swivel.address) as client:
            for index in range(50):
                assert client.ask("GET", f"/{index}").body == f"GET /{index}".encode()
    assert origin.accepted == 1
    assert origin.targets == [f"/{index}" for index in range(50)]


def test_clients_share_the_servers_connections(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, "--workers", 1, "--reuse", "always", engine=engine)
        for index in range(30):
            assert ask(swivel.address, "GET", f"/{index}").body == f"GET /{index}".encode()
    assert origin.accepted == 1


def test_pipelined_requests_are_answered_in_order(balance, engine):
    def answer(asked):
        time.sleep(0.02 * (5 - int(asked.target[1:]) % 5))  # The later asked, the sooner it would be answered.
        return response(asked.target.encode())

    with Origin(answer) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            client.send(b"".join(request("GET", f"/{index}") for index in range(20)))
            assert [client.read().body for _ in range(20)] == [f"/{index}".encode() for index in range(20)]


def test_pipelined_uploads_do_not_run_into_each_other(balance, engine):
    def answer(asked):
        return response(asked.body)

    with Origin(answer) as origin:
        swivel = balance(origin, engine=engine)
        bodies = [bytes([65 + index]) * (index * 7000) for index in range(12)]
        with Client(swivel.address) as client:
            client.send(b"".join(
                request("POST", "/", body=body) if len(body) % 2000 else
                request("POST", "/", [("Transfer-Encoding", "chunked")]) + (chunked(body) if body else chunked())
                for body in bodies
            ))
            assert [client.read().body for _ in bodies] == bodies


@pytest.mark.parametrize("side", ["client", "server"])
def test_close_is_of_one_side_alone(balance, engine, side):
    """A server that closes does not end the client's connection, nor the other way round."""

    def answer(asked):
        closing = [("Connection", "close")] if side == "server" else []
        return (response(b"x", fields=closing), END) if closing else response(b"x")

    with Origin(answer) as origin:
        swivel = balance(origin, "--workers", 1, "--reuse", "always", engine=engine)
        if side == "server":
            with Client(swivel.address) as client:
                for _ in range(5):
                    assert "close" not in client.ask().options()
            assert origin.accepted == 5
        else:
            for _ in range(5):
                with Client(swivel.address) as client:
                    assert "close" in client.ask(fields=[("Connection", "close")]).options()
                    assert client.is_ended()
            assert origin.accepted == 1
            assert not any("close" in seen.options() for seen in origin.seen)


# Versions.


def test_a_client_of_1_0_gets_one_answer_and_the_end(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            assert client.ask(target="/old", version="HTTP/1.0").body == b"GET /old"
            assert client.is_ended()
    assert origin.seen[0].minor == 1  # Swivel's own version, on each side.


def test_a_client_of_1_0_may_ask_to_stay(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            for _ in range(3):
                answer = client.ask(version="HTTP/1.0", fields=[("Connection", "keep-alive")])
                assert answer.options() == {"keep-alive"}
            assert "keep-alive" not in client.ask(version="HTTP/1.0").options()
            assert client.is_ended()


def test_a_client_of_1_0_need_not_name_a_host(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, engine=engine)
        assert ask(swivel.address, target="/", version="HTTP/1.0", host=None).status == 200
    assert len(origin.seen[0].all("Host")) == 1  # What is sent on is of 1.1, where there must be one.


def test_a_server_of_1_0_is_answered_for_in_1_1(balance, engine):
    with Origin(lambda asked: (response(b"old", version="HTTP/1.0"), END)) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            for _ in range(3):
                answer = client.ask()
                assert (answer.minor, answer.body) == (1, b"old")
                assert "close" not in answer.options()
    assert origin.accepted == 3


def test_chunks_are_undone_for_a_client_of_1_0(balance, engine):
    with Origin(lambda asked: lines("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked")]) + chunked(b"one", b"two")) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            answer = client.ask(version="HTTP/1.0", fields=[("Connection", "keep-alive")])
            assert (answer.framing, answer.body) == ("close", b"onetwo")
            assert answer.all("Transfer-Encoding") == answer.all("Trailer") == []


# Bodies.


def test_chunks_go_both_ways_with_their_trailers(balance, engine):
    def answer(asked):
        assert asked.body == b"one" + b"two" * 30_000
        head = lines("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked"), ("Trailer", "X-Sum")])
        return head + chunked(b"a", b"b" * 100_000, trailers=[("X-Sum", "b1")])

    with Origin(answer) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            head = request("POST", "/", [("Transfer-Encoding", "chunked"), ("Trailer", "X-Sum")])
            client.send(head + chunked(b"one", b"two" * 30_000, trailers=[("X-Sum", "a1")]))
            answer = client.read()
            assert answer.body == b"a" + b"b" * 100_000
            assert answer.trailers == [("X-Sum", "b1")]
            assert answer.get("Trailer") == "X-Sum"
            assert client.ask("POST", "/", [("X", "y")], b"one" + b"two" * 30_000).status == 200
    assert origin.seen[0].trailers == [("X-Sum", "a1")]


def test_a_chunk_is_passed_on_when_it_comes(balance, engine):
    """Neither direction waits for the whole of a body."""

    def answer(asked):
        connection = asked.connection
        connection.sendall(lines("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked")]))
        for piece in asked.pieces():
            connection.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        return lines("0")

    with Origin(answer) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            client.send(request("POST", "/", [("Transfer-Encoding", "chunked")]))
            answer = client.head()
            pieces = answer.pieces()
            for word in (b"one", b"two", b"three"):
                client.send(b"%x\r\n%b\r\n" % (len(word), word))
                heard = b""
                while len(heard) < len(word):
                    heard += next(pieces)
                assert heard == word
            client.send(lines("0"))
            assert list(pieces) == []


@pytest.mark.parametrize("method", ["GET", "DELETE", "OPTIONS", "PATCH"])
@pytest.mark.parametrize("way", ["length", "chunked"])
def test_any_method_may_have_a_body(balance, engine, method, way):
    with Origin(lambda asked: response(asked.body)) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            if way == "length":
                client.send(request(method, "/", body=b"hello"))
            else:
                client.send(request(method, "/", [("Transfer-Encoding", "chunked")]) + chunked(b"hello"))
            assert client.read().body == b"hello"
            assert client.ask().body == b""


def test_head_has_the_fields_and_no_body(balance, engine):
    def answer(asked):
        return lines("HTTP/1.1 200 OK", [("Content-Length", "5")]) + (b"" if asked.method == "HEAD" else b"hello")

    with Origin(answer) as origin:
        swivel = balance(origin, "--workers", 1, engine=engine)
        with Client(swivel.address) as client:
            for method, body in (("HEAD", b""), ("GET", b"hello"), ("HEAD", b"")):
                answer = client.ask(method)
                assert (answer.get("Content-Length"), answer.body) == ("5", body)
    assert origin.accepted == 1


@pytest.mark.parametrize("status", ["204 No Content", "304 Not Modified"])
def test_204_and_304_end_with_their_head(balance, engine, status):
    with Origin(lambda asked: response(None, status, [("ETag", '"x"')])) as origin:
        swivel = balance(origin, "--workers", 1, engine=engine)
        with Client(swivel.address) as client:
            for _ in range(3):
                answer = client.ask()
                assert (answer.status, answer.get("ETag"), answer.framing) == (int(status[:3]), '"x"', 0)
                assert answer.all("Transfer-Encoding") == []
    assert origin.accepted == 1


def test_a_response_that_ends_with_the_connection_is_whole(balance, engine):
    with Origin(lambda asked: (OPEN + b"y" * 300_000, END)) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            assert client.ask().body == b"y" * 300_000
        assert ask(swivel.address, version="HTTP/1.0").body == b"y" * 300_000


@pytest.mark.parametrize("way", ["length", "chunked", "chunk", "reset", "reset length", "reset before the end"])
def test_a_response_that_is_cut_is_cut_at_the_client(balance, engine, way):
    some = b"z" * 20_000
    coded = lines("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked")])
    counted = lines("HTTP/1.1 200 OK", [("Content-Length", "30000")])
    answers = {
        "length": (counted + some, END),
        "chunked": (coded + chunked(some)[:-5], END),
        "chunk": (coded + b"7530\r\n" + some, END),
        "reset": (OPEN + some, RESET),
        "reset length": (counted + some, RESET),
        "reset before the end": (coded + chunked(some)[:-2], RESET),
    }
    with Origin(lambda asked: answers[way]) as origin:
        swivel = balance(origin, "--retries", 0, engine=engine)
        with Client(swivel.address) as client, pytest.raises(Cut):
            # A reset may overtake the bytes before it: then there was no response yet, and that can be said.
            if client.ask().status == 502 and "reset" in way:
                raise Cut("a bad gateway is no clean end either")
        origin.answer = lambda asked: response(b"next")
        assert ask(swivel.address).body == b"next"


def test_a_request_that_is_cut_is_cut_at_the_server(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, engine=engine)
        count = 0
        for body in (b"Content-Length: 100\r\n\r\nsome", b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"):
            with Client(swivel.address) as client:
                client.send(b"POST /cut HTTP/1.1\r\nHost: a\r\n" + body)
                count += 1
                wait_until(lambda: len(origin.seen) == count, 60, "the server has its beginning")
                reset(client.connection)
        assert ask(swivel.address).status == 200
    assert all(not seen.is_whole for seen in origin.seen if seen.target == "/cut")
