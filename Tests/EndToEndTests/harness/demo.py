"""`swivel demo` as tests start it, and the requests that it takes."""

import contextlib
import http.client

import pytest

from harness.addresses import Address

CURL_LINE = r"curl \S*?(?:http://)?(127\.0\.0\.1:\d+)"
NAMES = ["a", "b", "c"]


@pytest.fixture
def start_demo(spawn, swivel_path):
    def start_demo(*flags):
        process = spawn(swivel_path, "demo", "--bind", "127.0.0.1:0", *flags, name="demo")
        process.address = Address(process.stdout.wait_for(CURL_LINE, 60)[1])
        found = process.stdout.find(r"server (\w)  (127\.0\.0\.1:\d+)")
        process.servers = {match[1]: Address(match[2]) for match in found}
        return process

    return start_demo


@pytest.fixture
def demo(start_demo):
    return start_demo()


@contextlib.contextmanager
def client_of(address):
    client = http.client.HTTPConnection(address.host, address.port, timeout=60)
    try:
        yield client
    finally:
        client.close()


def ask(address, path="/", method="GET", fields=None):
    """The status, the text, and the answer itself, by a connection of its own."""
    with client_of(address) as client:
        client.request(method, path, headers=fields or {})
        answer = client.getresponse()
        return answer.status, answer.read().decode(), answer


def order(demo, verb, name):
    status, text, _ = ask(demo.address, f"/{verb}?server={name}", "POST")
    return status, text
