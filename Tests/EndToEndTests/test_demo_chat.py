"""The chat of `swivel demo`: one room in three servers, each member connected through one of them."""

import contextlib
import os
import signal

import pytest

from harness.demo import NAMES, order
from harness.frames import BINARY, CONTINUATION, PING, PONG, TEXT, Frame, fragments
from harness.messages import Stream, read_response
from harness.software import needs
from harness.waiting import wait_until
from harness.websocket import WebSocketClient, handshake

SEATS = 64
LINE_BYTES_MAX = 512


@contextlib.contextmanager
def member(address, **options):
    """One who has been welcomed: `server` is the one that it came through."""
    with WebSocketClient(address, "/chat", **options) as client:
        client.server, word = line(client).split(" ", 1)
        assert client.server in NAMES and word == "connected"
        yield client


def line(client):
    opcode, payload = client.message()
    assert opcode == TEXT
    return payload.decode()


@contextlib.contextmanager
def members(demo):
    """Some through every server: each shard has its own turn, so how many that takes is not foreseen."""
    with contextlib.ExitStack() as stack:
        everybody = []
        while {one.server for one in everybody} != set(NAMES):
            assert len(everybody) < 30, "one server has no member"
            everybody.append(stack.enter_context(member(demo.address)))
        yield everybody


def test_each_line_reaches_every_member_and_names_the_server_that_it_came_through(demo):
    with members(demo) as everybody:
        for number, one in enumerate(everybody):
            one.text(f"line {number}: é <b>")
            expected = f"{one.server} line {number}: é <b>"
            assert {line(other) for other in everybody} == {expected}


@pytest.mark.parametrize("name", NAMES)
def test_a_stopped_server_ends_its_chats_and_whoever_connects_again_gets_another(demo, name):
    with members(demo) as everybody:
        assert order(demo, "stop", name)[0] == 200
        gone = [one for one in everybody if one.server == name]
        others = [one for one in everybody if one.server != name]
        assert gone
        for one in gone:
            assert one.closed() == 1001
            one.close(1001)
            assert one.is_ended()
        with member(demo.address) as again:
            assert again.server != name
            again.text("here again")
            assert {line(one) for one in [again, *others]} == {f"{again.server} here again"}
    assert order(demo, "start", name)[0] == 200
    with members(demo):
        pass


def test_it_ends_cleanly_and_soon_with_a_chat_open(demo):
    with members(demo) as everybody:
        demo.signal(signal.SIGTERM)
        assert {one.closed() for one in everybody} == {1012}
        for one in everybody:
            one.close(1012)
        assert demo.wait(60) == 0
    assert "left over: connections 0, buffers 0, pipes 0, descriptors 0" in demo.stderr.text + demo.stdout.text


def test_connections_are_balanced_as_well(start_demo):
    with members(start_demo("--mode", "tcp")) as everybody:
        everybody[0].text("hello")
        assert {line(one) for one in everybody} == {f"{everybody[0].server} hello"}


def test_a_line_is_what_of_a_message_can_be_shown(demo):
    with member(demo.address) as one:
        # The first message and the last but one make no line; the second is cut within a letter.
        one.send(Frame(TEXT), *fragments(TEXT, b"\x1b[1mcaf\xc3", b"\xa9", b"", b"\r\n, please"), Frame(TEXT, b"\n"))
        one.send(Frame(TEXT, b"x" * LINE_BYTES_MAX))
        assert line(one) == f"{one.server} [1mcafé, please"
        assert line(one) == f"{one.server} " + "x" * LINE_BYTES_MAX


