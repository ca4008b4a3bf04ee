"""Real fleets behind Swivel: gunicorn whose workers are replaced all the time, Flask, Twisted.web, uvicorn, nginx.

What clients see is counted: a GET that fails is Swivel's fault, and a POST that a server carried out twice is too.
"""

import collections
import json
import re
import sys

import pytest

from harness.http import ask, payload
from harness.process import PROGRAMS
from harness.software import needs

WORKERS = ["sync", "gthread", "gevent"]
PROFILES = {"sync": "gunicorn-sync", "gthread": "gunicorn-thread", "gevent": "generic"}
THREADS = 8
GETS, POSTS = 6000, 600
SERVERS = ["gunicorn", "flask", "twisted", "uvicorn", "nginx"]


def three(fleets, worker):
    flags = ["--threads", 4] if worker == "gthread" else []
    return [fleets.gunicorn(worker, *flags, max_requests=100) for _ in range(3)]


def asked(spawn, swivel, count, method, prefix, seconds, threads=THREADS):
    """What came of so many requests: a count for each outcome."""
    where = [swivel.address.host, swivel.address.port]
    arguments = [*where, threads, count, method, prefix]
    asker = spawn(sys.executable, "-B", PROGRAMS / "asker.py", *arguments, name=f"asker {method}")
    assert asker.wait(seconds) == 0, asker.stderr.text
    return json.loads(asker.stdout.all[-1])


def assert_carried_out_once(fleets, outcomes, count):
    """Whoever was told that it was done: it was. Nobody's was done twice; few were not done, or not told of."""
    recorded = collections.Counter(fleets.recorded())
    assert [identity for identity, times in recorded.items() if times > 1] == []
    right = outcomes.get("right", 0)
    assert right <= len(recorded) <= count
    # A server that ends in the instant of a POST makes it a 502: no balancer may ask again. One end may meet every thread.
    assert right >= 0.99 * count - THREADS, outcomes
    assert all(outcome.startswith("502") for outcome in outcomes if outcome != "right"), outcomes
    print("POSTs:", outcomes)


def run_fleet(balance, fleets, spawn, engine, worker, gets, posts, seconds):
    swivel = balance(three(fleets, worker), "--backend-profile", PROFILES[worker], engine=engine)
    assert asked(spawn, swivel, gets, "GET", "get", seconds) == {"right": gets}
    assert_carried_out_once(fleets, asked(spawn, swivel, posts, "POST", "post", seconds), posts)


