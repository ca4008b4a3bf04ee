"""The error log: where it goes, how much it says, and its own rotation."""

import re
import signal

import pytest

from harness.addresses import Address
from harness.clients import is_refused, is_served
from harness.servers import Server, echo
from harness.swivel import LEFT_OVER, LISTENING, READY, TOTALS
from harness.waiting import wait_until


def matches(text, pattern):
    return re.findall(pattern, text, re.MULTILINE)


def test_it_tells_of_listening_readiness_and_the_end_each_once(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, engine=engine)
        swivel.stop()
    for pattern in (LISTENING, READY, TOTALS, LEFT_OVER):
        assert len(matches(swivel.stderr.text, pattern)) == 1, pattern
    assert all(line.startswith("swivel: ") for line in swivel.stderr.all)
    assert swivel.stdout.text == ""


def test_it_goes_to_a_file_and_a_new_one_after_usr1(start, engine, short_path):
    log, rotated = short_path / "error.log", short_path / "error.log.1"
    with Server(echo) as server:
        swivel = start("--server", server, "--error-logfile", log, engine=engine, wait=False, ends_clean=False)
        wait_until(lambda: log.exists() and matches(log.read_text(), READY), 60, "ready, in the file")
        address = Address(matches(log.read_text(), LISTENING)[0][0])
        assert is_served(address)
        log.rename(rotated)
        swivel.signal(signal.SIGUSR1)
        wait_until(log.exists, 60, "a new log file")
        swivel.signal(signal.SIGTERM)
        assert swivel.wait(60) == 0
    assert matches(log.read_text(), LEFT_OVER) == [("0", "0", "0", "0")]
    assert matches(rotated.read_text(), LEFT_OVER) == []
    assert swivel.stderr.text == ""


@pytest.mark.parametrize("level", ["error", "warn"])
def test_it_says_nothing_where_only_trouble_was_asked_for(start, engine, short_path, level):
    address = Address(f"unix:{short_path}/quiet.sock")
    with Server(echo) as server:
        flags = ["--server", server, "--log-level", level]
        swivel = start(*flags, engine=engine, bind=(str(address),), wait=False, ends_clean=False)
        wait_until(lambda: not is_refused(address), 60, "Swivel listens")
        assert is_served(address)
        swivel.signal(signal.SIGTERM)
        assert swivel.wait(60) == 0
    assert swivel.stderr.text == ""


def test_debug_leaves_out_nothing_that_info_says(start, engine):
    with Server(echo) as server:
        swivel = start("--server", server, "--log-level", "debug", engine=engine)
        assert is_served(swivel.address)
        swivel.stop()
    assert len(matches(swivel.stderr.text, READY)) == 1
