"""Lines of the access log in a form of one's own, with nginx's variables: nginx itself says what they mean."""

import datetime
import json
import os
import re
import time

import pytest

from harness.addresses import address_of, refusing_address
from harness.fleets import listening_socket
from harness.http import Client, ask
from harness.messages import response
from harness.origin import END, Origin
from harness.software import needs
from harness.waiting import wait_until
from harness.websocket import WebSocketClient, WebSocketServer

NGINX = """
daemon off;
pid {folder}/nginx.pid;
error_log stderr;
events {{ worker_connections 64; }}
http {{
    log_format own '{template}';
    access_log {log} own;
    client_body_temp_path {folder}/a; proxy_temp_path {folder}/b; fastcgi_temp_path {folder}/c;
    uwsgi_temp_path {folder}/d; scgi_temp_path {folder}/e;
    server {{
        listen {address};
        location / {{ proxy_pass http://{origin}; proxy_http_version 1.1; proxy_set_header Host $http_host; }}
    }}
}}
"""
# What both must write alike.
SHARED = (
    "$remote_addr - $remote_user [$request] $request_method $request_uri <$args> <$query_string> $server_protocol"
    " $status $body_bytes_sent $upstream_status <$http_referer> <$http_user_agent> <$http_host> <$http_x_own> <$http_absent>"
    " $host $upstream_addr ${status}x"
)
REQUESTS = [
    ("GET", "/", ()),
    ("GET", "/a/b?c=d&e", (("User-Agent", "tester/1.0 (x)"), ("Referer", "http://a.example/"), ("X-Own", "mine"))),
    ("POST", "/post?", (("X-Own", "a b"),)),
    ("HEAD", "/head", ()),
    ("DELETE", "/missing", ()),
    ("GET", "/%7Euser/%41", (("User-Agent", 'quo"ted \\ back'),)),
]


@pytest.fixture
def log(tmp_path):
    return tmp_path / "access.log"


def written(log, count):
    """The `count` lines that must come; more fails."""
    wait_until(lambda: log.exists() and log.read_bytes().count(b"\n") >= count, 60, f"{count} lines in the log")
    told = log.read_text().splitlines()
    assert len(told) == count, told
    return told


def logged(balance, servers, log, template, *flags, **options):
    return balance(servers, "--access-logfile", log, "--access-log-format", template, "--workers", 1, *flags, **options)


def answer(asked):
    asked.finish()
    return response(asked.target.encode(), "404 Not Found" if asked.target == "/missing" else "200 OK")


def ask_all(address):
    for method, target, fields in REQUESTS:
        ask(address, method, target, fields, body=b"hello" if method == "POST" else None, host="Some.Example:81")


@needs("nginx")
def test_the_variables_mean_what_they_mean_in_nginx(balance, engine, spawn, log, tmp_path):
    theirs, file = tmp_path / "nginx.log", tmp_path / "nginx.conf"
    with Origin(answer) as origin, listening_socket() as listener:
        listener.setblocking(False)  # nginx believes that of what it inherits.
        address, number = address_of(listener), listener.fileno()
        file.write_text(NGINX.format(folder=tmp_path, template=SHARED, log=theirs, address=address, origin=origin))
        # It takes a socket that listens as its upgrade does, from the variable NGINX: nobody else can have the port.
        environment = {**os.environ, "NGINX": f"{number};"}
        spawn("nginx", "-c", file, "-e", "stderr", name="nginx", env=environment, pass_fds=(number,))
        swivel = logged(balance, origin, log, SHARED, engine=engine)
        ask_all(address)
        ask_all(swivel.address)
        ours, reference = written(log, len(REQUESTS)), written(theirs, len(REQUESTS))
    # nginx writes \x22 where we write \", and both are read back the same.
    assert [line.replace('\\"', "\\x22").replace("\\\\", "\\x5C") for line in ours] == reference


