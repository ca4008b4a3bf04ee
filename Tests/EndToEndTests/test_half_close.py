"""One side has finished and the other has not: the end travels, and never ahead of bytes."""

import hashlib
import socket
import threading

from harness.addresses import Address, silent_listener
from harness.clients import is_refused, random_bytes, receive_to_end
from harness.servers import Server
from harness.software import needs
from harness.waiting import wait_until


def digest(data):
    return hashlib.sha256(data).hexdigest().encode()


def answer_with_digest(connection):
    """Knows what to say only after the client's end has come."""
    connection.sendall(digest(receive_to_end(connection)))


def test_the_clients_end_reaches_the_server_and_the_answer_the_client(start, engine):
    with Server(answer_with_digest) as server:
        swivel = start("--server", server, engine=engine)
        for count in [0, 1, 4096, 100_000, 16 << 20]:
            payload = random_bytes(count, count)
            with swivel.connect() as client:
                client.sendall(payload)
                client.shutdown(socket.SHUT_WR)
                assert receive_to_end(client) == digest(payload), f"after {count} bytes"


def test_the_servers_end_reaches_the_client_and_the_answer_the_server(start, engine):
    payload = random_bytes(1, 16 << 20)
    answers = []

    def handler(connection):
        connection.sendall(payload)
        connection.shutdown(socket.SHUT_WR)
        answers.append(receive_to_end(connection))

    with Server(handler) as server:
        swivel = start("--server", server, engine=engine)
        with swivel.connect() as client:
            client.sendall(digest(receive_to_end(client)))
        swivel.stop()
    assert answers == [digest(payload)]


def test_an_end_waits_behind_bytes_that_a_slow_server_has_not_read(start, engine):
    payload = random_bytes(2, 16 << 20)
    may_read = threading.Event()

    def handler(connection):
        may_read.wait(60)
        answer_with_digest(connection)

    # A small window: most of the payload waits in Swivel and before it when the end arrives there.
    with Server(handler, receive_buffer=8192) as server:
        swivel = start("--server", server, engine=engine)
        with swivel.connect() as client:
            # What fits on the way goes out at once; the server begins to read only when no more fits.
            client.setblocking(False)
            sent = 0
            try:
                while sent < len(payload):
                    sent += client.send(payload[sent : sent + (1 << 16)])
            except BlockingIOError:
                pass
            may_read.set()
            client.settimeout(60)
            client.sendall(payload[sent:])
            client.shutdown(socket.SHUT_WR)
            assert receive_to_end(client) == digest(payload)


def test_a_request_that_ended_before_its_server_was_reached_arrives_whole(start, engine):
    payload = random_bytes(3, 50_000)
    with silent_listener() as (address, listener):
        swivel = start("--server", address, "--timeout-connect", "60s", engine=engine)
        with swivel.connect() as client:
            client.sendall(payload)
            client.shutdown(socket.SHUT_WR)
            # Behind the one that filled the queue there is room: the kernel's next SYN, a second or more after the
            # first, gets in.
            listener.settimeout(60)
            listener.accept()[0].close()
            connection, _ = listener.accept()
            connection.settimeout(60)
            with connection:
                assert receive_to_end(connection) == payload
                connection.sendall(b"whole")
            assert receive_to_end(client) == b"whole"


def test_both_sides_ending_at_once_end_the_connection(start, engine):
    def end_at_once(connection):
        connection.shutdown(socket.SHUT_WR)
        receive_to_end(connection)

    with Server(end_at_once) as server:
        swivel = start("--server", server, engine=engine)
        for _ in range(50):
            with swivel.connect() as client:
                client.shutdown(socket.SHUT_WR)
                assert receive_to_end(client) == b""
        assert swivel.stop().connections == 50


@needs("socat", "sha256sum")
def test_socat_gets_its_answer_after_it_has_ended_its_half(start, spawn, engine, short_path):
    payload = random_bytes(5, 3 << 20)
    (short_path / "payload").write_bytes(payload)
    # sha256sum answers when its input has ended, and not before.
    spawn("socat", f"UNIX-LISTEN:{short_path}/sum.sock,fork,backlog=64", "EXEC:sha256sum", name="summing server")
    server = Address(f"unix:{short_path}/sum.sock")
    wait_until(lambda: not is_refused(server), 60, "socat listens")
    swivel = start("--server", server, engine=engine)
    client = spawn("socat", "-t", "90", f"OPEN:{short_path}/payload!!STDOUT", f"TCP:{swivel.address}", name="client")
    assert client.wait(90) == 0, client.stderr.text
    assert client.stdout.text.split()[0].encode() == digest(payload)


@needs("socat", "sha256sum")
def test_socat_answers_a_server_that_has_ended_its_half(start, spawn, engine):
    payload = random_bytes(6, 3 << 20)
    answers = []

    def handler(connection):
        connection.sendall(payload)
        connection.shutdown(socket.SHUT_WR)
        answers.append(receive_to_end(connection))

    with Server(handler) as server:
        swivel = start("--server", server, engine=engine)
        client = spawn("socat", "-t", "90", f"TCP:{swivel.address}", "EXEC:sha256sum", name="client")
        assert client.wait(90) == 0, client.stderr.text
        swivel.stop()
    assert [answer.split()[0] for answer in answers] == [digest(payload)]


def test_a_connection_goes_on_in_one_direction_for_long_after_the_other_has_ended(start, engine):
    """The server's half stays open and busy: what it sends after the client's end is all delivered."""
    chunks = [random_bytes(index, 200_000) for index in range(40)]

    def handler(connection):
        receive_to_end(connection)
        for chunk in chunks:
            connection.sendall(chunk)

    with Server(handler) as server:
        swivel = start("--server", server, engine=engine)
        with swivel.connect() as client:
            client.sendall(b"go")
            client.shutdown(socket.SHUT_WR)
            assert receive_to_end(client) == b"".join(chunks)
