"""`swivel demo`: three servers of its own behind a frontend, a page that stops them, and a clean end."""

import fcntl
import json
import os
import pty
import re
import signal
import struct
import subprocess
import termios
import threading

import pytest

from harness.addresses import Address
from harness.clients import is_refused
from harness.demo import CURL_LINE, NAMES, ask, client_of, order
from harness.software import needs
from harness.waiting import wait_until

CONTROL_C = b"\x03"
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


def answering(address, count=12):
    """The servers that answer when one client asks so often, each answer a good one."""
    names = []
    with client_of(address) as client:
        for _ in range(count):
            client.request("GET", "/answer")
            answer = client.getresponse()
            assert answer.status == 200
            names.append(json.loads(answer.read())["server"])
    return names


def curl(address):
    outcome = subprocess.run(["curl", "-sS", f"http://{address}/"], capture_output=True, text=True, timeout=60)
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


@needs("curl")
def test_curl_gets_one_line_that_says_which_server_answered(demo):
    lines = [curl(demo.address) for _ in range(30)]
    expected = {f"served by server {name} at {address}\n" for name, address in demo.servers.items()}
    assert set(lines) == expected
    assert min(lines.count(line) for line in expected) >= 5


def test_requests_of_one_connection_go_to_all_servers_in_turn(demo):
    names = answering(demo.address, 30)
    assert sorted(set(names)) == NAMES
    assert all(names[index] != names[index + 1] for index in range(29)), names


def test_a_browser_gets_a_page_that_names_its_server_and_needs_nothing_from_elsewhere(demo):
    status, page, answer = ask(demo.address, fields=BROWSER)
    assert (status, answer.headers.get_content_type()) == (200, "text/html")
    name, address = re.search(r"This page came from .*server (\w)</b> at (\S+)\.", page).groups()
    assert demo.servers[name] == Address(address)
    assert [f'action="stop?server={name}"' in page for name in NAMES] == [True] * 3
    assert not re.search(r"(?:src|href)=(?!\"data:)|//\w|url\(|@import", page.split("<script>")[0])
    assert answer.headers["Content-Security-Policy"].startswith("default-src 'none'")


def test_head_has_the_same_length_and_no_body(demo):
    _, text, _ = ask(demo.address)
    status, nothing, answer = ask(demo.address, method="HEAD")
    assert (status, nothing, int(answer.headers["Content-Length"])) == (200, "", len(text))


@pytest.mark.parametrize("name", NAMES)
def test_a_stopped_server_refuses_connections_and_the_others_answer_until_it_is_started(demo, name):
    answering(demo.address)  # Connections to every server are open by now.
    assert order(demo, "stop", name) == (200, f"server {name} is stopped\n")
    assert is_refused(demo.servers[name])
    assert sorted(set(answering(demo.address))) == [other for other in NAMES if other != name]
    assert order(demo, "start", name) == (200, f"server {name} is running\n")
    assert sorted(set(answering(demo.address))) == NAMES


def test_no_request_fails_while_servers_are_stopped_and_started(demo):
    is_over = threading.Event()
    counts, failures = [], []

    def go_on():
        try:
            while not is_over.is_set():
                counts.append(len(answering(demo.address)))
        except Exception as failure:
            failures.append(failure)

    threads = [threading.Thread(target=go_on) for _ in range(4)]
    for thread in threads:
        thread.start()
    try:
        for name in NAMES * 5:
            assert order(demo, "stop", name)[0] == 200
            seen = len(counts)
            wait_until(lambda: failures or len(counts) >= seen + 8, 60, "requests with a stopped server")
            assert order(demo, "start", name)[0] == 200
    finally:
        is_over.set()
        for thread in threads:
            thread.join()
    assert not failures


def test_the_last_server_is_not_stopped(demo):
    assert order(demo, "stop", "a")[0] == 200
    assert order(demo, "stop", "c")[0] == 200
    status, reason = order(demo, "stop", "b")
    assert (status, reason.count("\n")) == (409, 1)
    # Both others refuse each of these requests, which is no error: no budget of retries is short.
    assert set(answering(demo.address, 200)) == {"b"}