def test_times_and_sizes_are_true(balance, engine, log):
    def slow(asked):
        time.sleep(0.3)  # What the line is to tell.
        return response(b"x" * 1234)

    template = (
        "$msec|$time_iso8601|$time_local|$request_time|$upstream_connect_time|$upstream_header_time|$upstream_response_time"
        "|$bytes_sent|$request_length|$remote_port|$server_port|$pid"
    )
    with Origin(slow) as origin:
        swivel = logged(balance, origin, log, template, engine=engine)
        before = time.time()
        with Client(swivel.address) as client:
            client.ask("POST", "/", body=b"hello")
            port = client.connection.getsockname()[1]
        told = written(log, 1)[0].split("|")
        after = time.time()
    assert "-" not in told, "|".join(told)
    assert re.fullmatch(r"\d+\.\d{3}", told[0])
    ended = [
        float(told[0]), datetime.datetime.fromisoformat(told[1]).timestamp(),
        datetime.datetime.strptime(told[2], "%d/%b/%Y:%H:%M:%S %z").timestamp(),
    ]
    # Seconds are cut off, and clocks may be set right meanwhile.
    assert all(before - 2 < moment < after + 2 for moment in ended), (before, ended, after)
    total, connect, header, whole = map(float, told[3:7])
    # The line was there when we looked at the clock: it cannot tell of more than that.
    assert 0.29 < header <= whole + 0.002 <= total + 0.004 < after - before + 2 and 0 <= connect <= header + 0.002
    assert all(re.fullmatch(r"\d+\.\d{3}", part) for part in told[3:7])
    assert 1234 < int(told[7]) < 1600 and 50 < int(told[8]) < 200
    assert (int(told[9]), int(told[10]), int(told[11])) == (port, swivel.address.port, swivel.pid)


def test_what_swivel_alone_knows_has_its_names_too(balance, engine, log):
    with Origin() as origin, refusing_address() as dead:
        template = "$server_name $backend $server $retries $term $reason|$request_id"
        servers = [f"dead@{dead}", f"one@{origin}"]
        swivel = logged(balance, servers, log, template, "--balance", "first", bind=("edge@127.0.0.1:0",), engine=engine)
        ask(swivel.address)
        assert ask(swivel.address, fields=[("Content-Length", "x")]).status == 400
        first, second = written(log, 2)
    assert first.partition("|")[0] == "edge default one 1 -- -"
    assert first.partition("|")[2] == origin.seen[0].get("X-Request-ID")
    assert second.partition("|")[0].split(" ")[0] == "edge" and second.partition("|")[0].split(" ")[-1] != "-", second


def test_a_failure_is_told(balance, engine, log):
    with Origin(lambda asked: END) as origin:
        swivel = logged(balance, origin, log, "$status $term $upstream_status $upstream_addr", "--retries", 0, engine=engine)
        assert ask(swivel.address).status == 502
        assert written(log, 1)[0].startswith("502 SH ")


def test_text_of_ones_own_stands_as_it_is(balance, engine, log):
    with Origin() as origin:
        swivel = logged(balance, origin, log, "grüße $$ ${status}$status {$request_method} %h 100%", engine=engine)
        ask(swivel.address)
        assert written(log, 1) == ["grüße $ 200200 {GET} %h 100%"]


def test_a_line_of_json_can_be_made(balance, engine, log):
    """What a client writes is escaped so that it stays within its quotes."""
    template = '{"uri":"$request_uri","agent":"$http_user_agent","own":"$http_x_own","status":$status}'
    with Origin() as origin:
        swivel = logged(balance, origin, log, template, engine=engine)
        fields = [("User-Agent", 'a","status":999,"x":"'), ("X-Own", 'b\\')]
        assert ask(swivel.address, target='/%22,%22', fields=fields).status == 200
        (line,) = written(log, 1)
    # The form of escapes is nginx's; what matters is that nothing left its quotes.
    told = json.loads(re.sub(r"\\x([0-9A-Fa-f]{2})", r"\\u00\1", line))
    assert told == {"uri": "/%22,%22", "agent": fields[0][1], "own": fields[1][1], "status": 200}


