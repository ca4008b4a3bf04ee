"""The access log of http mode: each form can be read by what reads it elsewhere, and says what happened."""

import contextlib
import datetime
import json
import os
import re
import signal
import socket
import threading
import time

import pytest

from harness.addresses import refusing_address
from harness.clients import reset
from harness.http import Client, ask
from harness.messages import Cut, lines, request, response
from harness.origin import END, Origin
from harness.waiting import wait_until
from harness.websocket import HeldServer, WebSocketClient, WebSocketServer, pair

DATE = r"\[(?P<date>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\]"
COMMON = rf'(?P<client>\S+) (?P<identity>\S+) (?P<user>\S+) {DATE} "(?P<request>[^"]*)" (?P<status>\d{{3}}) (?P<bytes>\d+|-)'
COMBINED = rf'{COMMON} "(?P<referer>[^"]*)" "(?P<agent>[^"]*)"'
HAPROXY = (
    r"(?P<client>\S+:\d+) \[(?P<date>\d\d/[A-Z][a-z]{2}/\d{4}:\d\d:\d\d:\d\d\.\d{3})\]"
    r" (?P<frontend>\S+) (?P<backend>[^/\s]+)/(?P<server>\S+)"
    r" (?P<times>-?\d+/-?\d+/-?\d+/-?\d+/\+?\d+) (?P<status>-?\d+) (?P<bytes>\+?\d+) (?P<cookies>\S+ \S+)"
    r" (?P<ending>[A-Za-z-]{4}) (?P<counts>\d+/\d+/\d+/\d+/\+?\d+) (?P<queues>\d+/\d+)"
    r'(?: \{[^}]*\})* "(?P<request>[^"]*)"'
)
FORMS = {"common": COMMON, "combined": COMBINED, "vcombined": rf"(?P<host>\S+) {COMBINED}", "haproxy": HAPROXY}
KEYS = (
    "ts frontend backend server server_addr client_ip client_port proto method host uri status bytes_in bytes_out"
    " referer user_agent request_id t_queue t_connect t_header t_total retries term shard reused"
).split()
FIELDS = [("Referer", "http://a.example/x"), ("User-Agent", "tester/1.0 (e2e)")]


@pytest.fixture
def log(tmp_path):
    return tmp_path / "access.log"


def written(log, count):
    """The `count` lines that must come; more fails."""
    wait_until(lambda: log.exists() and log.read_bytes().count(b"\n") >= count, 60, f"{count} lines in the log")
    text = log.read_text().splitlines()
    assert len(text) == count, text
    return text


def logged(balance, servers, log, *flags, form="json", **options):
    return balance(servers, "--access-logfile", log, "--access-log-format", form, *flags, **options)


def entries(log, count):
    return [json.loads(line) for line in written(log, count)]


@pytest.mark.parametrize("form", FORMS)
def test_a_form_is_what_its_name_says(balance, engine, log, form):
    with Origin(lambda asked: response(b"x" * 1234)) as origin:
        swivel = logged(balance, f"one@{origin}", log, form=form, engine=engine)
        began = time.time()
        ask(swivel.address, "POST", "/path?q=1", FIELDS, b"hello")
    (line,) = written(log, 1)
    match = re.fullmatch(FORMS[form], line)
    assert match, line
    told = match.groupdict()
    assert (told["request"], told["status"]) == ("POST /path?q=1 HTTP/1.1", "200")
    assert told["client"].partition(":")[0] == "127.0.0.1"
    if form == "haproxy":
        assert (told["server"], told["ending"]) == ("one", "----")
        assert int(told["bytes"]) >= 1234  # HAProxy counts the head.
    else:
        when = datetime.datetime.strptime(told["date"], "%d/%b/%Y:%H:%M:%S %z")
        assert began - 1.1 < when.timestamp() <= time.time() + 0.1  # It tells whole seconds.
        assert (told["identity"], told["user"]) == ("-", "-")
        # Apache's vhost_combined counts the head, the other two the body alone.
        assert int(told["bytes"]) > 1234 if form == "vcombined" else told["bytes"] == "1234"
        if form != "common":
            assert (told["referer"], told["agent"]) == (FIELDS[0][1], FIELDS[1][1])
        if form == "vcombined":
            assert told["host"].partition(":")[0] == "example.com"


