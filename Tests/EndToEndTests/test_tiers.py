"""The kernel lacks a feature: the engine falls back to what there is, and every byte still arrives."""

import hashlib
import socket

import pytest

from harness.clients import echoed, in_parallel, random_bytes, receive_to_end
from harness.servers import Server, echo
from harness.software import needs_io_uring
from harness.waiting import wait_until

# Everything; kernels before 6.10; and then what only a mask takes away, down to the least that works.
TIERS = {
    "full": "",
    "without bundles": "-bundle",
    "without multishot": "-bundle,-multishot",
    "least": "-bundle,-multishot,-multishot-accept,-defer-taskrun,-registered-ring,-quiet-send,-message-ring",
}
PAYLOAD_BYTES = [1, 4097, 100_000, 3 << 20]
pytestmark = needs_io_uring


def start_tier(start, tier, *flags):
    swivel = start(*flags, engine="io_uring", env={"SWIVEL_KERNEL_FEATURES": tier} if tier else None)
    assert swivel.engine == "io_uring"
    return swivel


@pytest.mark.parametrize("tier", TIERS.values(), ids=TIERS.keys())
@pytest.mark.parametrize("splice", ["auto", "off"])
def test_every_tier_carries_every_byte(start, tier, splice):
    with Server(echo) as server:
        swivel = start_tier(start, tier, "--server", server, "--splice", splice)

        def exchange(index):
            with swivel.connect() as client:
                return all(echoed(client, random_bytes(f"{index}/{count}", count)) for count in PAYLOAD_BYTES)

        assert in_parallel(12, exchange) == [True] * 12


@pytest.mark.parametrize("tier", TIERS.values(), ids=TIERS.keys())
def test_every_tier_passes_half_closes_on_behind_the_last_byte(start, tier):
    payload = random_bytes(1, 5 << 20)

    def handler(connection):
        connection.sendall(hashlib.sha256(receive_to_end(connection)).digest())

    with Server(handler) as server:
        swivel = start_tier(start, tier, "--server", server)
        for _ in range(5):
            with swivel.connect() as client:
                client.sendall(payload)
                client.shutdown(socket.SHUT_WR)
                assert receive_to_end(client) == hashlib.sha256(payload).digest()


@pytest.mark.parametrize("tier", TIERS.values(), ids=TIERS.keys())
def test_every_tier_gives_everything_back(start, tier):
    with Server(echo) as server:
        swivel = start_tier(start, tier, "--server", server, "--timeout-tunnel", "10s")
        before = swivel.descriptors()["socket"]

        def visit(index):
            with swivel.connect() as client:
                client.sendall(random_bytes(index, 200_000)) if index % 3 else client.sendall(b"x")

        in_parallel(60, visit)
        wait_until(lambda: swivel.descriptors()["socket"] == before, 60, "every socket is given back")
        assert swivel.stop().connections == 60
