"""Long transfers: every byte is in the checksum, and the zero-copy path is the one that carries them."""

import json
import socket
import time

import pytest

from harness.clients import echoed, random_bytes
from harness.servers import Server, echo
from harness.software import needs_io_uring

GIB = 1 << 30
EXCHANGES_MAX = 400
HELD_BACK_SECONDS = 0.15
# A busy machine is late now and then; so many in a row are not where each tail is held back, nor every second one.
IN_TIME_IN_A_ROW = 10


def transfer(start, spawn_python, total, seconds, direction, *flags, **options):
    """Sends `total` bytes through Swivel between two other processes and returns Swivel's totals."""
    roles = {"up": ("receive", "send"), "down": ("send", "receive")}[direction]
    server = spawn_python("transfer.py", "listen", "127.0.0.1:0", roles[0], total)
    address = server.stdout.wait_for(r"listening on (\S+)", 60)[1]
    swivel = start("--server", address, *flags, **options)
    client = spawn_python("transfer.py", "connect", swivel.address, roles[1], total)
    assert client.wait(seconds) == 0, client.stderr.text
    assert server.wait(60) == 0, server.stderr.text
    ends = {role: json.loads(process.stdout.all[-1]) for role, process in zip(roles, (server, client))}
    print(ends)
    sender, receiver = ends["send"], ends["receive"]
    assert sender["bytes"] == receiver["bytes"] == sender["received"] == total
    assert sender["checksum"] == receiver["checksum"] == sender["received checksum"]
    totals = swivel.stop()
    # The other way went the receiver's answer, and nothing else.
    carried, answer = (totals.bytes_in, totals.bytes_out)[:: 1 if direction == "up" else -1]
    assert carried == total
    assert answer == len(f"{total} {receiver['checksum']}")
    return totals


@needs_io_uring
@pytest.mark.deadline(420)
def test_four_gibibytes_arrive_unchanged(start, spawn_python):
    # On io_uring alone: the next test carries a GiB on both engines, and the whole run has a few minutes.
    transfer(start, spawn_python, 4 * GIB, 400, "up", engine="io_uring")


@pytest.mark.deadline(300)
@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_gibibyte_arrives_unchanged_and_most_of_it_uncopied(start, spawn_python, engine, direction):
    totals = transfer(start, spawn_python, GIB, 280, direction, engine=engine)
    assert totals.spliced > GIB // 2


@pytest.mark.deadline(300)
@pytest.mark.parametrize("direction", ["up", "down"])
def test_a_transfer_that_may_not_be_spliced_is_copied(start, spawn_python, engine, direction):
    totals = transfer(start, spawn_python, GIB // 4, 280, direction, "--splice", "off", engine=engine)
    assert totals.spliced == 0


@pytest.mark.deadline(300)
@pytest.mark.parametrize("splice", ["auto", "off"])
def test_the_tail_of_a_long_message_is_not_held_back(start, engine, splice):
    """A kernel that is told of more to come keeps the last, short segment for 200 ms: none may be told in vain."""

    def echo_at_once(connection):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        echo(connection)

    message = random_bytes(1, (1 << 20) + 1)
    with Server(echo_at_once) as server:
        swivel = start("--server", server, "--splice", splice, engine=engine)
        with swivel.connect() as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            taken, in_time = [], 0
            while in_time < IN_TIME_IN_A_ROW and len(taken) < EXCHANGES_MAX:
                began = time.monotonic()
                assert echoed(client, message)
                taken.append(time.monotonic() - began)
                in_time = in_time + 1 if taken[-1] < HELD_BACK_SECONDS else 0
    assert in_time == IN_TIME_IN_A_ROW, f"held back: {[round(seconds, 2) for seconds in taken]}"


@pytest.mark.soak
@pytest.mark.deadline(1800)
@pytest.mark.parametrize("direction", ["up", "down"])
@pytest.mark.parametrize("splice", ["auto", "off"])
def test_a_hundred_gibibytes_arrive_unchanged(start, spawn_python, engine, direction, splice):
    transfer(start, spawn_python, 100 * GIB, 1700, direction, "--splice", splice, engine=engine)