TEMPLATE = (
    '$remote_addr [$time_local] "$request" $status $body_bytes_sent "$http_referer" "$http_x_team" rt=$request_time '
    "uct=$upstream_connect_time uht=$upstream_header_time urt=$upstream_response_time ua=$upstream_addr us=$upstream_status "
    "id=$request_id server=$server pid=$pid uri=$uri host=$host $$"
)


def test_a_template_is_written_as_nginx_would(balance, engine, log):
    """A line of nginx's manual, with the times of its upstream module."""

    def answer(asked):
        time.sleep(0.1)  # The time to its header, which the line is to tell.
        return response(b"x" * 1234)

    with Origin(answer) as origin:
        # One shard: nobody promises an order of two.
        swivel = logged(balance, f"one@{origin}", log, "--workers", 1, form=TEMPLATE, engine=engine)
        ask(swivel.address, "GET", "/a%20b//c?q=1", [*FIELDS, ("X-Team", 'b"lue')])
        ask(swivel.address, "GET", "/")
        address, ids = str(origin), [asked.get("X-Request-ID") for asked in origin.seen]
    first, second = written(log, 2)
    told = re.fullmatch(
        rf'127\.0\.0\.1 {DATE} "GET /a%20b//c\?q=1 HTTP/1\.1" 200 1234 "{FIELDS[0][1]}" "b\\x22lue" rt=(\d+\.\d{{3}}) '
        rf"uct=(\d+\.\d{{3}}) uht=(\d+\.\d{{3}}) urt=(\d+\.\d{{3}}) ua={address} us=200 id={ids[0]} server=one "
        rf"pid={swivel.pid} uri=/a b/c host=example\.com \$",
        first,
    )
    assert told, first
    total, connect, header, answered = (float(told[place]) for place in (2, 3, 4, 5))
    assert header >= 0.1
    assert connect <= header <= answered + 0.001 and answered <= total + 0.001
    assert '"-" "-" rt=' in second and f"id={ids[1]}" in second


@pytest.mark.parametrize(
    "template, complaint",
    [
        ("$status $remote_adr", "did you mean $remote_addr"), ("$status ${args", "a ${ has no }"), ("$status\n", "control character"),
        ("$", "$$"), ("".join(f"$http_x{number}" for number in range(9)), "8 or fewer"),
    ],
)
def test_a_template_with_a_fault_is_refused_at_start(run_swivel, template, complaint):
    flags = ["--bind", "127.0.0.1:0", "--server", "127.0.0.1:9", "--access-logfile", "-", "--access-log-format", template]
    outcome = run_swivel(*flags)
    assert outcome.returncode == 64 and complaint in outcome.stderr, outcome.stderr


@pytest.mark.parametrize("mode", ["frame", "opaque"])
def test_a_websocket_leaves_its_line_when_it_ends(balance, engine, log, mode):
    form = "$status $server $term $ws_close_code $ws_msgs_in $ws_msgs_out $bytes_sent $http_sec_websocket_version"
    with WebSocketServer() as server:
        swivel = logged(balance, f"one@{server}", log, "--ws-mode", mode, form=form, engine=engine)
        with WebSocketClient(swivel.address) as client:
            for number in range(3):
                assert client.echoes(b"x" * (1 + 1000 * number))
            assert not log.exists() or log.read_bytes() == b""
            client.close(4001)
            assert client.closed() == 4001
    (line,) = written(log, 1)
    *told, sent, version = line.split(" ")
    assert told == ["101", "one", "--", *(["4001", "3", "3"] if mode == "frame" else ["-"] * 3)]
    assert int(sent) > 3003 and version == "13"


LEAVERS = {"client": "CD", "server": "SD"}


