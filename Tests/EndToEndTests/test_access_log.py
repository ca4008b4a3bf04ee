"""The connection log: HAProxy's tcplog fields, one line a connection, true in each field."""

import contextlib
import datetime
import os
import re
import signal
import socket
import threading
import time

import pytest

from harness.addresses import refusing_address, silent_listener
from harness.clients import echoed, is_served, receive_exactly, receive_to_end, reset, wait_for_end
from harness.servers import Server, echo, swallow
from harness.waiting import undisturbed, wait_until

LINE = re.compile(
    r"(?P<client>\S+) \[(?P<date>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d{3})\]"
    r" (?P<frontend>\S+) (?P<backend>[^/\s]+)/(?P<server>\S+)"
    r" (?P<queued>-?\d+)/(?P<connected>-?\d+)/(?P<total>\+?\d+) (?P<bytes>\+?\d+) (?P<ending>[A-Za-z-]{2})"
    r" (?P<actconn>\d+)/(?P<feconn>\d+)/(?P<beconn>\d+)/(?P<srvconn>\d+)/(?P<retries>\+?\d+)"
    r" (?P<srv_queue>\d+)/(?P<backend_queue>\d+)"
)

# Swivel reads its clocks once a turn, and writes milliseconds.
CLOCK_SLACK = datetime.timedelta(milliseconds=100)
MILLISECOND = datetime.timedelta(milliseconds=1)


@pytest.fixture
def log(tmp_path):
    return tmp_path / "connections.log"


def lines(log, count):
    """The `count` lines that must come, each with its fields; more, or one that does not fit, fails."""
    wait_until(lambda: log.exists() and log.read_bytes().count(b"\n") >= count, 60, f"{count} lines in the log")
    written = log.read_text().splitlines()
    assert len(written) == count, written
    matches = [LINE.fullmatch(line) for line in written]
    assert all(matches), written
    return [match.groupdict() for match in matches]


def test_a_line_tells_who_went_where_how_long_and_how_much(start, engine, log):
    answer = bytes(12_345)

    def handler(connection):
        receive_to_end(connection)
        hold.wait(0.2)  # A time that the line must tell.
        connection.sendall(answer)

    hold = threading.Event()
    with Server(handler) as server:
        swivel = start(
            "--backend", "web", "--server", f"one@{server}", "--access-logfile", log, engine=engine,
            bind=("edge@127.0.0.1:0,backend=web",),
        )
        began = datetime.datetime.now()
        with swivel.connect() as client:
            name = "{}:{}".format(*client.getsockname())
            client.sendall(b"question")
            client.shutdown(socket.SHUT_WR)
            assert receive_to_end(client) == answer
        (line,) = lines(log, 1)
        ended = datetime.datetime.now()
    assert line["client"] == name
    assert (line["frontend"], line["backend"], line["server"]) == ("edge", "web", "one")
    told = datetime.datetime.strptime(line["date"], "%d/%b/%Y:%H:%M:%S.%f")
    assert began - CLOCK_SLACK <= told <= ended + CLOCK_SLACK
    # However long the machine took: no longer than the test itself waited.
    assert 190 <= int(line["total"]) <= (ended - began + CLOCK_SLACK) / MILLISECOND
    assert int(line["queued"]) >= 0 and int(line["connected"]) >= 0
    assert int(line["queued"]) + int(line["connected"]) <= int(line["total"]) - 190
    assert int(line["bytes"]) == len(answer)
    assert line["ending"] == "--"
    assert (line["retries"], line["srv_queue"], line["backend_queue"]) == ("0", "0", "0")


def test_the_counts_of_open_connections_nest(start, engine, log):
    with Server(echo) as server:
        swivel = start("--server", server, "--access-logfile", log, engine=engine)
        with swivel.connect() as held, swivel.connect() as also_held:
            assert echoed(held, b"x") and echoed(also_held, b"x")
            with swivel.connect() as client:
                assert echoed(client, b"x")
            (line,) = lines(log, 1)
            counts = [int(line[name]) for name in ("actconn", "feconn", "beconn", "srvconn")]
            # The one that ended may count itself or not; the two that stay are counted by all four.
            assert counts in ([2] * 4, [3] * 4)


def test_every_connection_has_its_line(start, engine, log):
    with Server(echo) as server:
        swivel = start("--server", server, "--access-logfile", log, engine=engine)
        clients = set()
        for _ in range(200):
            with swivel.connect() as client:
                clients.add("{}:{}".format(*client.getsockname()))
                assert echoed(client, b"x")
        swivel.stop()
        assert {line["client"] for line in lines(log, 200)} == clients


def test_a_retry_is_in_the_line(start, engine, log):
    with Server(echo) as alive, refusing_address() as dead:
        flags = ["--server", f"dead@{dead}", "--server", f"alive@{alive}", "--balance", "roundrobin", "--workers", "1"]
        swivel = start(*flags, "--access-logfile", log, engine=engine)
        for _ in range(4):
            with swivel.connect() as client:
                assert echoed(client, b"x")
        written = lines(log, 4)
        totals = swivel.stop()
    assert {line["server"] for line in written} == {"alive"}
    assert {line["ending"] for line in written} == {"--"}
    # HAProxy marks a retry that went to another server with a plus sign.
    assert sum(int(line["retries"].lstrip("+")) for line in written) == totals.retries > 0


