"""Too few buffers, queue entries or pipes: flows fall back or wait, and every byte still arrives."""

import pytest

from harness.clients import echoed, in_parallel, is_served, random_bytes
from harness.servers import Server, echo

FLOWS = 48
FLOW_BYTES = 1 << 20


def assert_all_flows_arrive(swivel, flow_bytes=FLOW_BYTES):
    """All at once, so that together they ask for far more than there is."""

    def flow(index):
        with swivel.connect(seconds=200) as client:
            return echoed(client, random_bytes(index, flow_bytes))

    assert in_parallel(FLOWS, flow) == [True] * FLOWS
    assert is_served(swivel.address)


@pytest.mark.deadline(240)
@pytest.mark.parametrize("splice", ["off", "auto"])
def test_a_handful_of_buffers_serves_many_flows(start, engine, splice):
    with Server(echo) as server:
        flags = ["--buffers", "16", "--buffer-size", "4k", "--workers", "1", "--splice", splice]
        swivel = start("--server", server, *flags, engine=engine)
        assert_all_flows_arrive(swivel)


@pytest.mark.deadline(240)
def test_a_handful_of_queue_entries_serves_many_flows(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--ring-entries", "64", "--workers", "1", engine=engine)
        assert_all_flows_arrive(swivel)


@pytest.mark.deadline(240)
def test_more_bulk_flows_than_pipes_all_arrive(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--splice", "on", engine=engine)
        assert_all_flows_arrive(swivel, 4 << 20)


@pytest.mark.deadline(240)
def test_pipes_are_taken_only_as_far_as_descriptors_go(start, engine):
    with Server(echo) as server:
        # Enough for every flow's two sockets, and for hardly any pipe.
        swivel = start("--server", server, "--splice", "on", "--rlimit-nofile", "150", engine=engine)
        assert_all_flows_arrive(swivel, 2 << 20)
        assert swivel.stop().failed == 0
