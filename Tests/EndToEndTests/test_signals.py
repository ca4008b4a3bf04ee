"""Signals that steer something in other servers: none of them does harm here."""

import signal

import pytest

from harness.clients import echoed, is_served
from harness.servers import Server, echo
from harness.waiting import wait_until


@pytest.mark.parametrize("name", ["HUP", "USR2", "TTIN", "TTOU"])
def test_a_signal_that_has_no_effect_yet_is_told_and_stops_nothing(start, engine, name):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine)
        with swivel.connect() as client:
            assert echoed(client, b"before")
            swivel.signal(getattr(signal, f"SIG{name}"))
            wait_until(lambda: swivel.warnings, 60, "a warning")
            assert len(swivel.warnings) == 1
            assert swivel.warnings[0].startswith(f"signal {name} has no effect")
            assert echoed(client, b"after")
            assert is_served(swivel.address)


def test_a_terminals_new_size_is_nothing_to_talk_of(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine)
        swivel.signal(signal.SIGWINCH)
        assert is_served(swivel.address)
        swivel.stop()
    assert swivel.warnings == []