@pytest.mark.parametrize("leaver", LEAVERS)
def test_who_left_a_websocket_without_a_close_is_told(balance, engine, log, leaver):
    form = "$status $term $reason $ws_close_code $ws_msgs_in $ws_msgs_out"
    with HeldServer() as server:
        swivel = logged(balance, server, log, form=form, engine=engine)
        for count, leave in enumerate((socket.socket.close, reset), 1):
            with pair(swivel, server) as (client, other):
                client.text("hello")
                assert other.read().payload == b"hello"
                leave((client if leaver == "client" else other).connection)
                assert (other if leaver == "client" else client).is_ended()
            told = written(log, count)[-1]
            assert told == f"101 {LEAVERS[leaver]} {leaver}-left - 1 0"
        swivel.stop()
    assert swivel.closes == {f"1006 by {leaver}": 2}


def test_a_server_that_is_killed_is_told_from_a_tab_that_is_closed(balance, echoes, engine, log):
    server = echoes()
    swivel = logged(balance, server.address, log, form="$term $reason", engine=engine)
    with WebSocketClient(swivel.address) as tab:
        assert tab.echoes(b"x")
    assert written(log, 1) == ["CD client-left"]
    with WebSocketClient(swivel.address) as client:
        assert client.echoes(b"x")
        server.signal(signal.SIGKILL)
        assert client.is_ended()
    assert written(log, 2)[-1] == "SD server-left"


def test_combined_is_what_one_gets(balance, engine, log):
    with Origin() as origin:
        swivel = balance(origin, "--access-logfile", log, engine=engine)
        ask(swivel.address)
    assert re.fullmatch(COMBINED, written(log, 1)[0])


def test_json_has_every_key_and_true_values(balance, engine, log):
    def answer(asked):
        time.sleep(0.2)  # The time to its header, which the line is to tell.
        return response(b"x" * 1234)

    with Origin(answer) as origin:
        swivel = logged(balance, f"one@{origin}", log, "--workers", 1, engine=engine)
        began = time.time()
        with Client(swivel.address) as client:
            client.ask("POST", "/path?q=1", FIELDS, b"hello")
            client.ask("GET", "/second")
            port = client.connection.getsockname()[1]
        first, second = entries(log, 2)
        address = str(origin)
    assert [key for key in KEYS if key not in first] == []
    ended = time.time()
    assert began - 0.1 <= float(first["ts"]) <= ended + 0.1
    told = {key: first[key] for key in ("server", "server_addr", "client_ip", "method", "uri", "status", "referer")}
    assert told == {
        "server": "one", "server_addr": address, "client_ip": "127.0.0.1", "method": "POST", "uri": "/path?q=1",
        "status": 200, "referer": FIELDS[0][1],
    }
    assert (int(first["client_port"]), first["proto"], first["host"]) == (port, "HTTP/1.1", "example.com")
    assert first["bytes_out"] >= 1234 and first["retries"] == 0
    assert first["request_id"] == origin.seen[0].get("X-Request-ID") != second["request_id"]
    assert 0.19 <= first["t_header"] <= first["t_total"] + 0.001 <= ended - began + 0.1  # Seconds.
    assert 0 <= first["t_connect"] <= first["t_total"]
    assert (first["reused"], second["reused"]) == (False, True)


@pytest.mark.parametrize("form", [*FORMS, "json"])
def test_what_a_client_writes_cannot_break_a_line(balance, engine, log, form):
    """Quotes and backslashes are escaped; what else could break a line was refused before."""
    with Origin() as origin:
        swivel = logged(balance, origin, log, "--workers", 1, form=form, engine=engine)
        agent = 'a" 200 "b\\ \xff\t{"x":1}'
        assert ask(swivel.address, target='/a"b\\', fields=[("User-Agent", agent)]).status in (200, 400)
        assert ask(swivel.address, target="/next").status == 200
    wait_until(lambda: log.exists() and log.read_bytes().count(b"\n") == 2, 60, "two lines")
    data = log.read_bytes()
    assert not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", data), data
    first = data.split(b"\n")[0].decode()
    if form == "json":
        assert json.loads(first)["status"] in (200, 400)
    elif form in ("combined", "vcombined"):
        unescaped = re.findall(r'(?<!\\)"', first.replace("\\\\", ""))
        assert len(unescaped) == 6, first


