"""Swivel in http mode, and a client that reads strictly."""

import contextlib
import hashlib

import pytest

from harness.addresses import CONNECT_SECONDS
from harness.clients import is_readable, random_bytes
from harness.messages import Cut, Stream, read_response, request
from harness.swivel import Swivel

GRACEFUL_TIMEOUT = "5s"


class Client:
    """One connection, asked one request after another."""

    def __init__(self, address, **options):
        self.connection = address.connect(**options)
        self.stream = Stream(self.connection)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()

    def send(self, data):
        self.connection.sendall(data)

    def head(self, method="GET"):
        """The next response, its body unread."""
        return read_response(self.stream, method)

    def read(self, method="GET"):
        """The next response, whole."""
        answer = self.head(method)
        answer.finish()
        return answer

    def ask(self, method="GET", target="/", fields=(), body=None, **options):
        self.send(request(method, target, fields, body, **options))
        return self.read(method)

    def is_ended(self, seconds=60):
        """Whether the peer ends, or resets, without another byte."""
        patience = self.connection.gettimeout()
        self.connection.settimeout(seconds)
        try:
            return self.stream.is_at_end()
        except Cut:
            return True
        except TimeoutError:
            return False
        finally:
            self.connection.settimeout(patience)

    def is_silent(self, seconds=0.3):
        """Whether neither a byte nor an end comes."""
        return not self.stream.buffer and not is_readable(self.connection, seconds)


def ask(address, method="GET", target="/", fields=(), body=None, seconds=CONNECT_SECONDS, **options):
    """One request on a connection of its own."""
    with Client(address, seconds=seconds) as client:
        return client.ask(method, target, fields, body, **options)


def assert_cut(client):
    """Rather than with `pytest.raises`, whose failure is no Exception and would not be tried again."""
    try:
        answer = client.ask()
    except Cut:
        return
    raise AssertionError(f"not cut: {answer}")


def start_http(
    path, processes, servers, flags, *, engine=None, bind=("127.0.0.1:0",), graceful_timeout=GRACEFUL_TIMEOUT,
    ends_clean=True, wait=True,
):
    argv = [path, "--mode", "http", "--graceful-timeout", graceful_timeout]
    argv += ["--engine", engine] if engine else []
    argv += [part for address in bind for part in ("--bind", address)]
    argv += [part for server in servers for part in ("--server", server)]
    swivel = Swivel([*argv, *map(str, flags)], ends_clean=ends_clean)
    processes.append(swivel)
    return swivel.wait_ready() if wait else swivel


@pytest.fixture
def balance(swivel_path, processes):
    """Starts Swivel in http mode in front of servers: `balance(origin, "--retries", 0, engine=engine)`."""

    def balance(servers, *flags, **options):
        servers = servers if isinstance(servers, (list, tuple)) else [servers]
        return start_http(swivel_path, processes, servers, flags, **options)

    return balance


def assert_refusal(answer, status):
    """Swivel's own answer: one line of plain text that gives the reason, and the end of the connection."""
    assert answer.status == status, (answer, answer.body)
    assert (answer.get("Content-Type") or "").startswith("text/plain"), answer
    assert answer.options() == {"close"}, answer
    assert answer.framing == len(answer.body), answer
    text = answer.body.decode("ascii")
    assert text.strip() and text.endswith("\n") and text.count("\n") == 1, text


def payload(seed, count):
    """Bytes that repeat every 64 KiB with their place in front, and their digest: cheap to make, whatever the size."""
    block = random_bytes(seed, (1 << 16) - 8)
    whole = b"".join(index.to_bytes(8, "big") + block for index in range(-(-count // (1 << 16))))[:count]
    return whole, (count, hashlib.sha256(whole).hexdigest())


@contextlib.contextmanager
def clients(address, count):
    with contextlib.ExitStack() as stack:
        yield [stack.enter_context(Client(address)) for _ in range(count)]