def test_the_script_is_told_which_servers_run(demo):
    order(demo, "stop", "b")
    assert json.loads(ask(demo.address, "/answer")[1])["running"] == ["a", "c"]
    page = ask(demo.address, fields=BROWSER)[1]
    assert re.findall(r'action="(\w+)\?server=(\w)"', page) == [("stop", "a"), ("start", "b"), ("stop", "c")]


def test_the_form_works_without_a_script(demo):
    status, _, answer = ask(demo.address, "/stop?server=a", "POST", BROWSER)
    assert (status, answer.headers["Location"]) == (303, "/")
    assert "a" not in answering(demo.address)


@pytest.mark.parametrize(
    "method, path, status",
    [
        ("GET", "/stop?server=a", 405), ("POST", "/", 405), ("POST", "/stop?server=d", 404), ("POST", "/start", 404),
        ("GET", "/nothing", 404), ("PATCH", "/answer", 405),
    ],
)
def test_what_it_does_not_know_it_says_in_one_line(demo, method, path, status):
    given, text, _ = ask(demo.address, path, method)
    assert (given, text.count("\n")) == (status, 1)
    assert sorted(set(answering(demo.address))) == NAMES


def test_a_request_with_a_body_is_answered_and_the_next_one_too(demo):
    with client_of(demo.address) as client:
        client.request("POST", "/stop?server=b", body=b"x" * 100_000)
        assert client.getresponse().read() == b"server b is stopped\n"
    assert "b" not in answering(demo.address)


@needs("curl")
def test_connections_are_balanced_as_well(start_demo):
    demo = start_demo("--mode", "tcp")
    assert len({curl(demo.address) for _ in range(30)}) == 3
    assert order(demo, "stop", "b")[0] == 200
    assert len({curl(demo.address) for _ in range(30)}) == 2
    with demo.address.connect() as client:
        client.sendall(b"hello\n")
        assert client.recv(100) == b"hello\n"
    demo.stderr.wait_for(r"listening on \S+ \(frontend demo, tcp\)$", 60)


def test_it_prints_where_everything_is(demo):
    demo.stdout.wait_for(r"127\.0\.0\.1:\d+", 60, count=4)
    addresses = set(re.findall(r"127\.0\.0\.1:\d+", demo.stdout.text))
    assert str(demo.address) in addresses
    assert len(addresses) >= 4, "the frontend and three servers"


@needs("curl")
def test_plain_lines_tell_of_traffic_where_there_is_no_terminal(demo):
    for _ in range(10):
        curl(demo.address)
    wait_until(lambda: re.search(r"^requests 10 ", demo.stdout.text, re.M), 60, "ten requests in a line")
    order(demo, "stop", "b")
    wait_until(lambda: re.search(r"\bb \d+ \(stopped\)", demo.stdout.text), 60, "the stopped server in a line")
    assert "\x1b" not in demo.stdout.text


def test_the_bytes_of_all_servers_are_those_that_clients_got(demo):
    answering(demo.address, 300)
    demo.signal(signal.SIGTERM)
    assert demo.wait(60) == 0
    rows = demo.stdout.find(r"^  (server \w|total) +(\d+) +[\d.]+ KiB +([\d.]+) KiB$")
    *servers, total = [(int(row[2]), float(row[3])) for row in rows]
    assert sum(requests for requests, _ in servers) == total[0] == 300
    # A Date of 37 bytes is added to each answer.
    assert sum(size for _, size in servers) == pytest.approx(total[1], rel=0.02)


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_it_ends_cleanly(demo, name):
    answering(demo.address)
    order(demo, "stop", "b")
    demo.signal(getattr(signal, name))
    assert demo.wait(60) == 0
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

        address = wait_until(lambda: has_shown(CURL_LINE), 60, "the curl line")[1]
        assert Address(address).connect().close() is None
        os.write(ours, CONTROL_C)
        wait_until(lambda: has_shown("$^") or child.poll() is not None, 60, "the end")
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