def test_nothing_that_a_client_writes_breaks_a_line(balance, engine, log):
    with Origin() as origin:
        swivel = logged(balance, origin, log, "$request $http_user_agent $http_x_own $uri", engine=engine)
        ask(swivel.address, target="/a%0a%0d%00b", fields=[("User-Agent", "\xff\t\x80"), ("X-Own", "a\tb")])
        wait_until(lambda: log.exists() and log.read_bytes().endswith(b"\n"), 60, "a line")
    data = log.read_bytes()
    assert data.count(b"\n") == 1 and not re.search(rb"[\x00-\x09\x0b-\x1f\x7f]", data), data


def test_a_long_value_does_not_make_an_endless_line(balance, engine, log):
    with Origin() as origin:
        swivel = logged(balance, origin, log, "$http_x_own|$request_uri|end", engine=engine)
        ask(swivel.address, target="/" + "a" * 5000, fields=[("X-Own", "b" * 5000)])
        ask(swivel.address, target="/next")
        long, short = written(log, 2)
    assert long.endswith("|end") and len(long) < 12_000
    assert short == "-|/next|end"


def test_a_tunnel_has_its_line_when_it_ends(balance, engine, log):
    with WebSocketServer() as server:
        swivel = logged(balance, server, log, "$status $ws_close_code $ws_msgs_in $ws_msgs_out $request_time", engine=engine)
        began = time.monotonic()
        with WebSocketClient(swivel.address) as client:
            for _ in range(7):
                assert client.echoes(os.urandom(50))
            assert not log.exists() or not log.read_bytes()
            client.close(4000)
            assert client.closed() == 4000
            assert client.is_ended()
        status, code, messages_in, messages_out, seconds = written(log, 1)[0].split(" ")
    assert (status, code, messages_in, messages_out) == ("101", "4000", "7", "7")
    assert 0 <= float(seconds) < time.monotonic() - began + 1


def test_json_tells_of_tunnels_too(balance, engine, log):
    with WebSocketServer() as server:
        swivel = logged(balance, server, log, "json", engine=engine)
        with WebSocketClient(swivel.address, "/chat") as client:
            assert client.echoes(b"x" * 100)
            client.close(1000)
            assert client.closed() == 1000
            assert client.is_ended()
        (told,) = map(json.loads, written(log, 1))
    assert {key: told[key] for key in ("status", "uri", "ws_close_code", "ws_msgs_in", "ws_msgs_out")} == {
        "status": 101, "uri": "/chat", "ws_close_code": 1000, "ws_msgs_in": 1, "ws_msgs_out": 1,
    }
    assert told["bytes_in"] >= 106 and told["bytes_out"] >= 102


@pytest.mark.parametrize("template", ["$", "$remote_adr", "$unknown", "${status", "$ status", "a\nb $status", "${}"])
def test_a_template_that_cannot_be_is_refused(run_swivel, template, tmp_path):
    flags = ["--mode", "http", "--bind", "127.0.0.1:0", "--server", "127.0.0.1:9", "--access-logfile", tmp_path / "log"]
    outcome = run_swivel("-t", *flags, "--access-log-format", template)
    assert outcome.returncode == 64 and "--access-log-format" in outcome.stderr, outcome.stderr
    if template == "$remote_adr":
        assert "$remote_addr" in outcome.stderr


def test_only_eight_fields_can_be_asked_for(run_swivel, tmp_path):
    flags = ["--mode", "http", "--bind", "127.0.0.1:0", "--server", "127.0.0.1:9", "--access-logfile", tmp_path / "log"]
    for count, status in ((8, 0), (9, 64)):
        template = " ".join(f"$http_x_{index}" for index in range(count))
        assert run_swivel("-t", *flags, "--access-log-format", template).returncode == status