@pytest.mark.deadline(400)
@pytest.mark.parametrize("worker", WORKERS)
def test_no_get_fails_while_workers_are_replaced(balance, fleets, spawn, engine, worker):
    run_fleet(balance, fleets, spawn, engine, worker, GETS // 2, POSTS // 2, 180)


@pytest.mark.soak
@pytest.mark.deadline(1800)
@pytest.mark.parametrize("worker", WORKERS)
def test_none_of_a_hundred_thousand_gets_fails(balance, fleets, spawn, engine, worker):
    run_fleet(balance, fleets, spawn, engine, worker, 100_000, 10_000, 1700)


@pytest.mark.deadline(300)
def test_no_get_fails_at_gunicorn_threads_without_a_profile(balance, fleets, spawn):
    """Keep-alive of 2 s at the servers, and nobody told Swivel: what it learns, and asks again, is enough."""
    swivel = balance(three(fleets, "gthread"))
    assert asked(spawn, swivel, GETS // 2, "GET", "get", 140) == {"right": GETS // 2}
    assert_carried_out_once(fleets, asked(spawn, swivel, POSTS // 2, "POST", "post", 140), POSTS // 2)


PAGE = payload(1, 300_000)[0]


@pytest.fixture
def served(fleets, request):
    """The address of one of SERVERS, by its name."""
    starts = {
        "gunicorn": lambda: fleets.gunicorn("gthread", "--threads", 4, workers=2),
        "flask": lambda: fleets.gunicorn("sync", workers=2, application="wsgi:flask"),
        "twisted": fleets.twisted,
        "uvicorn": fleets.uvicorn,
        "nginx": lambda: fleets.nginx({"page": PAGE}),
    }
    return starts[request.param]()


@pytest.mark.deadline(300)
@pytest.mark.parametrize("served", SERVERS, indirect=True)
def test_requests_of_each_kind_are_answered(balance, fleets, engine, served, request):
    name = request.node.callspec.params["served"]
    swivel = balance(served, engine=engine)
    if name == "nginx":
        for _ in range(3):
            assert ask(swivel.address, target="/page").body == PAGE
        assert ask(swivel.address, "HEAD", "/page").get("Content-Length") == str(len(PAGE))
        assert ask(swivel.address, target="/nowhere").status == 404
        return
    for count in (0, 1, 4096, 65_536, 1_000_000):
        assert len(ask(swivel.address, target=f"/bytes/{count}").body) == count
    streamed = ask(swivel.address, target="/stream/1000")
    assert streamed.body == b"".join(b"%08d" % index for index in range(1000))
    assert ask(swivel.address, target="/stream/10", version="HTTP/1.0").body == streamed.body[:80]
    body, digest = payload(2, 3_000_000)
    assert json.loads(ask(swivel.address, "POST", "/upload", body=body).body) == list(digest)
    assert ask(swivel.address, target="/nowhere").status == 404


@pytest.mark.deadline(300)
@pytest.mark.parametrize("served", SERVERS, indirect=True)
def test_requests_of_a_crowd_are_answered(balance, spawn, served, request):
    swivel = balance(served)
    if request.node.callspec.params["served"] == "nginx":
        outcomes = asked(spawn, swivel, 2000, "GET", "get", 240, threads=16)
        assert sum(outcomes.values()) == 2000
        assert all(outcome.startswith("200: '/id/get-") for outcome in outcomes), outcomes
    else:
        assert asked(spawn, swivel, 1000, "GET", "get", 240, threads=16) == {"right": 1000}


@pytest.mark.deadline(300)
@needs("wrk")
def test_wrk_sees_no_error(balance, fleets, spawn, engine):
    swivel = balance(fleets.nginx({"page": PAGE[:10_000]}), engine=engine)
    wrk = spawn("wrk", "-t", 2, "-c", 50, "-d", "4s", "--timeout", "60s", f"http://{swivel.address}/page")
    assert wrk.wait(180) == 0, wrk.stderr.text
    report = wrk.stdout.text
    assert int(re.search(r"(\d+) requests in", report)[1]) > 100
    assert "Socket errors" not in report and "Non-2xx" not in report, report


@pytest.mark.deadline(300)
@needs("ab")
@pytest.mark.parametrize("flags", [["-k"], []], ids=["keep-alive", "close"])
def test_ab_sees_no_error(balance, fleets, spawn, engine, flags):
    """ab speaks HTTP/1.0, and may ask to keep the connection."""
    swivel = balance(fleets.gunicorn("gthread", "--threads", 4, workers=2), engine=engine)
    ab = spawn("ab", "-q", "-s", 60, "-n", 1000, "-c", 20, *flags, f"http://{swivel.address}/bytes/1000")
    assert ab.wait(240) == 0, ab.stderr.text + ab.stdout.text
    told = dict(re.findall(r"^([A-Z][\w -]+):\s+(\d+)", ab.stdout.text, re.MULTILINE))
    assert (told["Complete requests"], told["Failed requests"]) == ("1000", "0"), ab.stdout.text
    assert "Non-2xx responses" not in told
    if flags:
        assert int(told["Keep-Alive requests"]) > 900, ab.stdout.text


@pytest.mark.deadline(300)
@needs("curl")
def test_curl_goes_through_in_each_of_its_ways(balance, fleets, spawn, engine, tmp_path):
    swivel = balance(fleets.gunicorn("gthread", "--threads", 4, workers=2), engine=engine)
    body, digest = payload(3, 5_000_000)
    (tmp_path / "body").write_bytes(body)

    def curl(target, *flags):
        process = spawn("curl", "-sS", "--fail", "--max-time", 90, *flags, f"http://{swivel.address}{target}")
        assert process.wait(100) == 0, process.stderr.text
        return process.stdout.text

    uploads = {
        "length": ["--data-binary", f"@{tmp_path / 'body'}"],
        "chunked": ["--data-binary", f"@{tmp_path / 'body'}", "-H", "Transfer-Encoding: chunked"],
        "expect": ["-T", tmp_path / "body", "-X", "POST", "-H", "Expect: 100-continue"],
        "1.0": ["--http1.0", "--data-binary", f"@{tmp_path / 'body'}"],
    }
    for flags in uploads.values():
        assert json.loads(curl("/upload", *flags)) == list(digest)
    assert len(curl("/stream/100")) == len(curl("/stream/100", "--http1.0")) == 800
    assert "200 OK" in curl("/bytes/10", "-I")
    assert json.loads(curl("/echo", "-H", "X-One: two"))["HTTP_X_ONE"] == "two"
    # The second request goes over the first one's connection.
    flags = ["-o", tmp_path / "a", "-o", tmp_path / "b", "-w", "%{num_connects} "]
    assert curl("/id/b", *flags, f"http://{swivel.address}/id/a").split() == ["1", "0"]


@pytest.mark.deadline(300)
def test_h11_agrees_with_every_byte(balance, fleets, engine):
    h11 = pytest.importorskip("h11", reason="h11 is not installed: it is a client of its own")
    swivel = balance(fleets.gunicorn("gthread", "--threads", 4, workers=2), engine=engine)
    connection = h11.Connection(our_role=h11.CLIENT)
    targets = ["/bytes/0", "/bytes/70000", "/stream/50", "/status/204", "/status/304", "/id/x", "/early"]
    with swivel.connect() as client:
        for target in targets:
            client.sendall(connection.send(h11.Request(method="GET", target=target, headers=[("Host", "h11.example")])))
            client.sendall(connection.send(h11.EndOfMessage()))
            events = []
            while not events or not isinstance(events[-1], h11.EndOfMessage):
                if (event := connection.next_event()) is h11.NEED_DATA:
                    connection.receive_data(client.recv(1 << 16))
                else:
                    events.append(event)
            assert isinstance(events[0], h11.Response), events
            assert (connection.our_state, connection.their_state) == (h11.DONE, h11.DONE), target
            connection.start_next_cycle()
