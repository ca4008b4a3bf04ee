"""The patience of an exchange in the midst of long bodies: readers that are slow or stop, and flows that go by splice.

Times pass in these tests because passing time is what they are about.
"""

import contextlib
import socket
import threading
import time

from harness.clients import receive_exactly
from harness.http import Client, ask, assert_cut, assert_refusal
from harness.messages import lines, request, response
from harness.origin import END, Origin
from harness.waiting import takes, undisturbed, wait_until

# The client that reads.


def test_a_slow_reader_is_alive_as_long_as_it_reads(balance, engine):
    """Its bytes leave the kernel so slowly that no send finishes within the timeout."""
    whole = b"".join(index.to_bytes(4, "big") for index in range(3 << 20))

    def attempt(pace):
        pace.step()
        with Client(swivel.address, receive_buffer=16 << 10) as client:
            client.send(request())
            answer = client.head()
            until = time.monotonic() + 4
            received = bytearray(client.stream.take(len(client.stream.buffer)))
            while len(received) < len(whole):
                received += receive_exactly(client.connection, min(16 << 10, len(whole) - len(received)))
                pace.step()
                if time.monotonic() < until:
                    time.sleep(0.2)  # The slowness of the reader.
            assert answer.framing == len(whole) and received == whole

    with Origin(lambda asked: response(whole)) as origin:
        timeouts = ["--timeout-client", "1s", "--timeout-server", "1s", "--timeout-body-idle", "1s"]
        swivel = balance(origin, *timeouts, engine=engine)
        undisturbed(attempt, 0.8)


def test_an_idle_client_is_not_held_to_the_timeout_of_readers(balance, engine):
    """Its answer was larger than its socket's buffer, so that for a while it was waited for."""
    size = 16 << 20

    def attempt(pace):
        with Client(swivel.address, receive_buffer=16 << 10) as client:
            for _ in range(2):
                client.send(request())
                answer, count = client.head(), 0
                for piece in answer.pieces():
                    pace.step()
                    count += len(piece)
                assert count == size
                pace.rest()
                time.sleep(2)  # Four times the timeout: it would be looked at twice, and cut.

    with Origin(lambda asked: response(bytes(size))) as origin:
        swivel = balance(origin, "--timeout-client", "500ms", "--timeout-keep-alive", "60s", engine=engine)
        undisturbed(attempt, 0.4)


def test_a_reader_that_stopped_is_cut(balance, engine):
    with Origin(lambda asked: response(bytes(64 << 20))) as origin:
        swivel = balance(origin, "--timeout-client", "500ms", engine=engine)
        with Client(swivel.address, receive_buffer=8192) as client:
            client.send(request())
            wait_until(lambda: origin.accepted and origin.active == 0, 60, "the server's connection is given up")
        origin.answer = lambda asked: response(b"next")
        assert ask(swivel.address).body == b"next"


# Bodies so long that they go by splice.

LONG = 64 << 20
PART = bytes(8 << 20)


def test_a_long_response_that_stops_is_cut(balance, engine):
    def attempt(pace):
        def answer(asked):
            asked.connection.sendall(lines("HTTP/1.1 200 OK", [("Content-Length", LONG)]) + PART)
            pace.rest()  # Held up before, it would be given up without a response.
            wait_until(lambda: asked.connection.recv(1) == b"", 60, "the end of a connection that was given up")
            return END

        origin.answer = answer
        pace.step()
        with Client(swivel.address) as client, takes(0.5):
            assert_cut(client)

    with Origin() as origin:
        swivel = balance(origin, "--timeout-server", "500ms", engine=engine)
        undisturbed(attempt, 0.4)


def test_a_long_upload_that_stops_is_answered_with_408(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, "--timeout-body-idle", "500ms", engine=engine)
        with Client(swivel.address) as client, takes(0.5):
            with contextlib.suppress(OSError):  # Held up within it, it has stopped there.
                client.send(request("POST", "/", [("Content-Length", LONG)]) + PART)
            assert_refusal(client.read(), 408)


def test_a_server_that_stopped_to_read_is_given_up_with_504(balance, engine):
    gate = threading.Event()
    with Origin(lambda asked: (gate.wait(60), END)[1], receive_buffer=8192) as origin:
        swivel = balance(origin, "--timeout-server", "500ms", "--retries", 0, engine=engine)
        with Client(swivel.address) as client:
            head = request("POST", "/", [("Content-Length", LONG)])
            sender = threading.Thread(target=send_all, args=(client, head), daemon=True)
            sender.start()
            assert client.read().status == 504
            client.connection.shutdown(socket.SHUT_RDWR)
            sender.join(60)
        gate.set()


def send_all(client, head):
    with contextlib.suppress(OSError):
        client.send(head)
        for _ in range(8):
            client.send(PART)
