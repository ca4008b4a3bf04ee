"""Who may connect: lists of networks, connections and their rate by address. Who may not is reset and counted."""

import contextlib

import pytest

from harness import kernel
from harness.clients import echoed, in_parallel, is_served, receive_to_end, reset
from harness.servers import Server, echo
from harness.waiting import wait_until

needs_ipv6 = pytest.mark.skipif(kernel.ipv6_refusal() is not None, reason=str(kernel.ipv6_refusal()))


def is_reset(address, source=None):
    """Whether a connection is cut off before a byte has come back."""
    try:
        with address.connect(source=source) as client:
            client.sendall(b"x")
            assert receive_to_end(client) == b""
    except ConnectionError:
        return True
    return False


def is_let_in(address):
    """As `is_served`, where it may be refused as well."""
    try:
        return is_served(address)
    except OSError:  # A reset, or ENOTCONN where that came before the client's own end.
        return False


def is_served_from(address, source):
    with address.connect(source=source) as client:
        return echoed(client, b"are you there")


def test_a_denied_network_is_refused_and_its_neighbours_are_not(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--deny", "127.0.0.8/30", "--deny", "127.0.1.1", engine=engine)
        for source in ("127.0.0.8", "127.0.0.11", "127.0.1.1"):
            assert is_reset(swivel.address, source)
        for source in ("127.0.0.7", "127.0.0.12", "127.0.1.2", "127.0.0.1"):
            assert is_served_from(swivel.address, source)
        totals = swivel.stop()
        assert (totals.connections, totals.refused, server.accepted) == (4, 3, 4)
    assert swivel.refusals == {"by a list": 3}


def test_where_something_is_allowed_everything_else_is_refused_and_what_is_denied_stays_so(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--allow", "127.0.0.0/24", "--allow", "127.0.2.2", "--deny", "127.0.0.9", engine=engine)
        for source in ("127.0.1.1", "127.0.2.1", "127.0.0.9"):
            assert is_reset(swivel.address, source)
        for source in ("127.0.0.1", "127.0.2.2"):
            assert is_served_from(swivel.address, source)
        swivel.stop()
    assert swivel.refusals == {"by a list": 3}


def test_lists_belong_to_their_frontend(start, engine):
    with Server(echo) as server:
        swivel = start(
            "--bind", "closed@127.0.0.1:0", "--deny", "127.0.0.0/8", "--server", server, engine=engine, bind=("open@127.0.0.1:0",)
        )
        assert is_served(swivel.frontends["open"])
        assert is_reset(swivel.frontends["closed"])


@needs_ipv6
def test_an_ipv6_network_covers_no_ipv4_client(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--deny", "::/0", engine=engine, bind=("both@[::1]:0", "both@127.0.0.1:0"))
        over_ipv6, over_ipv4 = swivel.addresses
        assert is_served(over_ipv4)
        assert is_reset(over_ipv6)


@pytest.mark.parametrize("workers", ["1", "2"])
def test_an_address_has_its_connections_and_no_more(start, engine, workers):
    with Server(echo) as server:
        swivel = start("--server", server, "--maxconn-per-ip", "3", "--workers", workers, engine=engine)
        with contextlib.ExitStack() as held:
            for _ in range(3):
                assert echoed(held.enter_context(swivel.connect()), b"x")
            assert all(is_reset(swivel.address) for _ in range(4))
            # Another address has its own.
            assert is_served_from(swivel.address, "127.0.0.2")
        wait_until(lambda: is_let_in(swivel.address), 60, "places come free")
        swivel.stop()
    assert swivel.refusals["for connections of one address"] >= 4


def test_after_a_storm_an_address_has_all_of_its_places(start, engine):
    def visit(index):
        for number in range(20):
            with contextlib.suppress(OSError, AssertionError):
                client = swivel.connect()
                client.sendall(b"x" * 1000)
                reset(client) if (index + number) % 3 == 0 else client.close()

    with Server(echo) as server:
        swivel = start("--server", server, "--maxconn-per-ip", "10", "--workers", "2", engine=engine)
        in_parallel(20, visit)

        def ten_are_served():
            with contextlib.ExitStack() as held:
                try:
                    return all(echoed(held.enter_context(swivel.connect()), b"x") for _ in range(10))
                except (OSError, AssertionError):
                    return False

        wait_until(ten_are_served, 60, "ten at once are served again")


def test_an_address_comes_no_faster_than_it_may(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--conn-rate-per-ip", "5/1h", "--workers", "2", engine=engine)
        for _ in range(5):
            with swivel.connect() as client:
                assert echoed(client, b"x")
        assert all(is_reset(swivel.address) for _ in range(4))
        assert is_served_from(swivel.address, "127.0.0.2")
        totals = swivel.stop()
    assert (totals.connections, totals.refused) == (6, 4)
    assert swivel.refusals == {"for the rate of one address": 4}


def test_a_rate_lets_one_in_again_after_its_time(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--conn-rate-per-ip", "2/3s", engine=engine)
        assert is_served(swivel.address)
        # One place comes back in 1.5 s: a machine that takes longer for each is asked again and again.
        wait_until(lambda: not is_let_in(swivel.address), 60, "one is reset")
        wait_until(lambda: is_let_in(swivel.address), 60, "the next one is let in")
