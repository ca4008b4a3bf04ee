"""Thousands of idle connections beside busy ones; clients and servers stand in processes of their own."""

import resource
import subprocess

import pytest

from harness import proc
from harness.crowd import Crowd
from harness.waiting import wait_until

IDLE, BUSY = 8750, 500
IDLE_SOAK = 24_000
# What Swivel needs beside two descriptors a connection: listeners, rings, logs, pipes for the busy ones.
RESERVE = 1000
# From Swivel to one server, less what the rest of the machine may use: ports are the limit there.
PORTS = 25_000
# Far below one buffer: an idle connection holds none.
IDLE_BYTES_MAX = 2048


def idle_count(wanted):
    """As many idle connections as the descriptor limit of one process leaves room for."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    possible = min((hard - RESERVE) // 2 - BUSY, PORTS - BUSY)
    if possible < wanted:
        print(f"{possible} idle connections instead of {wanted}: {hard} descriptors a process, two for each connection")
    return min(wanted, possible)


def run_crowd(start, spawn_python, engine, idle, busy_seconds):
    server = spawn_python("server.py")
    address = server.stdout.wait_for(r"listening on (\S+)", 60)[1]
    swivel = start("--server", address, "--access-logfile", "off", engine=engine, graceful_timeout="60s")
    memory, sockets = proc.memory_bytes(swivel.pid), swivel.descriptors()["socket"]
    host, port = swivel.address.host, swivel.address.port
    crowd = Crowd(spawn_python("crowd.py", host, port, idle, BUSY, stdin=subprocess.PIPE))

    crowd.order("open", 300)
    assert swivel.descriptors()["socket"] == sockets + 2 * (idle + BUSY)
    grown = (proc.memory_bytes(swivel.pid) - memory) / (idle + BUSY)
    print(f"{grown:.0f} bytes of memory a connection")
    assert grown < IDLE_BYTES_MAX
    swivel.assert_rests("idle connections")

    # Every busy client has its turns, not only the lucky ones; every answer is compared by the crowd itself.
    fewest = 10 * busy_seconds
    assert crowd.order(f"busy {busy_seconds} {fewest}", busy_seconds + 120)["fewest"] >= fewest
    crowd.order("check", 120)
    crowd.order("close", 120)
    wait_until(lambda: swivel.descriptors()["socket"] == sockets, 60, "every socket is given back")
    totals = swivel.stop()
    assert (totals.connections, totals.failed, totals.refused) == (idle + BUSY, 0, 0)
    assert totals.bytes_in == totals.bytes_out > 0


@pytest.mark.deadline(600)
def test_busy_connections_are_served_among_thousands_of_idle_ones(start, spawn_python, engine):
    run_crowd(start, spawn_python, engine, idle_count(IDLE), 3)


@pytest.mark.soak
@pytest.mark.deadline(1800)
def test_busy_connections_are_served_among_as_many_idle_ones_as_there_are_descriptors_for(start, spawn_python, engine):
    run_crowd(start, spawn_python, engine, idle_count(IDLE_SOAK), 60)