REFUSALS = {
    "a bare LF": (b"GET / HTTP/1.1\nHost: a\r\n\r\n", 400),
    "no host": (b"GET / HTTP/1.1\r\n\r\n", 400),
    "both framings": (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
    "a coding": (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
    "a version": (b"GET / HTTP/3.0\r\nHost: a\r\n\r\n", 505),
    "a method": (b"CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n", 405),
    "a long line": (b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: a\r\n\r\n", 414),
    "a long field": (b"GET / HTTP/1.1\r\nHost: a\r\nX: " + b"a" * 9000 + b"\r\n\r\n", 431),
    "an expectation": (b"POST / HTTP/1.1\r\nHost: a\r\nExpect: x\r\nContent-Length: 1\r\n\r\nx", 417),
}


def test_an_answer_of_our_own_has_its_bytes_in_the_log(balance, engine, log):
    """As those of servers have: nginx counts its own error pages, too."""
    with refusing_address() as dead:
        flags = ["--route", "path=/gone -> return=410", "--route", "path=/none -> return=204"]
        swivel = logged(balance, dead, log, *flags, form="$status $body_bytes_sent $bytes_sent", engine=engine)
        with Client(swivel.address) as client:
            bodies = [client.ask(method, target).body for method, target in OWN]
    told = [tuple(map(int, line.split(" "))) for line in written(log, len(OWN))]
    assert [status for status, _, _ in told] == [410, 410, 204, 503]
    assert [body for _, body, _ in told] == [len(body) for body in bodies]
    # The head counts in the second figure alone.
    assert all(sent > body + 40 for _, body, sent in told)


OWN = [("GET", "/gone"), ("HEAD", "/gone"), ("GET", "/none"), ("GET", "/")]


def test_a_refused_request_is_told_by_its_first_line(balance, engine, log):
    with Origin() as origin:
        flags = ["--workers", 1, "--timeout-http-request", "300ms"]
        swivel = logged(balance, origin, log, *flags, engine=engine)
        # Nobody waits for the end of these heads but the timeout.
        for raw in (b"GET /late?q HTTP/1.1\r\nHost: a\r\n", b"GET /la"):
            with Client(swivel.address) as client:
                client.send(raw)
                assert client.read().status == 408
        for raw in REFUSALS.values():
            with Client(swivel.address) as client:
                client.send(raw[0])
                client.read()
        told = entries(log, len(REFUSALS) + 2)
    first, second, *refused = [(entry["method"], entry["uri"]) for entry in told]
    assert (first, second) == (("GET", "/late?q"), (None, None))
    unread = ("a version", "a method", "a long line")
    expected = [(None, None) if name in unread else (raw.split(b" ")[0].decode(), "/") for name, (raw, _) in REFUSALS.items()]
    assert refused == expected


def reason_of(entry):
    """The word for what went wrong."""
    return entry.get("reason") or ""


def test_every_refusal_has_its_line_with_the_reason(balance, engine, log):
    with Origin() as origin:
        swivel = logged(balance, origin, log, engine=engine)
        for raw, _ in REFUSALS.values():
            with Client(swivel.address) as client:
                client.send(raw)
                client.read()
                client.is_ended()
        told = entries(log, len(REFUSALS))
        swivel.stop()
    # Each was on a connection, and perhaps a shard, of its own: nobody promises an order.
    assert sorted(entry["status"] for entry in told) == sorted(status for _, status in REFUSALS.values())
    reasons = [reason_of(entry) for entry in told]
    assert all(reasons), told
    assert len(set(reasons)) == len(reasons), reasons
    # The same words are counted.
    (counted,) = swivel.stderr.find(r"^swivel: info: requests refused: (.+)$")
    assert sorted(counted[1].split(", ")) == sorted(f"{reason} 1" for reason in reasons)


def test_every_failure_has_its_line_with_the_cause(balance, engine, log):
    answers = {
        "/silent": lambda asked: (asked.connection.recv(1), END)[1],  # Until it is given up.
        "/end": lambda asked: END,
        "/odd": lambda asked: b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "/short": lambda asked: (lines("HTTP/1.1 200 OK", [("Content-Length", "9")]) + b"x", END),
    }
    with Origin(lambda asked: answers[asked.target](asked)) as origin:
        # A server that answers is given more time than any machine takes, the silent one what the test can wait.
        for count, target in enumerate(answers, 1):
            patience = "400ms" if target == "/silent" else "60s"
            swivel = logged(balance, origin, log, "--timeout-server", patience, "--retries", 0, engine=engine)
            with contextlib.suppress(Cut):
                ask(swivel.address, target=target)
            told = {entry["uri"]: entry for entry in entries(log, count)}
    assert {uri: entry["status"] for uri, entry in told.items()} == {
        "/silent": 504, "/end": 502, "/odd": 502, "/short": 200,
    }
    endings = {uri: entry["term"][:2] for uri, entry in told.items()}
    assert endings == {"/silent": "sH", "/end": "SH", "/odd": "PH", "/short": "SD"}
    assert all(reason_of(entry) for entry in told.values()), told


def test_a_server_that_refuses_is_told_by_the_ending(balance, engine, log):
    with refusing_address() as dead:
        swivel = logged(balance, dead, log, engine=engine)
        assert ask(swivel.address).status == 503
        (told,) = entries(log, 1)
    assert (told["status"], told["term"][:2]) == (503, "SC")


def test_a_plus_before_the_retries_means_that_another_server_was_tried(balance, engine, log):
    with refusing_address() as dead, Origin() as origin:
        swivel = logged(
            balance, [dead, origin], log, "--workers", 1, "--balance", "first", "--route", "path=/dead -> backend=dead",
            "--backend", "dead", "--server", dead, form="haproxy", engine=engine,
        )
        assert ask(swivel.address).status == 200
        assert ask(swivel.address, target="/dead").status == 503
    moved, lost = [re.fullmatch(HAPROXY + '.*', line)["counts"].rpartition("/")[2] for line in written(log, 2)]
    assert (moved, lost) == ("+1", "0")


def test_a_client_that_broke_off_is_told_by_the_ending(balance, engine, log):
    is_logged = threading.Event()
    with Origin(lambda asked: (is_logged.wait(60), response(b"x"))[1]) as origin:
        swivel = logged(balance, origin, log, engine=engine)
        client = Client(swivel.address)
        client.send(request())
        wait_until(lambda: origin.seen, 60, "the server is asked")
        reset(client.connection)
        (told,) = entries(log, 1)
        is_logged.set()
    assert told["term"].startswith("C")


def test_only_what_was_asked_for_is_written(balance, engine, log):
    def answer(asked):
        return response(b"x", "500 Broken" if asked.target == "/500" else "200 OK")

    with Origin(answer) as origin:
        swivel = logged(balance, origin, log, "--access-log-min-status", 400, engine=engine)
        for target in ("/", "/500", "/"):
            ask(swivel.address, target=target)
        swivel.stop()
    assert [entry["uri"] for entry in entries(log, 1)] == ["/500"]


def test_a_sample_is_about_as_large_as_wanted(balance, engine, log):
    with Origin() as origin:
        swivel = logged(balance, origin, log, "--access-log-sample", "0.25", engine=engine)
        with Client(swivel.address) as client:
            for _ in range(1000):
                client.ask()
        swivel.stop()
    assert 150 < log.read_bytes().count(b"\n") < 350


def test_lines_that_nobody_takes_are_dropped_and_counted(balance, engine, short_path):
    """A pipe that is full holds up neither an answer nor the end."""
    path = short_path / "log.pipe"
    os.mkfifo(path)
    holder = os.open(path, os.O_RDWR | os.O_NONBLOCK)
    with contextlib.suppress(BlockingIOError):
        while True:
            os.write(holder, bytes(4096))
    try:
        with Origin() as origin:
            swivel = logged(balance, origin, path, engine=engine)
            with Client(swivel.address) as client:
                assert all(client.ask().status == 200 for _ in range(300))
            swivel.stop()
    finally:
        os.close(holder)
    assert swivel.warnings == ["300 log lines dropped"]
