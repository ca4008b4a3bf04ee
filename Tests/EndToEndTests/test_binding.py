"""Addresses that cannot be had: one clear line, the right exit code, and nothing half-started."""

import os
import re
import socket

import pytest

from harness import kernel
from harness.clients import is_refused, is_served
from harness.servers import Server, echo
from harness.swivel import READY, named_error

SERVER = ["--mode", "tcp", "--server", "127.0.0.1:9"]


def assert_not_started(outcome, code, *mentions):
    assert outcome.returncode == code, outcome.stderr
    wrong, right = named_error(outcome)
    for mention in mentions:
        assert str(mention) in f"{wrong}; {right}", outcome.stderr
    assert re.search(READY, outcome.stderr, re.MULTILINE) is None


def test_a_port_of_another_program_is_refused(run_swivel, engine):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "{}:{}".format(*taken.getsockname())
        assert_not_started(run_swivel(*SERVER, "--bind", address, "--engine", engine), 71, address, "in use")


def test_a_port_that_another_program_would_share_is_refused(run_swivel, engine):
    with socket.socket() as sharing:
        sharing.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sharing.bind(("127.0.0.1", 0))
        sharing.listen()
        address = "{}:{}".format(*sharing.getsockname())
        assert_not_started(run_swivel(*SERVER, "--bind", address, "--engine", engine), 71, address)


def test_a_port_of_another_swivel_is_refused_and_the_first_serves_on(start, run_swivel, engine):
    with Server(echo) as server:
        first = start("--server", server, engine=engine)
        outcome = run_swivel(*SERVER, "--bind", first.address, "--engine", engine)
        assert_not_started(outcome, 71, first.address, "in use")
        # The second one's own server refuses: had it taken any part of the traffic, some of these would fail.
        assert all(is_served(first.address) for _ in range(60))
        assert first.stop().connections == 60


def test_nothing_is_served_where_one_of_several_addresses_is_taken(run_swivel, engine, short_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = "{}:{}".format(*taken.getsockname())
        own = f"unix:{short_path}/own.sock"
        assert_not_started(run_swivel(*SERVER, "--bind", own, "--bind", address, "--engine", engine), 71, address)
        assert not os.path.exists(short_path / "own.sock"), "a socket file was left behind"


def test_a_unix_socket_that_is_served_by_another_swivel_is_refused(start, run_swivel, engine, short_path):
    with Server(echo) as server:
        first = start("--server", server, engine=engine, bind=(f"unix:{short_path}/front.sock",))
        outcome = run_swivel(*SERVER, "--bind", first.address, "--engine", engine)
        assert_not_started(outcome, 71, "front.sock")
        assert is_served(first.address)


def test_a_file_in_the_way_of_a_unix_socket_is_left_alone(run_swivel, engine, short_path):
    precious = short_path / "precious"
    precious.write_text("data")
    assert_not_started(run_swivel(*SERVER, "--bind", f"unix:{precious}", "--engine", engine), 71, "precious")
    assert precious.read_text() == "data"


def test_an_address_that_is_not_this_machines_is_refused(run_swivel, engine):
    # 192.0.2.0/24 is for documentation (RFC 5737): no machine has it.
    assert_not_started(run_swivel(*SERVER, "--bind", "192.0.2.1:0", "--engine", engine), 71, "192.0.2.1")


def test_an_interface_that_does_not_exist_is_refused(run_swivel, engine):
    outcome = run_swivel(*SERVER, "--bind", "127.0.0.1:0,interface=none0", "--engine", engine)
    assert_not_started(outcome, 71, "none0")


def test_a_folder_that_does_not_exist_is_refused(run_swivel, engine, short_path):
    outcome = run_swivel(*SERVER, "--bind", f"unix:{short_path}/none/front.sock", "--engine", engine)
    assert_not_started(outcome, 71, "none/front.sock")


def test_a_privileged_port_is_not_permitted(run_swivel, unprivileged):
    if kernel.unprivileged_port_start() <= 80:
        pytest.skip("port 80 is anybody's here: net.ipv4.ip_unprivileged_port_start")
    outcome = run_swivel(*SERVER, "--bind", "127.0.0.1:80", **unprivileged)
    assert_not_started(outcome, 77, "127.0.0.1:80", "ermission denied")


def test_a_folder_that_may_not_be_written_is_not_permitted(run_swivel, unprivileged, short_path):
    locked = short_path / "locked"
    locked.mkdir(mode=0o555)
    outcome = run_swivel(*SERVER, "--bind", f"unix:{locked}/front.sock", **unprivileged)
    assert_not_started(outcome, 77, f"{locked}/front.sock", "ermission denied")


def test_a_log_file_that_may_not_be_written_is_not_permitted(run_swivel, unprivileged, short_path):
    locked = short_path / "locked"
    locked.mkdir(mode=0o555)
    outcome = run_swivel(*SERVER, "--bind", "127.0.0.1:0", "--access-logfile", locked / "x.log", **unprivileged)
    assert_not_started(outcome, 77, locked / "x.log")


def test_somebody_without_roots_rights_can_run_it(start, unprivileged):
    with Server(echo) as server:
        swivel = start("--server", server, **unprivileged)
        assert is_served(swivel.address)
        address = swivel.address
        swivel.stop()
    assert is_refused(address)
