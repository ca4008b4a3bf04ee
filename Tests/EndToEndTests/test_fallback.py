"""io_uring is forbidden, as in a container: Swivel says so and works, unless io_uring was demanded."""

import sys

from harness.clients import is_served
from harness.servers import Server, echo
from harness.process import PROGRAMS
from harness.swivel import named_error

FORBIDDEN = (sys.executable, "-B", PROGRAMS / "without_io_uring.py")


def test_auto_falls_back_to_epoll_with_one_warning_that_says_why(start):
    with Server(echo) as server:
        swivel = start("--server", server, wrapper=FORBIDDEN)
        assert swivel.engine == "epoll"
        assert all(is_served(swivel.address) for _ in range(10))
    warnings = [warning for warning in swivel.warnings if "io_uring" in warning]
    assert len(warnings) == 1, swivel.stderr.text
    assert "permitted" in warnings[0] or "EPERM" in warnings[0], warnings[0]


def test_io_uring_that_was_demanded_and_is_forbidden_ends_with_69(run_swivel):
    flags = ["--mode", "tcp", "--bind", "127.0.0.1:0", "--server", "127.0.0.1:9", "--engine", "io_uring"]
    outcome = run_swivel(*flags, wrapper=FORBIDDEN)
    assert outcome.returncode == 69
    wrong, right = named_error(outcome)
    assert "io_uring" in wrong
    assert "epoll" in right or "auto" in right


def test_epoll_that_was_demanded_needs_no_warning(start):
    with Server(echo) as server:
        swivel = start("--server", server, engine="epoll", wrapper=FORBIDDEN)
        assert is_served(swivel.address)
        assert swivel.warnings == []


def test_build_info_tells_what_is_forbidden(run_swivel):
    allowed = run_swivel("--build-info")
    forbidden = run_swivel("--build-info", wrapper=FORBIDDEN)
    assert (allowed.returncode, forbidden.returncode) == (0, 0)
    assert allowed.stdout != forbidden.stdout
