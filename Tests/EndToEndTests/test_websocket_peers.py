"""Other people's WebSockets at both ends: Python's `websockets`, gevent-websocket and uvicorn under gunicorn, Chromium.

Every byte is compared. The test run has 1,000 clients in frame mode and 250 in opaque; `make soak` has 1,000 in both,
and many more messages.
"""

import itertools
import json
import subprocess

import pytest

from harness.crowd import Crowd
from harness.messages import response
from harness.origin import Origin
from harness.process import PROGRAMS
from harness.software import IO_URING_REFUSAL, needs
from harness.waiting import wait_until

CLIENTS = {"frame": 1000, "opaque": 250}
EDGES = "1 2 125 126 127 4096 65535 65536 65537"
RANDOM_TURNS, RANDOM_TURNS_SOAK = 1, 30
LARGE, LARGE_CLIENTS = 16 << 20, 8


@pytest.fixture
def websockets(spawn_python):
    """Starts the echo by `websockets`, in a process of its own, and returns its address."""

    def websockets():
        server = spawn_python("ws_server.py")
        return server.stdout.wait_for(r"listening on (\S+)", 60)[1]

    return websockets


@pytest.fixture
def crowd(spawn_python):
    def crowd(address, path="echo", *options):
        return Crowd(spawn_python("ws_crowd.py", f"ws://{address}/{path}", *options, stdin=subprocess.PIPE))

    return crowd


def exchange(swivel, crowd, count, turns, seconds):
    clients = crowd(swivel.address)
    clients.order(f"open {count}", seconds)
    clients.order(f"sizes {EDGES if count <= 250 else '1 126'}", seconds)
    told = clients.order(f"random {turns}", seconds)
    # A thousand dice: so many bytes that the sizes were spread as they should be.
    assert told["bytes"] > 30_000 * count * turns
    assert clients.order("close", seconds)["codes"] == [1000]


@pytest.mark.deadline(300)
@pytest.mark.parametrize("mode", CLIENTS)
def test_a_crowd_gets_every_byte_back(balance, websockets, crowd, engine, mode):
    swivel = balance([websockets()], "--ws-mode", mode, engine=engine)
    exchange(swivel, crowd, CLIENTS[mode], RANDOM_TURNS, 200)


@pytest.mark.soak
@pytest.mark.deadline(900)
@pytest.mark.parametrize("mode", CLIENTS)
def test_a_crowd_gets_every_byte_back_for_long(balance, websockets, crowd, engine, mode):
    pings = ["--ws-ping-interval", "500ms"] if mode == "frame" else []
    swivel = balance([websockets(), websockets()], "--ws-mode", mode, *pings, engine=engine)
    exchange(swivel, crowd, 1000, RANDOM_TURNS_SOAK, 800)


@pytest.mark.deadline(300)
@pytest.mark.parametrize("mode", CLIENTS)
def test_messages_of_16_mib_pass(balance, websockets, crowd, engine, mode):
    swivel = balance(websockets(), "--ws-mode", mode, engine=engine)
    clients = crowd(swivel.address)
    clients.order(f"open {LARGE_CLIENTS}", 60)
    assert clients.order(f"sizes {LARGE}", 120)["bytes"] == LARGE * LARGE_CLIENTS
    assert clients.order("close", 60)["codes"] == [1000]


@pytest.mark.deadline(300)
@pytest.mark.parametrize("mode", CLIENTS)
def test_compression_is_agreed_on_end_to_end(balance, websockets, crowd, engine, mode):
    """permessage-deflate (RFC 7692): whoever decompresses what another compressed has every byte of it."""
    pings = ["--ws-ping-interval", "100ms"] if mode == "frame" else []
    swivel = balance(websockets(), "--ws-mode", mode, *pings, engine=engine)
    clients = crowd(swivel.address, "echo", "deflate", "protocols=chat.v2,chat.v1")
    opened = clients.order("open 20", 60)
    assert opened["protocol"] == "chat.v2"
    assert len(opened["extensions"]) == 1 and "PerMessageDeflate" in opened["extensions"][0], opened
    clients.order(f"sizes {EDGES} 300000", 60)
    assert clients.order("close", 60)["codes"] == [1000]


GUNICORN = {
    "gevent-websocket": ("geventwebsocket.gunicorn.workers.GeventWebSocketWorker", "ws_gevent:application"),
    "uvicorn": ("uvicorn_worker.UvicornWorker", "ws_asgi:application"),
}


def both_modes(servers):
    """Flags that put the same servers behind /frame and behind /opaque."""
    flags = []
    for mode in CLIENTS:
        flags += ["--backend", mode, *(part for server in servers for part in ("--server", server)), "--ws-mode", mode]
        flags += ["--ws-ping-interval", "100ms"] if mode == "frame" else []
    return [*flags, *(part for mode in CLIENTS for part in ("--route", f"path=/{mode} -> backend={mode}"))]


@pytest.mark.deadline(300)
@pytest.mark.parametrize("name", GUNICORN)
def test_workers_of_gunicorn_serve_websockets(balance, fleets, crowd, name):
    """Of both engines in one test: they take their time to start."""
    worker, application = GUNICORN[name]
    servers = [fleets.gunicorn(worker, application=application, workers=1) for _ in range(2)]
    engines = ["epoll"] if IO_URING_REFUSAL else ["io_uring", "epoll"]
    balancers = [balance([], *both_modes(servers), engine=engine) for engine in engines]
    for swivel, mode in itertools.product(balancers, CLIENTS):
        clients = crowd(swivel.address, mode, *(["deflate", "protocols=a,b"] if name == "uvicorn" else []))
        opened = clients.order("open 4", 60)
        assert opened["protocol"] == ("a" if name == "uvicorn" else None)
        clients.order(f"sizes {EDGES} 1048576", 60)
        # gevent-websocket answers a close without its code.
        assert clients.order("close", 60)["codes"] == [1000 if name == "uvicorn" else 1005]


CHROMIUM = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions"]


@needs("chromium")
@pytest.mark.deadline(300)
def test_a_browser_speaks_through_it(balance, websockets, spawn, engine, tmp_path):
    """The page comes through Swivel, the WebSockets that it opens too, and so do the results that it posts."""
    results = {}

    def answer(asked):
        if asked.target.startswith("/result/"):
            results[asked.target.removeprefix("/result/")] = json.loads(asked.body)
            return response(b"")
        if asked.target != "/":
            return response(b"", "404 Not Found")
        return response((PROGRAMS / "ws_page.html").read_bytes(), fields=[("Content-Type", "text/html")])

    with Origin(answer) as origin:
        swivel = balance(origin, *both_modes([websockets()]), engine=engine)
        browser = spawn("chromium", *CHROMIUM, f"--user-data-dir={tmp_path}", f"http://{swivel.address}/")
        wait_until(lambda: len(results) == len(CLIENTS) or not browser.is_running, 200, "the page tells its results")
        browser.end()
    assert results.keys() == CLIENTS.keys(), browser.stderr.text
    for result in results.values():
        assert result["faults"] == []
        assert (result["messages"], result["protocol"], result["code"], result["wasClean"]) == (8, "chat.v2", 4321, True)
        assert "permessage-deflate" in result["extensions"]