def test_a_server_that_refused_is_told_by_the_ending(start, engine, log):
    with refusing_address() as dead:
        swivel = start("--server", dead, "--retries", "0", "--access-logfile", log, engine=engine)
        with contextlib.suppress(ConnectionResetError), swivel.connect() as client:
            wait_for_end(client)
        (line,) = lines(log, 1)
    assert line["ending"] == "SC"
    assert (line["connected"], line["bytes"]) == ("-1", "0")


def test_a_connect_that_timed_out_is_told_by_the_ending(start, engine, log):
    with silent_listener() as (silent, _):
        flags = ["--retries", "0", "--timeout-connect", "300ms"]
        swivel = start("--server", silent, *flags, "--access-logfile", log, engine=engine)
        began = time.monotonic()
        with swivel.connect() as client:
            wait_for_end(client)
        (line,) = lines(log, 1)
        waited = time.monotonic() - began
    assert line["ending"] == "sC"
    assert line["connected"] == "-1"
    assert 250 <= int(line["total"]) <= 1000 * waited + 100


def test_a_client_that_broke_off_is_told_by_the_ending(start, engine, log):
    def hear(connection):
        receive_exactly(connection, 1)
        heard.set()
        swallow(connection)

    heard = threading.Event()
    with Server(hear) as server:
        swivel = start("--server", server, "--access-logfile", log, engine=engine)
        client = swivel.connect()
        client.sendall(b"x")
        assert heard.wait(60), "both sides are connected"
        reset(client)
        (line,) = lines(log, 1)
    assert line["ending"] == "CD"


def test_a_server_that_broke_off_is_told_by_the_ending(start, engine, log):
    def break_off(connection):
        receive_exactly(connection, 1)
        reset(connection)

    with Server(break_off) as server:
        swivel = start("--server", server, "--access-logfile", log, engine=engine)
        with swivel.connect() as client:
            client.sendall(b"x")
            wait_for_end(client)
        (line,) = lines(log, 1)
    assert line["ending"] == "SD"


def test_a_tunnel_timeout_is_told_by_the_ending(start, engine, log):
    with Server(echo) as server:
        swivel = start("--server", server, "--timeout-tunnel", "500ms", "--access-logfile", log, engine=engine)
        with swivel.connect() as client:
            wait_for_end(client)  # Silent from the start: who is held up while it speaks would be cut as well.
        (line,) = lines(log, 1)
    assert line["ending"] in ("cD", "sD")


def test_usr1_makes_it_write_to_a_new_file_after_a_rename(start, engine, log, tmp_path):
    rotated = tmp_path / "connections.log.1"
    with Server(echo) as server:
        swivel = start("--server", server, "--access-logfile", log, engine=engine)

        def visit(payload):
            with swivel.connect() as client:
                assert echoed(client, payload)

        visit(b"1")
        lines(log, 1)
        log.rename(rotated)
        visit(b"22")
        assert [line["bytes"] for line in lines(rotated, 2)] == ["1", "2"]
        assert not log.exists()
        swivel.signal(signal.SIGUSR1)
        wait_until(log.exists, 60, "a new log file")
        visit(b"333")
        assert [line["bytes"] for line in lines(log, 1)] == ["3"]
        assert len(lines(rotated, 2)) == 2


def test_a_dash_means_standard_output(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--access-logfile", "-", engine=engine)
        with swivel.connect() as client:
            assert echoed(client, b"12345")
        assert swivel.stdout.wait_for(LINE.pattern, 60)["bytes"] == "5"


@pytest.mark.parametrize("flags", [(), ("--access-logfile", "off")], ids=["by default", "when asked"])
def test_it_is_off(start, engine, flags):
    with Server(echo) as server:
        swivel = start("--server", server, *flags, engine=engine)
        with swivel.connect() as client:
            assert echoed(client, b"x")
        swivel.stop()
    assert swivel.stdout.text == ""


@pytest.fixture
def full_pipe(short_path):
    """A named pipe that takes not a byte more, and the descriptor that holds it open."""
    path = short_path / "log.pipe"
    os.mkfifo(path)
    holder = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(holder, bytes(4096))
    yield path, holder
    os.close(holder)


def test_a_pipe_that_nobody_reads_holds_up_neither_traffic_nor_the_end(start, engine, full_pipe):
    with Server(echo) as server:
        swivel = start("--server", server, "--access-logfile", full_pipe[0], engine=engine)
        assert all(is_served(swivel.address) for _ in range(200))
        swivel.stop()
    assert swivel.warnings == ["200 log lines dropped"]


def test_a_reader_that_is_late_gets_every_line(start, engine, full_pipe):
    """More than the pipe holds waits in Swivel when it ends: nothing of that is lost on somebody who reads."""
    path, holder = full_pipe
    count = 1000

    def read(swivel):
        """What is written until all of it is there, or nothing more can come."""
        written = b""
        while written.count(b"\n") < count:
            is_last = not swivel.is_running
            try:
                written += os.read(holder, 4096).lstrip(b"\0")
            except BlockingIOError:
                if is_last:
                    break
        return written

    def attempt(_):
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(holder, bytes(4096))
        with Server(echo) as server:
            swivel = start("--server", server, "--access-logfile", path, engine=engine)
            assert all(is_served(swivel.address) for _ in range(count))
            swivel.signal(signal.SIGTERM)
            written = read(swivel)
            swivel.finish()
        assert swivel.warnings == []
        assert written.count(b"\n") == count
        assert all(LINE.fullmatch(line) for line in written.decode().splitlines())

    # Half a second is all the time that both have: a machine that takes as much gives it again.
    undisturbed(attempt, 0, tries=8)
