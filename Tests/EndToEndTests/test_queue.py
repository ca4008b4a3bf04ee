"""Servers at their `maxconn`: never one connection more, and who comes beyond waits in order."""

import re
import signal

import pytest

from harness.clients import in_parallel, readable, receive_exactly
from harness.places import HELLO, answer_once, ask, part
from harness.servers import Server

# For who is to be served in the end, on a machine that stands still now and then.
PATIENT = ("--timeout-queue", "60s")


def is_refused(address):
    """Whether a client is cut off rather than served, or left to wait."""
    try:
        with address.connect() as client:
            return client.recv(1) == b"" and False
    except ConnectionResetError:
        return True


@pytest.mark.parametrize("workers", ["1", "2", "4"])
@pytest.mark.parametrize("balance", ["roundrobin", "leastconn", "p2c", "maglev:source"])
def test_a_server_never_sees_one_connection_more_and_everybody_is_served(start, engine, workers, balance):
    def visit(_index):
        for _ in range(15):
            client = ask(swivel.address)
            assert receive_exactly(client, len(HELLO)) == HELLO
            part(client)

    with Server(answer_once) as small, Server(answer_once) as large:
        servers = ["--server", f"{small},maxconn=2", "--server", f"{large},maxconn=4"]
        swivel = start(*servers, "--balance", balance, "--workers", workers, *PATIENT, engine=engine)
        # As many as there are places are all served at once, whoever comes first.
        filling = [ask(swivel.address) for _ in range(6)]
        for client in filling:
            assert receive_exactly(client, len(HELLO)) == HELLO
        for client in filling:
            part(client)
        in_parallel(30, visit)
        totals = swivel.stop()
    assert totals.connections == 456
    assert totals.failed == 0
    assert (small.peak, large.peak) == (2, 4)
    assert re.search(r"queue: waited \d+, timed out 0, refused 0", swivel.stderr.text)


def test_the_queue_drains_in_order(start, engine):
    with Server(answer_once) as server:
        swivel = start("--server", server, "--server-maxconn", "1", "--workers", "1", *PATIENT, engine=engine)
        first = ask(swivel.address)
        assert receive_exactly(first, len(HELLO)) == HELLO
        waiting = []
        for _ in range(10):
            waiting.append(ask(swivel.address))
            assert readable(waiting, 0.05) == []
        serving = first
        for client in waiting:
            part(serving)
            assert receive_exactly(client, len(HELLO)) == HELLO
            serving = client
        part(serving)
        assert server.peak == 1
        swivel.stop()


def test_who_waits_too_long_is_reset_and_the_log_says_so(start, engine, tmp_path):
    log = tmp_path / "access.log"
    with Server(answer_once) as server:
        swivel = start(
            "--server", server, "--server-maxconn", "1", "--timeout-queue", "300ms", "--access-logfile", log, engine=engine
        )
        first = ask(swivel.address)
        assert receive_exactly(first, len(HELLO)) == HELLO
        assert is_refused(swivel.address)
        part(first)
        swivel.stop()
    assert re.search(r"queue: waited 1, timed out 1, refused 0", swivel.stderr.text)
    assert re.search(r" sQ ", log.read_text())


def test_a_full_queue_refuses_at_once(start, engine, tmp_path):
    log = tmp_path / "access.log"
    with Server(answer_once) as server:
        # One shard, so that they come in the order in which they connect.
        flags = ["--server-maxconn", "1", "--queue", "1", "--workers", "1", *PATIENT, "--access-logfile", log]
        swivel = start("--server", server, *flags, engine=engine)
        first = ask(swivel.address)
        assert receive_exactly(first, len(HELLO)) == HELLO
        waiting = ask(swivel.address)
        assert readable([waiting], 0.2) == []
        assert is_refused(swivel.address)
        part(first)
        assert receive_exactly(waiting, len(HELLO)) == HELLO
        part(waiting)
        swivel.stop()
    assert "queue: waited 1, timed out 0, refused 1" in swivel.stderr.text
    # The last figure is who waited in the backend's queue then.
    assert re.search(r" RQ \S+ 0/1$", log.read_text(), re.MULTILINE), log.read_text()


def test_backups_serve_only_where_no_other_server_can(start, engine):
    with Server(answer_once) as main, Server(answer_once) as spare:
        swivel = start("--server", main, "--server", f"{spare},backup", engine=engine)
        for _ in range(5):
            client = ask(swivel.address)
            assert receive_exactly(client, len(HELLO)) == HELLO
            part(client)
        assert (main.accepted, spare.accepted) == (5, 0)
        main.close()
        client = ask(swivel.address)
        assert receive_exactly(client, len(HELLO)) == HELLO
        part(client)
        assert spare.accepted == 1
        swivel.stop()


def test_long_connections_are_spread_evenly_over_the_cores(start, engine):
    """The figure is one that an operator reads: the connections of each shard, as the drain begins."""
    with Server(answer_once) as server:
        swivel = start("--server", server, "--workers", "2", engine=engine)
        clients = [ask(swivel.address) for _ in range(64)]
        for client in clients:
            assert receive_exactly(client, len(HELLO)) == HELLO
        swivel.signal(signal.SIGTERM)
        shares = swivel.stderr.wait_for(r"draining: no new connections, 64 open \(by shard (\d+) (\d+)\)", 60)
        assert max(map(int, shares.groups())) <= 36
        for client in clients:
            part(client)
        swivel.finish()
