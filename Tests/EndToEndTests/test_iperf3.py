"""iperf3 through Swivel: up, down and many streams at once."""

import json
from pathlib import Path

import pytest

from harness.addresses import Address, free_port
from harness.software import needs
from harness.waiting import wait_until

pytestmark = needs("iperf3")
# A machine that stands still for two seconds starves everybody: then it is measured again, for longer.
SECONDS = (2, 6, 15)
STREAMS = 8
MODES = {
    "up": (),
    "down": ("--reverse",),
    "both": ("--bidir",),
    "parallel up": ("--parallel", STREAMS),
    "parallel down": ("--reverse", "--parallel", STREAMS),
}


@pytest.fixture
def iperf3_server(spawn):
    """iperf3 cannot report a port that the kernel chose: where somebody else was faster, take another."""
    for _ in range(5):
        address = Address(f"127.0.0.1:{free_port()}")
        server = spawn("iperf3", "--server", "--forceflush", "--bind", address.host, "--port", address.port)
        wait_until(lambda: not server.is_running or server.stdout.find("Server listening"), 60, "iperf3 listens")
        if server.is_running:
            return address
    raise AssertionError(f"iperf3 found no port: {server.stderr.text}")


def on_its_way_max():
    """Bytes that a stream's sockets may hold when time is up, two on each way through; and a pipe or some buffers."""
    largest = [int(Path(f"/proc/sys/net/ipv4/tcp_{name}").read_text().split()[2]) for name in ("rmem", "wmem")]
    return 2 * sum(largest) + (1 << 20)


def measured(spawn, swivel, seconds, options):
    """What iperf3 tells at its end."""
    where = ["--client", swivel.address.host, "--port", swivel.address.port]
    client = spawn("iperf3", *where, "--time", seconds, "--json", *options, name="iperf3 client")
    code = client.wait(120)
    result = json.loads(client.stdout.text)
    assert code == 0 and "error" not in result, result.get("error")
    return result["end"]


@pytest.mark.deadline(300)
@pytest.mark.parametrize("options", MODES.values(), ids=MODES.keys())
def test_iperf3_measures_through_swivel(start, spawn, engine, iperf3_server, options):
    swivel = start("--server", iperf3_server, engine=engine)
    received_all = 0
    for seconds in SECONDS:
        end = measured(spawn, swivel, seconds, options)
        assert len(end["streams"]) == (STREAMS if "--parallel" in options else 2 if "--bidir" in options else 1)
        received, sent = end["sum_received"]["bytes"], end["sum_sent"]["bytes"]
        # What is still on its way when time is up is not counted.
        assert sent - on_its_way_max() * len(end["streams"]) <= received <= sent
        received_all += received
        if all(stream["receiver"]["bytes"] > 0 for stream in end["streams"]):
            break
    else:
        raise AssertionError(f"a stream starved in {SECONDS[-1]} s: {end['streams']}")
    totals = swivel.stop()
    assert totals.failed == 0
    carried = totals.bytes_out if "--reverse" in options else totals.bytes_in
    assert carried >= received_all > 0
