"""A page in Chromium, without a window: opened, and asked what its script would see.

Speaks the DevTools protocol over a WebSocket of its own; knows nothing of what the page is about.
"""

import json
import urllib.request

import pytest

from harness.addresses import Address
from harness.waiting import wait_until
from harness.websocket import WebSocketClient

FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
    "--remote-debugging-port=0",
]


class Page:
    def __init__(self, client):
        self._client = client
        self._number = 0

    def value(self, expression):
        """What the expression is in the page, as JSON has it."""
        self._number += 1
        order = {"id": self._number, "method": "Runtime.evaluate"}
        order["params"] = {"expression": expression, "returnByValue": True}
        self._client.text(json.dumps(order))
        while (message := self._client.message()) is not None:
            answer = json.loads(message[1])
            if answer.get("id") == self._number:
                assert "exceptionDetails" not in answer["result"], answer
                return answer["result"]["result"].get("value")
        raise AssertionError("the browser has gone")


@pytest.fixture
def browse(spawn, tmp_path):
    """Opens a page: `browse(url).value("document.title")`."""
    clients = []

    def browse(url):
        folder = tmp_path / "browser"
        spawn("chromium", *FLAGS, f"--user-data-dir={folder}", url)
        told = folder / "DevToolsActivePort"
        # The file is made before it is filled: two lines are the whole of it.
        wait_until(lambda: told.exists() and told.read_text().count("\n"), 90, "the browser listens")
        port = int(told.read_text().split()[0])

        def pages():
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=60) as answer:
                return [page for page in json.load(answer) if page["type"] == "page" and page["url"] == url]

        (page,) = wait_until(pages, 90, "the page is open")
        host, path = page["webSocketDebuggerUrl"].removeprefix("ws://").split("/", 1)
        clients.append(WebSocketClient(Address(host), f"/{path}", [("Host", host)], seconds=60))
        page = Page(clients[-1])
        # Before it there is an empty one, which is complete at once.
        loaded = f"location.href === {json.dumps(url)} && document.readyState === 'complete'"
        wait_until(lambda: page.value(loaded), 90, "the page is loaded")
        return page

    yield browse
    for client in clients:
        client.connection.close()
