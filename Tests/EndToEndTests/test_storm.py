"""Hundreds of clients at once that connect, send, stall, half-close and reset at random; then everything is back.

The seed is printed and can be given again: STORM_SEED=1234.
"""

import collections
import contextlib
import os
import random
import socket
import threading

import pytest

from harness.addresses import refusing_address
from harness.clients import echoed, in_parallel, is_served, random_bytes, receive_exactly, receive_to_end, reset
from harness.servers import Server
from harness.waiting import wait_until

CLIENTS = 60
# A fixed seed would test the same storm for ever; a printed one can be repeated.
SEED = int(os.environ.get("STORM_SEED", random.SystemRandom().randrange(1 << 32)))


def moody_server(dice, lock):
    """Mostly an echo; sometimes it says nothing, breaks off, ends early or floods."""

    def handler(connection):
        with lock:
            mood = dice.choices(["echo", "reset", "end", "half", "silent", "flood"], [70, 8, 6, 6, 5, 5])[0]
        if mood == "reset":
            connection.recv(1)
            reset(connection)
        elif mood == "half":
            connection.shutdown(socket.SHUT_WR)
            receive_to_end(connection)
        elif mood == "flood":
            connection.sendall(bytes(2 << 20))
        elif mood == "silent":
            receive_to_end(connection)
        elif mood == "echo":
            while data := connection.recv(1 << 16):
                connection.sendall(data)

    return handler


def visit(swivel, dice, outcomes):
    """One connection of a moody client. Whatever comes back of an echo must be what was sent."""
    act = dice.choices(["whole", "reset", "vanish", "half", "cut", "hello"], [50, 12, 8, 15, 10, 5])[0]
    payload = dice.randbytes(dice.choice([1, 100, 5000, 70_000, 1 << 20]))
    # A moody server's reset may be there before the connect has returned.
    with contextlib.suppress(ConnectionError), swivel.connect(seconds=20) as client:
        try:
            if act == "whole":
                outcomes["echoed whole"] += echoed(client, payload)
            elif act == "half":
                client.sendall(payload[:50_000])
                client.shutdown(socket.SHUT_WR)
                receive_to_end(client)
            elif act == "reset":
                client.sendall(payload[:30_000])
                reset(client)
            elif act == "cut":
                client.sendall(payload[:30_000])
                client.recv(1)
            elif act == "hello":
                receive_exactly(client, 1)
        except (OSError, AssertionError):
            outcomes["broken off"] += 1  # A moody server's doing: what counts is what is left afterwards.


def storm(swivel, seed, visits):
    outcomes = [collections.Counter() for _ in range(CLIENTS)]

    def client(index):
        dice = random.Random(f"{seed}/{index}")
        for _ in range(visits):
            visit(swivel, dice, outcomes[index])

    in_parallel(CLIENTS, client)
    return sum(outcomes, collections.Counter())


def run_storms(start, engine, visits, storms, *flags):
    print(f"STORM_SEED={SEED}")
    dice, lock = random.Random(SEED), threading.Lock()
    with Server(moody_server(dice, lock)) as one, Server(moody_server(dice, lock)) as two, refusing_address() as dead:
        # The timeouts end what two silent sides would keep for ever, and are long enough for a machine that stands still.
        swivel = start(
            "--server", one, "--server", two, "--server", dead, "--timeout-tunnel", "3s", "--timeout-half-close", "3s",
            *flags, engine=engine,
        )
        before = swivel.descriptors()
        for number in range(storms):
            outcomes = storm(swivel, SEED + number, visits)
            assert outcomes["echoed whole"] > CLIENTS * visits // 10, outcomes
            wait_until(lambda: swivel.descriptors()["socket"] == before["socket"], 60, "every socket is given back")
        after = swivel.descriptors()
        # Pipes stay in their pool until the end, where Swivel counts them itself.
        assert {**after, "pipe": 0} == {**before, "pipe": 0}
        wait_until(lambda: is_served_by_echo(swivel), 60, "service goes on after the storm")
        totals = swivel.stop()
    assert totals.connections >= storms * CLIENTS * visits
    assert totals.retries > 0


def is_served_by_echo(swivel):
    try:
        return is_served(swivel.address, random_bytes(1, 1000), seconds=20)
    except OSError:
        return False  # A server in a bad mood; ask the next one.


@pytest.mark.deadline(300)
def test_after_a_storm_everything_is_given_back(start, engine):
    run_storms(start, engine, 15, 2)


@pytest.mark.deadline(300)
def test_after_a_storm_on_one_shard_with_few_buffers_everything_is_given_back(start, engine):
    run_storms(start, engine, 10, 1, "--workers", "1", "--buffers", "16", "--maxconn", "40")


@pytest.mark.soak
@pytest.mark.deadline(900)
def test_after_many_storms_everything_is_given_back(start, engine):
    run_storms(start, engine, 200, 10)