# Straight to a server: the balancer itself would refuse some of these.
REFUSED = {
    "unmasked": (lambda one: one.send_raw(Frame(TEXT, b"hi").wire()), 1002),
    "a long line": (lambda one: one.send(Frame(TEXT, b"x" * (LINE_BYTES_MAX + 1))), 1009),
    "a long line in fragments": (lambda one: one.send(*fragments(TEXT, b"x" * LINE_BYTES_MAX, b"y")), 1009),
    "an endless line": (lambda one: one.send_raw(one.wire(Frame(TEXT, b"x"), length=1 << 62, length_bytes=8)), 1009),
    "binary": (lambda one: one.send(Frame(BINARY, b"hi")), 1003),
    "no text": (lambda one: one.send(Frame(TEXT, b"\xc3")), 1007),
    "a fragment of nothing": (lambda one: one.send(Frame(CONTINUATION, b"hi")), 1002),
    "a line within a line": (lambda one: one.send(Frame(TEXT, b"a", fin=False), Frame(TEXT, b"b")), 1002),
    "a reserved bit": (lambda one: one.send(Frame(TEXT, b"hi", reserved=4)), 1002),
    "an unknown opcode": (lambda one: one.send(Frame(3, b"hi")), 1002),
    "a fragmented ping": (lambda one: one.send(Frame(PING, b"hi", fin=False)), 1002),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_line_ends_the_chat_of_who_sent_it_alone(demo, name):
    send, code = REFUSED[name]
    with member(demo.servers["a"]) as one, member(demo.address) as other:
        send(one)
        assert one.closed() == code
        assert one.is_ended()
        other.text("still here")
        assert line(other) == f"{other.server} still here"


@pytest.mark.parametrize("cut", range(1, 12))
def test_frames_may_come_in_pieces(demo, cut):
    with member(demo.servers["b"]) as one:
        wire = one.wire(Frame(TEXT, b"in pieces"))
        one.send_raw(wire[:cut])
        # The server's answer to a ping in another connection: the first piece has been read by then.
        with member(demo.servers["b"]) as other:
            other.send(Frame(PING, b"now?"))
            assert other.read() == Frame(PONG, b"now?")
        one.send_raw(wire[cut:] + one.wire(Frame(PING, b"12345678")) + one.wire(Frame(PONG, b"12345678")))
        assert {one.read().payload, one.read().payload} == {b"b in pieces", b"12345678"}
        one.close(4000)
        assert one.read().code == 4000
        assert one.is_ended()


def test_a_frame_right_behind_the_handshake_is_heard(demo):
    first = Frame(TEXT, b"early").under(b"mask").wire()
    with member(demo.servers["c"], first=first) as one:
        assert line(one) == "c early"


def test_seats_are_counted_and_free_again(demo):
    with contextlib.ExitStack() as stack:
        everybody = [stack.enter_context(member(demo.servers["a"])) for _ in range(SEATS)]
        assert refused(demo.servers["b"]) == (503, b"every seat of the chat is taken\n")
        everybody[0].close(1000)
        assert everybody[0].closed() == 1000
        with member(demo.servers["b"]) as late:
            assert late.server == "b"


@pytest.mark.parametrize(
    "fields", [[("Sec-WebSocket-Version", "8")], [("Sec-WebSocket-Key", "short")], [("Upgrade", None), ("Connection", None)]]
)
def test_what_is_no_handshake_is_told_what_is(demo, fields):
    assert refused(demo.servers["a"], fields) == (426, b"the chat is a WebSocket\n")


def refused(address, fields=()):
    with address.connect() as connection:
        connection.sendall(handshake("/chat", fields))
        answer = read_response(Stream(connection))
        return answer.status, answer.body


@pytest.mark.deadline(300)
def test_a_member_that_does_not_read_is_left_behind(demo):
    def descriptors():
        return len(os.listdir(f"/proc/{demo.pid}/fd"))

    with member(demo.servers["a"], receive_buffer=4096) as deaf, member(demo.servers["b"]) as other:
        before = descriptors()
        # The kernel holds some MiB for who does not read; how many is its own affair, up to net.ipv4.tcp_wmem.
        for _ in range(4000):
            other.send(*[Frame(TEXT, b"x" * LINE_BYTES_MAX)] * 40)
            assert {line(other) for _ in range(40)} == {"b " + "x" * LINE_BYTES_MAX}
            if descriptors() < before:
                break
        assert deaf.closed() is None, "cut, without a close"
        other.text("who is left?")
        assert line(other) == "b who is left?"


@needs("chromium")
@pytest.mark.deadline(300)
def test_the_page_says_a_line_and_connects_again_when_its_server_stops(demo, browse):
    page = browse(f"http://{demo.address}/")

    def carrier():
        return page.value("document.getElementById('carrier').textContent").removeprefix("through server ")

    first = wait_until(carrier, 60, "the page has joined the chat")
    with member(demo.servers[first]) as other:
        other.text("<b>hello</b>")
        lines = "document.getElementById('lines').textContent"
        wait_until(lambda: f"{first} <b>hello</b>" in page.value(lines), 60, "the line is shown, as text")
        page.value("document.querySelector('#chat input').value = 'from the page'")
        page.value("document.querySelector('#chat button').click()")
        assert [line(other), line(other)] == [f"{first} <b>hello</b>", f"{first} from the page"]
    order(demo, "stop", first)
    second = wait_until(lambda: carrier() not in ("", first) and carrier(), 60, "the page is connected again")
    assert second in NAMES
    assert "The connection has ended (1001): connecting again." in page.value(lines)
    wait_until(lambda: page.value("answers") > 3, 60, "the page goes on asking")
    assert page.value("failures") == 0
