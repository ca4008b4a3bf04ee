"""A peer breaks off: its connection ends alone, both ways, and no other notices."""

import contextlib
import threading

import pytest

from harness.clients import echoed, is_served, random_bytes, receive_exactly, reset, seconds_until_end
from harness.servers import Server, echo
from harness.waiting import wait_until


@pytest.mark.parametrize("moment", ["idle", "sending", "receiving"])
def test_a_clients_reset_ends_its_own_connection_only(start, engine, moment):
    begun, ended = threading.Event(), threading.Event()

    def handler(connection):
        kind = connection.recv(1)
        if kind != b"N":
            begun.set()
        try:
            if kind == b"N":
                echo(connection)
            while kind == b"F":
                connection.sendall(bytes(1 << 16))
            while kind == b"S" and connection.recv(1 << 16):
                pass
        finally:
            if kind != b"N":
                ended.set()

    with Server(handler) as server:
        swivel = start("--server", server, "--workers", "1", engine=engine)
        before = swivel.descriptors()["socket"]
        with swivel.connect() as neighbour:
            neighbour.sendall(b"N")
            assert echoed(neighbour, b"before")
            victim = swivel.connect()
            victim.sendall(b"F" if moment == "receiving" else b"S")
            assert begun.wait(60), "the server was not reached"
            if moment == "sending":
                victim.sendall(bytes(4 << 20))
            if moment == "receiving":
                receive_exactly(victim, 4 << 20)
            reset(victim)
            assert ended.wait(60), "the server was not told"
            assert echoed(neighbour, random_bytes(1, 4 << 20))
        wait_until(lambda: swivel.descriptors()["socket"] == before, 60, "every socket is given back")
        assert swivel.stop().connections == 2


def test_a_servers_reset_ends_its_own_connection_only(start, engine):
    def handler(connection):
        if connection.recv(1) == b"N":
            echo(connection)
        else:
            connection.sendall(bytes(100_000))
            reset(connection)

    with Server(handler) as server:
        swivel = start("--server", server, "--workers", "1", engine=engine)
        with swivel.connect() as neighbour:
            neighbour.sendall(b"N")
            for _ in range(20):
                with swivel.connect() as victim:
                    victim.sendall(b"R")
                    seconds_until_end(victim, 60)
                assert echoed(neighbour, b"undisturbed")


def test_a_server_that_goes_in_the_middle_takes_only_its_own_clients_along(start, engine):
    with Server(echo) as steady, Server(echo) as leaving:
        servers = ["--server", steady, "--server", leaving]
        swivel = start(*servers, "--balance", "roundrobin", "--workers", "1", engine=engine)
        clients = [swivel.connect() for _ in range(10)]
        assert all(echoed(client, b"hello") for client in clients)
        leaving.close()
        alive = []
        for client in clients:
            try:
                client.sendall(b"again")
                alive.append(receive_exactly(client, 5) == b"again")
            except (ConnectionError, AssertionError):  # Reset, or ended.
                alive.append(False)
            client.close()
        assert alive.count(True) == 5
        assert all(is_served(swivel.address) for _ in range(10))


def test_scans_that_connect_and_vanish_change_nothing(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine)
        before = swivel.descriptors()["socket"]
        for index in range(300):
            client = swivel.connect()
            reset(client) if index % 2 else client.close()
        assert is_served(swivel.address)
        wait_until(lambda: swivel.descriptors()["socket"] == before, 60, "every socket is given back")


# What fits the first window: of a longer answer the server's own kernel drops the rest when it resets.
@pytest.mark.parametrize("count", [1_000, 60_000])
def test_a_server_that_answers_early_and_leaves_the_rest_unread_is_heard_to_its_end(start, engine, count):
    """Its close resets the connection, as an upload lies unread: what it said before that is still passed on."""
    answer, upload = random_bytes(1, count), bytes(1 << 20)

    def handler(connection):
        connection.recv(100)
        connection.sendall(answer)

    def visit(swivel):
        heard = bytearray()
        with swivel.connect() as client:
            uploading = threading.Thread(target=lambda: send_all_that_is_taken(client, upload), daemon=True)
            uploading.start()
            with contextlib.suppress(ConnectionResetError):
                while data := client.recv(1 << 16):
                    heard += data
            uploading.join(60)
        return bytes(heard)

    with Server(handler) as server:
        swivel = start("--server", server, engine=engine)
        for _ in range(20):
            heard = visit(swivel)
            assert heard == answer, f"{len(heard)} of {count} bytes"


def send_all_that_is_taken(connection, data):
    with contextlib.suppress(ConnectionError):
        connection.sendall(data)
