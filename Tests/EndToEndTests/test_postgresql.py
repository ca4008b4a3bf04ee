"""PostgreSQL behind Swivel: pgbench over TCP and over a Unix socket, no transaction lost."""

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest

from harness.addresses import Address, free_port
from harness.process import Process, identity
from harness.software import find, needs
from harness.waiting import wait_until

pytestmark = needs("initdb", "postgres", "pgbench", "psql")
SCALE = 2
CLIENTS = 20
USER = "tester"


class Cluster:
    """A private cluster, made for this run and thrown away after it."""

    def __init__(self, folder, port):
        self.folder = folder
        self.tcp = Address(f"127.0.0.1:{port}")
        # PostgreSQL's own naming: clients are given the folder and the port.
        self.unix = Address(f"unix:{folder}/.s.PGSQL.{port}")


@pytest.fixture(scope="module")
def cluster():
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.geteuid() == 0 else None
    folder = Path(tempfile.mkdtemp(prefix="swivel-pg-", dir="/tmp"))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if user:
            shutil.chown(folder, user)
        folder.chmod(0o755)
        initdb = [find("initdb"), "-D", folder / "data", "-U", USER, "-A", "trust", "-E", "UTF8", "--no-locale"]
        subprocess.run([*initdb, "--no-sync"], check=True, capture_output=True, cwd=folder, **identity(user))
        yield started(stack, folder, user)


def started(stack, folder, user):
    """PostgreSQL cannot report a port that the kernel chose: where somebody else was faster, take another."""
    for _ in range(5):
        cluster = Cluster(folder, free_port())
        settings = {
            "listen_addresses": "127.0.0.1", "port": cluster.tcp.port, "unix_socket_directories": folder,
            # Far more than there are clients: who has gone may still hold its place on a busy machine.
            "fsync": "off", "max_connections": 400, "shared_buffers": "64MB",
        }
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        server = Process([find("postgres"), "-D", folder / "data", *options], name="postgres", user=user, cwd=folder)
        stack.callback(server.end)
        stack.callback(server.signal, signal.SIGINT)  # Its fast shutdown.
        ready = "ready to accept connections"
        wait_until(lambda: server.stderr.find(ready) or not server.is_running, 90, "PostgreSQL listens")
        if server.is_running:
            return cluster
    raise AssertionError(server.stderr.text)


def location(address):
    if address.text.startswith("unix:"):
        return ["-h", os.path.dirname(address.path), "-p", address.path.rpartition(".")[2]]
    return ["-h", address.host, "-p", str(address.port)]


def query(address, statement):
    command = ["psql", *location(address), "-U", USER, "-d", "postgres", "-X", "-A", "-t", "-c", statement]
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout.strip()


def pgbench(spawn, address, *arguments, seconds):
    process = spawn("pgbench", *location(address), "-U", USER, *arguments, "postgres")
    assert process.wait(seconds) == 0, process.stderr.text
    return process.stdout.text


def run(spawn, swivel, cluster, seconds, *arguments):
    """Initialises and runs pgbench through Swivel, then asks the database itself whether all is there."""
    pgbench(spawn, swivel.address, "-i", "-s", SCALE, "-q", seconds=120)
    report = pgbench(spawn, swivel.address, "-c", CLIENTS, "-j", 2, "-T", seconds, *arguments, seconds=seconds + 120)
    print(report)
    done = int(re.search(r"number of transactions actually processed: (\d+)", report)[1])
    failed = int(re.search(r"number of failed transactions: (\d+)", report)[1])
    assert done > 0 and failed == 0
    assert int(query(cluster.unix, "SELECT count(*) FROM pgbench_history")) == done
    # Each transaction moves the same amount in three tables.
    sums = [f"(SELECT sum({column}) FROM {table})" for column, table in [
        ("abalance", "pgbench_accounts"), ("tbalance", "pgbench_tellers"), ("bbalance", "pgbench_branches"),
        ("delta", "pgbench_history"),
    ]]
    assert len(set(query(cluster.unix, f"SELECT {', '.join(sums)}").split("|"))) == 1
    assert query(swivel.address, "SELECT count(*) FROM pgbench_accounts") == str(SCALE * 100_000)
    totals = swivel.stop()
    assert totals.failed == 0
    return done, totals


@pytest.mark.deadline(300)
def test_ten_seconds_of_pgbench_lose_no_transaction(start, spawn, engine, cluster):
    swivel = start("--server", cluster.unix, engine=engine)
    _, totals = run(spawn, swivel, cluster, 10)
    assert totals.connections >= CLIENTS


@pytest.mark.deadline(300)
def test_pgbench_connects_anew_for_each_transaction_over_a_unix_socket(start, spawn, engine, cluster, short_path):
    swivel = start("--server", cluster.tcp, engine=engine, bind=(f"unix:{short_path}/.s.PGSQL.6432",))
    done, totals = run(spawn, swivel, cluster, 2, "--connect")
    assert totals.connections > done


@pytest.mark.soak
@pytest.mark.deadline(700)
def test_minutes_of_pgbench_lose_no_transaction(start, spawn, engine, cluster):
    swivel = start("--server", cluster.unix, engine=engine)
    run(spawn, swivel, cluster, 300)
