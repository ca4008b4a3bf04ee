"""What flags do to sockets, as the kernel and the peers see it."""

import grp
import os
import pwd
import re
import socket
import stat
import subprocess
import time

import pytest

from harness.clients import echoed, is_served, readable, receive_exactly
from harness.servers import Server, echo
from harness.software import needs
from harness.swivel import named_error
from harness.waiting import wait_until

SERVER = ["--mode", "tcp", "--server", "127.0.0.1:9"]


def peer_handler(peers):
    """A handler that keeps who called, then echoes."""

    def handler(connection):
        peers.append(connection.getpeername())
        echo(connection)

    return handler


def test_connections_to_servers_come_from_the_source_address(start, engine):
    peers = []
    with Server(peer_handler(peers)) as server:
        swivel = start("--server", server, "--source", "127.0.0.9,::1", engine=engine)
        for _ in range(10):
            assert is_served(swivel.address)
    assert {host for host, _ in peers} == {"127.0.0.9"}


def test_each_server_has_all_ports_of_the_source_address(start, engine):
    """Bound without a port: the same one may lead to several servers at once."""
    low, high = (int(text) for text in open("/proc/sys/net/ipv4/ip_local_port_range").read().split())
    peers = []
    with Server(peer_handler(peers)) as one, Server(peer_handler(peers)) as two:
        swivel = start("--server", one, "--server", two, "--source", "127.0.0.9", "--balance", "roundrobin", engine=engine)
        clients = [swivel.connect() for _ in range(200)]
        assert all(echoed(client, b"x") for client in clients)
        for client in clients:
            client.close()
    assert len(peers) == 200
    assert all(low <= port <= high for _, port in peers)


def test_a_source_that_is_not_this_hosts_is_refused_at_start(run_swivel):
    outcome = run_swivel(*SERVER, "--bind", "127.0.0.1:0", "--source", "192.0.2.1")
    assert outcome.returncode == 71, outcome.stderr
    wrong, right = named_error(outcome)
    assert "--source 192.0.2.1" in wrong and "ip address" in right


@needs("ss")
@pytest.mark.parametrize("flags, has_timer", [(("--tcp-keepalive", "30s"), True), ((), False)], ids=["on", "off"])
def test_keep_alive_is_on_towards_clients_and_servers(start, engine, flags, has_timer):
    with Server(echo) as server:
        swivel = start("--server", server, *flags, engine=engine)
        began = time.monotonic()
        with swivel.connect() as client:
            assert echoed(client, b"x")
            # What is not acknowledged yet has a timer of its own, which stands in the other's place.
            own = wait_until(lambda: settled(swivel), 60, "everything is acknowledged")
            timers = [re.search(r"timer:\(keepalive,(\d+)sec", line) for line in own]
            passed = time.monotonic() - began
    assert all((timer is not None) == has_timer for timer in timers), own
    if has_timer:
        assert all(30 - passed - 1 <= int(timer[1]) <= 30 for timer in timers), own


def settled(swivel):
    """The lines of ss on its two connections, once nothing is on its way on them."""
    listing = subprocess.run(["ss", "-tnopH"], capture_output=True, text=True, check=True).stdout
    own = [line for line in listing.splitlines() if f"pid={swivel.pid}," in line]
    assert len(own) == 2, listing
    return None if any("timer:(on" in line for line in own) else own


def test_deferred_connections_are_accepted_with_their_first_byte(start, engine):
    with Server(lambda connection: (connection.sendall(b"hello"), echo(connection))) as server:
        swivel = start("--server", server, engine=engine, bind=("127.0.0.1:0,defer-accept",))
        with swivel.connect() as client:
            assert readable([client], 0.5) == []
            assert server.accepted == 0
            client.sendall(b"x")
            assert len(readable([client], 60)) == 1


def test_data_may_come_with_the_first_packet(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine, bind=("127.0.0.1:0,tfo",))
        assert all(is_served(swivel.address) for _ in range(5))
        # The kernel decides by net.ipv4.tcp_fastopen whether it is sent so; it arrives in any case.
        with socket.socket() as client:
            client.sendto(b"early", socket.MSG_FASTOPEN, swivel.address.native)
            assert receive_exactly(client, 5) == b"early"


def test_a_listener_on_an_interface_serves_there(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine, bind=("127.0.0.1:0,interface=lo",))
        assert is_served(swivel.address)


def test_an_interface_that_is_not_there_is_refused_at_start(run_swivel):
    outcome = run_swivel(*SERVER, "--bind", "127.0.0.1:0,interface=nosuch0")
    assert outcome.returncode == 71, outcome.stderr
    assert "interface=nosuch0" in named_error(outcome)[0]


@pytest.mark.parametrize("mode", ["600", "660", "666"])
def test_a_unix_socket_has_its_mode_whatever_the_umask(start, engine, short_path, mode):
    path = short_path / "front.sock"
    with Server(echo) as server:
        with_umask = ("sh", "-c", 'umask 077; exec "$@"', "sh")
        swivel = start("--server", server, engine=engine, bind=(f"unix:{path},unix-mode={mode}",), wrapper=with_umask)
        assert stat.S_IMODE(path.stat().st_mode) == int(mode, 8)
        assert is_served(swivel.address)
        swivel.stop()
    assert not path.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_a_unix_socket_has_its_owner(start, engine, short_path):
    path = short_path / "front.sock"
    with Server(echo) as server:
        start("--server", server, engine=engine, bind=(f"unix:{path},unix-user=nobody,unix-group=daemon,unix-mode=640",))
        status = path.stat()
    assert status.st_uid == pwd.getpwnam("nobody").pw_uid
    assert status.st_gid == grp.getgrnam("daemon").gr_gid


@pytest.mark.parametrize("option", ["unix-user", "unix-group"])
def test_an_unknown_owner_is_refused_at_start_and_leaves_no_file(run_swivel, short_path, option):
    path = short_path / "front.sock"
    outcome = run_swivel(*SERVER, "--bind", f"unix:{path},{option}=nosuchname")
    assert outcome.returncode == 71, outcome.stderr
    assert f"{option}=nosuchname" in named_error(outcome)[0]
    assert not path.exists()


def test_an_owner_that_only_root_may_set_is_not_permitted(run_swivel, unprivileged, short_path):
    os.chmod(short_path, 0o777)
    path = short_path / "front.sock"
    outcome = run_swivel(*SERVER, "--bind", f"unix:{path},unix-user=root", **unprivileged)
    assert outcome.returncode == 77, outcome.stderr
    assert "owner" in named_error(outcome)[0]
    assert not path.exists()
