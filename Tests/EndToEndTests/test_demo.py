"""`swivel demo`: three servers of its own behind a frontend, something to look at, and a clean end."""

import fcntl
import os
import pty
import re
import signal
import struct
import subprocess
import termios

import pytest

from harness.addresses import Address
from harness.software import needs
from harness.waiting import wait_until

CURL_LINE = r"curl \S*?(?:http://)?(127\.0\.0\.1:\d+)"
CONTROL_C = b"\x03"


@pytest.fixture
def demo(spawn, swivel_path):
    process = spawn(swivel_path, "demo", "--bind", "127.0.0.1:0", name="demo")
    process.address = Address(process.stdout.wait_for(CURL_LINE, 10)[1])
    return process


def curl(address):
    outcome = subprocess.run(["curl", "-sS", f"http://{address}/"], capture_output=True, text=True, timeout=10)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


@needs("curl")
def test_its_page_comes_from_all_three_servers_in_turn(demo):
    pages = [curl(demo.address) for _ in range(30)]
    assert len(set(pages)) == 3, set(pages)
    assert min(pages.count(page) for page in set(pages)) >= 5


def test_it_prints_where_everything_is(demo):
    demo.stdout.wait_for(r"127\.0\.0\.1:\d+", 5, count=4)
    addresses = set(re.findall(r"127\.0\.0\.1:\d+", demo.stdout.text))
    assert str(demo.address) in addresses
    assert len(addresses) >= 4, "the frontend and three servers"


@needs("curl")
def test_plain_lines_tell_of_traffic_where_there_is_no_terminal(demo):
    for _ in range(10):
        curl(demo.address)
    wait_until(lambda: re.search(r"\b10\b", demo.stdout.text), 10, "ten connections in the table")
    assert "\x1b" not in demo.stdout.text


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_it_ends_cleanly(demo, name):
    demo.signal(getattr(signal, name))
    assert demo.wait(10) == 0
    assert "left over: connections 0, buffers 0, pipes 0, descriptors 0" in demo.stderr.text + demo.stdout.text


@needs("setsid")
def test_control_c_ends_it_in_a_terminal_and_leaves_the_terminal_as_it_was(swivel_path):
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    before = termios.tcgetattr(theirs)
    # setsid -c makes the terminal its own: the kernel turns the key into the signal.
    command = ["setsid", "-c", str(swivel_path), "demo", "--bind", "127.0.0.1:0"]
    child = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs)
    try:
        os.set_blocking(ours, False)
        shown = bytearray()

        def has_shown(pattern):
            try:
                shown.extend(os.read(ours, 1 << 16))
            except BlockingIOError:
                pass
            return re.search(pattern, shown.decode(errors="replace"))

        address = wait_until(lambda: has_shown(CURL_LINE), 10, "the curl line")[1]
        assert Address(address).connect().close() is None
        os.write(ours, CONTROL_C)
        wait_until(lambda: has_shown("$^") or child.poll() is not None, 10, "the end")
        assert child.returncode == 0, shown.decode(errors="replace")
        assert termios.tcgetattr(theirs) == before
    finally:
        if child.poll() is None:
            child.kill()
            child.wait()
        os.close(ours)
        os.close(theirs)


def test_an_address_that_is_taken_is_told(demo, run_swivel):
    outcome = run_swivel("demo", "--bind", demo.address)
    assert outcome.returncode == 71
    assert str(demo.address) in outcome.stderr
