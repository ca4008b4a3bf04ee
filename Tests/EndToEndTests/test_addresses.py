"""Every family of address on either side, in every combination."""

import os
import socket

import pytest

from harness import kernel
from harness.clients import echoed, is_refused, is_served, random_bytes
from harness.servers import Server, echo
from harness.waiting import wait_until

FAMILIES = {"ipv4": socket.AF_INET, "ipv6": socket.AF_INET6, "unix": socket.AF_UNIX}
IPV6_REFUSAL = kernel.ipv6_refusal()


def family(name):
    """The family as a parameter that is skipped where the machine lacks it."""
    is_missing = name == "ipv6" and IPV6_REFUSAL is not None
    return pytest.param(name, marks=pytest.mark.skipif(is_missing, reason=str(IPV6_REFUSAL)))


def bind_flag(name, folder):
    return {"ipv4": "127.0.0.1:0", "ipv6": "[::1]:0", "unix": f"unix:{folder}/front.sock"}[name]


@pytest.mark.parametrize("client_side", map(family, FAMILIES))
@pytest.mark.parametrize("server_side", map(family, FAMILIES))
def test_families_of_client_and_server_side_mix(start, engine, short_path, client_side, server_side):
    with Server(echo, family=FAMILIES[server_side], path=str(short_path / "back.sock")) as server:
        swivel = start("--server", server, engine=engine, bind=(bind_flag(client_side, short_path),))
        assert swivel.address.family == FAMILIES[client_side]
        with swivel.connect() as client:
            assert echoed(client, random_bytes(4, 3 << 20))


def test_one_process_listens_on_every_family_at_once(start, engine, short_path):
    names = ["ipv4", "unix"] + ([] if IPV6_REFUSAL else ["ipv6"])
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine, bind=[bind_flag(name, short_path) for name in names])
        assert len(swivel.addresses) == len(names)
        assert all(is_served(address) for address in swivel.addresses)


def test_a_unix_socket_is_gone_after_a_clean_end(start, engine, short_path):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine, bind=(f"unix:{short_path}/front.sock",))
        assert is_served(swivel.address)
        swivel.stop()
    assert is_refused(swivel.address)
    assert not os.path.exists(swivel.address.path)


def test_a_unix_socket_that_a_killed_process_left_is_taken_over(start, engine, short_path):
    with Server(echo) as server:
        killed = start("--server", server, engine=engine, bind=(f"unix:{short_path}/front.sock",), ends_clean=False)
        killed.child.kill()
        killed.wait(60)
        # The kernel takes a killed process's ring apart behind its back, and until then the socket still answers.
        wait_until(lambda: is_refused(killed.address), 60, "the kernel has let go of the socket")
        assert os.path.exists(killed.address.path)
        heir = start("--server", server, engine=engine, bind=(f"unix:{short_path}/front.sock",))
        assert is_served(heir.address)


def test_a_listener_can_be_tied_to_one_interface(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine, bind=("127.0.0.1:0,interface=lo",))
        assert is_served(swivel.address)
