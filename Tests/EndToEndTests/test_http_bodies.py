"""Bodies of every size near where buffers end, and long ones by their digest, in each framing and both ways."""

import json
import threading

import pytest

from harness.http import Client, ask, payload
from harness.messages import chunked, lines, request, response
from harness.origin import END, Origin

EDGES = (4096, 16_384, 32_768, 65_536, 131_072)
LARGE = 64 << 20
CHUNK = 1 << 20


def sizes_near_edges():
    return sorted({1, 2, *(edge + delta for edge in EDGES for delta in range(-3, 4))})


def cut(whole, size):
    return [whole[start : start + size] for start in range(0, len(whole), size)]


def send_in_threads(client, parts):
    """A sender that does not wait for the reader: the server may answer while it is sent."""

    def send():
        for part in parts:
            client.send(part)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    return sender


def coded(parts):
    """The chunks of a body, one after another, and its end."""
    yield from (b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
    yield lines("0")


@pytest.mark.deadline(240)
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_bodies_near_every_edge_come_back_whole(balance, engine, framing):
    def answer(asked):
        body = asked.body
        if framing == "length":
            return response(body)
        return lines("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked")]) + chunked(body)

    with Origin(answer) as origin:
        swivel = balance(origin, "--workers", 1, engine=engine)
        whole, _ = payload(1, max(EDGES) + 10)
        with Client(swivel.address) as client:
            for size in sizes_near_edges():
                body = whole[:size]
                if framing == "length":
                    send_in_threads(client, [request("POST", "/", body=body)])
                else:
                    send_in_threads(client, [request("POST", "/", [("Transfer-Encoding", "chunked")]), chunked(body)])
                assert client.read().body == body, size
    assert origin.accepted == 1


@pytest.mark.deadline(240)
def test_heads_near_every_edge_of_a_buffer_go_through(balance, engine):
    """The head's end falls on each place around the edge, the body begins behind it."""
    with Origin(lambda asked: response(asked.body, fields=[("X-Pad", asked.get("X-Pad"))])) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            for length in [*range(3900, 4100, 3), *range(7900, 8150, 9)]:
                answer = client.ask("POST", "/", [("X-Pad", "p" * length)], b"hello")
                assert (len(answer.get("X-Pad")), answer.body) == (length, b"hello")


@pytest.mark.deadline(240)
@pytest.mark.parametrize("size", [1, 2, 3, 7, 100])
def test_a_message_may_come_in_pieces_of_any_size(balance, engine, size):
    """Both the request and the response, cut wherever it falls."""
    def answer(asked):
        body = asked.body
        head = lines("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked")])
        for part in cut(head + chunked(body[:10], body[10:], trailers=[("X-Sum", "1")]), size):
            asked.connection.sendall(part)
        return b""

    with Origin(answer) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            message = request("POST", "/", [("Transfer-Encoding", "chunked")])
            for part in cut(message + chunked(b"a" * 30, b"b" * 5) + request("POST", "/", body=b"second one!"), size):
                client.send(part)
            assert client.read().body == b"a" * 30 + b"b" * 5
            assert client.read().body == b"second one!"


@pytest.mark.deadline(240)
@pytest.mark.parametrize("splice", ["auto", "off"])
@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_long_upload_arrives_whole(balance, engine, framing, splice):
    whole, digest = payload(2, LARGE)
    with Origin(lambda asked: response(json.dumps(asked.digest()).encode())) as origin:
        swivel = balance(origin, "--splice", splice, engine=engine)
        with Client(swivel.address, seconds=200) as client:
            if framing == "length":
                client.send(request("POST", "/", [("Content-Length", LARGE)]))
                client.send(whole)
            else:
                client.send(request("POST", "/", [("Transfer-Encoding", "chunked")]))
                for part in coded(cut(whole, CHUNK + 7)):
                    client.send(part)
            assert json.loads(client.read().body) == list(digest)
            assert json.loads(client.ask("POST", "/", body=b"").body)[0] == 0  # In step behind it.


@pytest.mark.deadline(240)
@pytest.mark.parametrize("splice", ["auto", "off"])
@pytest.mark.parametrize("framing", ["length", "chunked", "close"])
def test_a_long_download_arrives_whole(balance, engine, framing, splice):
    whole, digest = payload(3, LARGE)

    def answer(asked):
        if asked.target == "/next":
            return response(b"next")
        if framing == "length":
            return response(whole)
        if framing == "close":
            return b"HTTP/1.1 200 OK\r\n\r\n", whole, END
        return lines("HTTP/1.1 200 OK", [("Transfer-Encoding", "chunked")]), *coded(cut(whole, CHUNK + 7))

    with Origin(answer) as origin:
        swivel = balance(origin, "--splice", splice, engine=engine)
        with Client(swivel.address, seconds=200) as client:
            client.send(request())
            answer = client.head()
            assert answer.digest() == digest
            if answer.framing != "close":
                assert client.ask(target="/next").body == b"next"


def test_a_long_body_of_known_length_goes_uncopied(balance, engine):
    with Origin(lambda asked: response(bytes(LARGE))) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address, seconds=200) as client:
            client.send(request())
            assert client.head().digest()[0] == LARGE
        assert swivel.stop().spliced > LARGE // 2


@pytest.mark.parametrize("framing", ["length", "chunked"])
def test_a_body_beyond_the_limit_is_refused_with_413(balance, engine, framing):
    with Origin(lambda asked: response(str(len(asked.body)).encode())) as origin:
        swivel = balance(origin, "--max-body", 10_000, engine=engine)
        assert ask(swivel.address, "POST", "/", body=b"x" * 10_000).body == b"10000"
        with Client(swivel.address) as client:
            if framing == "length":
                client.send(request("POST", "/large", [("Content-Length", 10_001)]))
            else:
                client.send(request("POST", "/large", [("Transfer-Encoding", "chunked")]) + chunked(b"x" * 10_001))
            assert client.read().status == 413
            assert client.is_ended()
    large = [seen for seen in origin.seen if seen.target == "/large"]
    assert large == [] if framing == "length" else not any(seen.is_whole for seen in large)
