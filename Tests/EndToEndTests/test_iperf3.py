"""iperf3 through Swivel: up, down and many streams at once."""

import json

import pytest

from harness.addresses import Address, free_port
from harness.software import needs
from harness.waiting import wait_until

pytestmark = needs("iperf3")
SECONDS = 2
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
        wait_until(lambda: not server.is_running or server.stdout.find("Server listening"), 5, "iperf3 listens")
        if server.is_running:
            return address
    raise AssertionError(f"iperf3 found no port: {server.stderr.text}")


@pytest.mark.deadline(30)
@pytest.mark.parametrize("options", MODES.values(), ids=MODES.keys())
def test_iperf3_measures_through_swivel(start, spawn, engine, iperf3_server, options):
    swivel = start("--server", iperf3_server, engine=engine)
    where = ["--client", swivel.address.host, "--port", swivel.address.port]
    client = spawn("iperf3", *where, "--time", SECONDS, "--json", *options, name="iperf3 client")
    code = client.wait(25)
    result = json.loads(client.stdout.text)
    assert code == 0 and "error" not in result, result.get("error")
    streams = result["end"]["streams"]
    assert len(streams) == (STREAMS if "--parallel" in options else 2 if "--bidir" in options else 1)
    assert all(stream["receiver"]["bytes"] > 0 for stream in streams), "a stream starved"
    received, sent = result["end"]["sum_received"]["bytes"], result["end"]["sum_sent"]["bytes"]
    # What is still on its way when time is up is not counted: some buffers, not a tenth.
    assert sent * 0.9 < received <= sent
    totals = swivel.stop()
    assert totals.failed == 0
    carried = totals.bytes_out if "--reverse" in options else totals.bytes_in
    assert carried >= received
