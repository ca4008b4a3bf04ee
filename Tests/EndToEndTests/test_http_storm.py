"""Clients and servers that do everything at once, from a seed: each answer belongs to its request, whole or visibly cut.

What a request asks of the server stands in its target: `/ID/WAY/SIZE`. The answer names the ID and what it got.
"""

import collections
import contextlib
import hashlib
import random
import socket
import threading
import time

import pytest

from harness.clients import in_parallel, random_bytes, reset
from harness.http import Client, ask
from harness.messages import Cut, Malformed, chunked, lines, request
from harness.origin import END, RESET, Origin

CLIENTS = 16
EXCHANGES = 60
SIZES = (0, 1, 100, 4096, 16_383, 16_384, 65_535, 65_537, 200_000)
WHOLE = ("length", "chunked", "pieces", "close", "old", "hints", "early")
BROKEN = ("cut", "reset", "nothing")
BLOCK = random_bytes(7, 1 << 16)


def content(identity, size):
    """Begins with its own id, so that one answer never passes for another."""
    return (f"{identity}:".encode() + BLOCK * (size // len(BLOCK) + 1))[:size]


class Weather:
    """The servers: what each request asks for, and how often each was received."""

    def __init__(self):
        self.received = collections.Counter()

    def __call__(self, asked):
        _, identity, way, size = asked.target.split("/")
        self.received[identity] += 1
        body = content(identity, int(size))
        if way == "nothing":
            return END
        if way == "hints":
            asked.connection.sendall(lines("HTTP/1.1 103 Early Hints", [("Link", "</a>")]))
        digest = "-" if way == "early" else hashlib.sha256(asked.body).hexdigest()
        told = [("X-Id", identity), ("X-Digest", digest)]
        length = ("Content-Length", len(body))
        if asked.method == "HEAD":
            return lines("HTTP/1.1 200 OK", [*told, length])
        if way in ("chunked", "pieces"):
            cuts = [body[start : start + 5000] for start in range(0, len(body), 5000)] if way == "pieces" else [body]
            return lines("HTTP/1.1 200 OK", [*told, ("Transfer-Encoding", "chunked")]), *(
                b"%x\r\n%b\r\n" % (len(part), part) for part in cuts if part
            ), lines("0")
        if way == "close":
            return lines("HTTP/1.1 200 OK", told) + body, END
        if way == "old":
            return lines("HTTP/1.0 200 OK", [*told, length]) + body, END
        if way in ("cut", "reset"):
            told.append(("Content-Length", len(body) + 1))
            return lines("HTTP/1.1 200 OK", told) + body, END if way == "cut" else RESET
        return lines("HTTP/1.1 200 OK", [*told, length]) + body


class Asked:
    """One request, as a client makes it."""

    def __init__(self, chance, identity):
        self.identity = identity
        self.method = chance.choice(["GET", "GET", "POST", "PUT", "HEAD"])
        self.way = chance.choice(WHOLE * 3 + BROKEN)
        self.size = chance.choice(SIZES)
        self.body = random_bytes(chance.random(), chance.choice(SIZES)) if self.method in ("POST", "PUT") else None
        target = f"/{identity}/{self.way}/{self.size}"
        if self.body is not None and chance.random() < 0.5:
            parts = [self.body[start : start + 9000] for start in range(0, len(self.body), 9000)]
            self.bytes = request(self.method, target, [("Transfer-Encoding", "chunked")]) + chunked(*parts)
        else:
            self.bytes = request(self.method, target, body=self.body)

    def check(self, answer):
        answer.finish()
        if self.way in BROKEN:
            # A reset may overtake the head: then a bad gateway says so.
            assert answer.status == 502 or (self.method == "HEAD" and self.way != "nothing"), (self.way, answer)
            return
        assert answer.status == 200, (self.way, answer, answer.body[:100])
        assert answer.get("X-Id") == self.identity
        if self.way != "early":
            assert answer.get("X-Digest") == hashlib.sha256(self.body or b"").hexdigest()
        assert answer.body == (b"" if self.method == "HEAD" else content(self.identity, self.size)), self.way


def exchange(client, chance, batch):
    """Sends the requests of a batch behind one another and takes the answers; False where the connection ended."""
    sender = threading.Thread(target=send, args=(client, chance, b"".join(asked.bytes for asked in batch)), daemon=True)
    sender.start()
    is_whole = False
    try:
        for asked in batch:
            try:
                answer = client.head(asked.method)
                if chance.random() < 0.05:
                    time.sleep(0.05)  # A reader that is slow now and then.
                asked.check(answer)
            except Cut:
                # What follows a cut answer on its connection was never answered.
                assert asked.way in BROKEN, (asked.way, asked.method, len(asked.body or b""), asked.size)
                return False
            if "close" in answer.options() or answer.framing == "close":
                return False
        is_whole = True
    finally:
        if not is_whole:  # Nobody reads what is still sent.
            with contextlib.suppress(OSError):
                client.connection.shutdown(socket.SHUT_RDWR)
        sender.join(60)
        assert not sender.is_alive()
    return True


def send(client, chance, data):
    with contextlib.suppress(OSError):
        while data:
            count = chance.choice([1, 1000, 60_000, len(data)])
            client.send(data[:count])
            data = data[count:]


def run(address, seed, index):
    chance = random.Random(f"{seed} {index}")
    client = None
    try:
        for number in range(EXCHANGES):
            client = client or Client(address)
            batch = [Asked(chance, f"{index}-{number}-{place}") for place in range(chance.choice([1, 1, 1, 3]))]
            if chance.random() < 0.05:  # One that leaves in the midst of it.
                with contextlib.suppress(OSError):
                    client.send(batch[0].bytes[: chance.randrange(len(batch[0].bytes))])
                reset(client.connection)
                client = None
            elif not exchange(client, random.Random(chance.random()), batch):
                client.connection.close()
                client = None
    finally:
        if client:
            client.connection.close()


def storm(balance, engine, seed, *flags):
    weather = Weather()
    with contextlib.ExitStack() as stack:
        origins = [stack.enter_context(Origin(weather)) for _ in range(3)]
        swivel = balance(origins, "--retries", 0, "--timeout-http-request", "60s", *flags, engine=engine)
        in_parallel(CLIENTS, lambda index: run(swivel.address, seed, index))
        assert ask(swivel.address, target="/last/length/5").body == b"last:"
        for origin in origins:
            assert origin.violations == []
    assert set(weather.received.values()) == {1}, [key for key, count in weather.received.items() if count > 1]


FLAGS = {
    "plain": ["--reuse", "always"],
    "buffered": ["--request-buffering", "64k", "--response-buffering", "64k"],
    "copied": ["--splice", "off", "--workers", 1],
}


@pytest.mark.deadline(400)
@pytest.mark.parametrize("flags", FLAGS)
@pytest.mark.parametrize("seed", [1, 2])
def test_each_answer_belongs_to_its_request(balance, engine, flags, seed):
    storm(balance, engine, seed, *FLAGS[flags])


@pytest.mark.soak
@pytest.mark.deadline(1200)
@pytest.mark.parametrize("flags", FLAGS)
def test_each_answer_belongs_to_its_request_for_many_seeds(balance, engine, flags):
    for seed in range(100, 140):
        try:
            storm(balance, engine, seed, *FLAGS[flags])
        except (AssertionError, Malformed) as failure:
            raise AssertionError(f"seed {seed}") from failure
