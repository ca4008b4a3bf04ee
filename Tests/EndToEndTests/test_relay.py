"""What goes in comes out: bytes, their order, and whose they are."""

import pytest

from harness.clients import echoed, in_parallel, is_served, random_bytes, receive_exactly, receive_line, receive_to_end
from harness.servers import Server, echo, greeter

# Around the edges of a buffer, and far beyond all the buffers one direction may hold.
PAYLOAD_BYTES = [1, 127, 4095, 4096, 4097, 65_535, 65_537, 1 << 20, 8 << 20]


def test_bytes_come_back_as_they_went(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine)
        assert swivel.engine == engine
        for count in PAYLOAD_BYTES:
            with swivel.connect() as client:
                assert echoed(client, random_bytes(count, count)), f"{count} bytes came back changed"


def test_a_server_may_speak_first(start, engine):
    with Server(greeter("first")) as server:
        swivel = start("--server", server, engine=engine)
        with swivel.connect() as client:
            assert receive_line(client) == "first"


def test_small_messages_keep_their_order_over_thousands_of_turns(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine)
        with swivel.connect() as client:
            for turn in range(2000):
                message = f"turn {turn}".encode()
                client.sendall(message)
                assert receive_exactly(client, len(message)) == message


def test_no_connection_sees_the_bytes_of_another(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine)

        def exchange(index):
            with swivel.connect() as client:
                return all(echoed(client, random_bytes(f"{index}/{turn}", 30_000 + index)) for turn in range(10))

        assert in_parallel(60, exchange) == [True] * 60


def test_totals_count_each_byte_once(start, engine):
    question, answer = random_bytes(1, 70_001), random_bytes(2, 300_003)

    def handler(connection):
        receive_exactly(connection, len(question))
        connection.sendall(answer)

    with Server(handler) as server:
        swivel = start("--server", server, engine=engine)
        for _ in range(3):
            with swivel.connect() as client:
                client.sendall(question)
                assert receive_to_end(client) == answer
        totals = swivel.stop()
    assert totals.connections == 3
    assert (totals.bytes_in, totals.bytes_out) == (3 * len(question), 3 * len(answer))
    assert (totals.refused, totals.failed, totals.retries) == (0, 0, 0)


@pytest.mark.parametrize("workers", [1, 3])
def test_any_number_of_shards_serves(start, engine, workers):
    with Server(echo) as server:
        swivel = start("--server", server, "--workers", str(workers), engine=engine)
        assert swivel.shard_count == workers
        assert all(in_parallel(30, lambda _: is_served(swivel.address)))


def test_many_short_connections_are_all_served(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine)
        assert all(all(is_served(swivel.address) for _ in range(100)) for _ in range(10))
        assert swivel.stop().connections == 1000


@pytest.mark.parametrize("spin", ["off", "auto"])
def test_an_idle_swivel_leaves_the_processor_alone(start, engine, spin):
    with Server(echo) as server:
        swivel = start("--server", server, "--spin", spin, engine=engine)
        with swivel.connect() as client:
            assert echoed(client, b"established")
            # The best of some seconds: who spins takes each of them.
            assert any(swivel.cpu_seconds_over(1) < 0.1 for _ in range(5))
            assert echoed(client, b"and still there")


def test_backends_of_different_listeners_stay_apart(start, engine):
    with Server(greeter("one")) as one, Server(greeter("two")) as two:
        swivel = start(
            "--backend", "first", "--server", one, "--backend", "second", "--server", two, engine=engine,
            bind=("a@127.0.0.1:0,backend=first", "b@127.0.0.1:0,backend=second"),
        )
        for frontend, name in [("a", "one"), ("b", "two"), ("a", "one")]:
            with swivel.frontends[frontend].connect() as client:
                assert receive_line(client) == name
