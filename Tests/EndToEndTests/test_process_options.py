"""What flags do to the process itself: its id on file, its threads and the cores they run on, its variables."""

import os

import pytest

from harness import proc
from harness.clients import is_served
from harness.servers import Server, echo
from harness.waiting import wait_until


def test_the_pid_file_names_the_process_and_goes_with_it(start, engine, tmp_path):
    pid_file = tmp_path / "swivel.pid"
    with Server(echo) as server:
        swivel = start("--server", server, "--pid", pid_file, engine=engine)
        assert int(pid_file.read_text()) == swivel.pid
        swivel.stop()
    assert not pid_file.exists()


def pinned(swivel):
    """The cores of those threads that have one alone."""
    return [affinity for affinity in proc.thread_affinities(swivel.pid).values() if len(affinity) == 1]


def test_every_shard_has_a_core_of_its_own(start, engine):
    cores = os.sched_getaffinity(0)
    with Server(echo) as server:
        swivel = start("--server", server, "--workers", str(len(cores)), engine=engine)
        if len(cores) > 1:
            # Each thread sees to its own core, as soon as it runs.
            wait_until(lambda: {core for (core,) in pinned(swivel)} == cores, 60, "every core has a shard")
        assert all(is_served(swivel.address) for _ in range(5))


def test_shards_may_be_left_to_the_scheduler(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--cpu-affinity", "off", engine=engine)
        assert all(affinity == os.sched_getaffinity(0) for affinity in proc.thread_affinities(swivel.pid).values())


def test_shards_run_on_the_cores_that_were_named(start, engine):
    core = max(os.sched_getaffinity(0))
    with Server(echo) as server:
        swivel = start("--server", server, "--cpu-affinity", str(core), "--workers", "2", engine=engine)
        if os.sched_getaffinity(0) != {core}:
            wait_until(lambda: pinned(swivel).count({core}) >= 2, 60, "both shards are there")


def test_by_default_there_is_a_shard_for_every_core(start):
    with Server(echo) as server:
        assert start("--server", server).shard_count == len(os.sched_getaffinity(0))


def test_variables_say_what_flags_say_and_flags_win(start, engine):
    with Server(echo) as server, Server(echo) as other:
        swivel = start(
            "--workers", "1", engine=engine,
            env={"SWIVEL_SERVER": f"a@{server} b@{other}", "SWIVEL_BALANCE": "roundrobin", "SWIVEL_WORKERS": "2"},
        )
        assert swivel.shard_count == 1
        assert all(is_served(swivel.address) for _ in range(10))
        assert (server.accepted, other.accepted) == (5, 5)


def test_a_whole_deployment_can_be_variables(run_swivel):
    settings = {"SWIVEL_MODE": "tcp", "SWIVEL_BIND": "127.0.0.1:0", "SWIVEL_SERVER": "127.0.0.1:9"}
    assert run_swivel("-t", env=settings).returncode == 0
    refused = run_swivel("-t", env=settings | {"SWIVEL_WORKERS": "some"})
    assert refused.returncode == 64
    assert "SWIVEL_WORKERS" in refused.stderr


@pytest.mark.parametrize("unit, right", [("500ms", True), ("2s", True), ("1m", True), ("3parsecs", False)])
def test_durations_have_units(run_swivel, unit, right):
    flags = ["--mode", "tcp", "--bind", "127.0.0.1:0", "--server", "127.0.0.1:9", "--timeout-tunnel", unit]
    assert run_swivel(*flags, "-t").returncode == (0 if right else 64)
