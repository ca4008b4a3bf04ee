"""The same test for HTTP: wrong answers, wrong requests, and time that a slow answer takes from those
that wait behind it."""

import functools
import time

from .load_check import (
    Case, as_it_came, closed, end_doubled, in_single_bytes, last_byte_lost, never_closed,
    one_bit_flipped,
)

LATE_SECONDS = 0.5
# Requests a second over both connections; half of them wait behind the late answer.
OPEN_LOOP = ("--open-loop", "200", "--warmup", "0")


def body_bit_flipped(piece: bytes) -> bytes:
    return piece[:-1] + bytes([piece[-1] ^ 1])


def other_status(piece: bytes) -> bytes:
    return piece.replace(b"200 OK", b"503 No", 1)


def other_length(piece: bytes) -> bytes:
    return piece.replace(b"Content-Length: 1", b"Content-Length: 2", 1)


def no_length(piece: bytes) -> bytes:
    return piece.replace(b"Content-Length", b"Content-Langth", 1)


def chunked(piece: bytes) -> bytes:
    return piece.replace(b"Server: swivel-load", b"Transfer-Encoding: chunked", 1)


def other_version(piece: bytes) -> bytes:
    return piece.replace(b"HTTP/1.1", b"HTTP/1.0", 1)


def other_target(piece: bytes) -> bytes:
    """One digit of the seed: the server answers a request that nobody made."""
    place = piece.index(b" HTTP/1.1") - 1
    return piece[:place] + (b"1" if piece[place:place + 1] == b"0" else b"0") + piece[place + 1:]


def other_host(piece: bytes) -> bytes:
    place = piece.index(b".example") - 1
    return piece[:place] + (b"1" if piece[place:place + 1] == b"0" else b"0") + piece[place + 1:]


def doubled(piece: bytes) -> bytes:
    return piece * 2


def late(piece: bytes) -> bytes:
    time.sleep(LATE_SECONDS)  # The lateness that the load has to see.
    return piece


def shows_the_wait(line: dict) -> bool:
    """One answer in a hundred is late; whoever counts from when a request was sent sees no other slow
    one. From when each was due, those behind it are slow too: more than one in a hundred."""
    latency = line["latency_us"]
    return latency["p99"] > LATE_SECONDS * 0.8e6 and latency["p50"] < LATE_SECONDS * 0.2e6


http = functools.partial(Case, "http")
POST = ("--body", "10240")
HOSTS = ("--hosts", "1000")

HTTP_CASES = [
    http(as_it_came, set()),
    http(as_it_came, set(), POST),
    http(as_it_came, set(), ("--answer", "1048576")),
    http(as_it_came, set(), ("--close",)),
    http(as_it_came, set(), ("--idle", "100")),
    http(as_it_came, set(), HOSTS),
    http(in_single_bytes, set()),
    http(in_single_bytes, set(), POST),
    http(one_bit_flipped, {"mismatch"}),
    http(body_bit_flipped, {"mismatch"}),
    http(body_bit_flipped, {"mismatch"}, ("--answer", "1048576")),
    http(last_byte_lost, {"stalled"}),
    http(last_byte_lost, {"mismatch"}, ("--answer", "1048576")),
    http(end_doubled, {"mismatch"}),
    http(doubled, {"mismatch"}),
    http(closed, {"short", "reset"}),
    http(other_status, {"status"}),
    http(other_length, {"mismatch"}),
    http(no_length, {"mismatch"}),
    http(chunked, {"mismatch"}),
    http(other_version, {"mismatch"}),
    http(body_bit_flipped, {"mismatch"}, ("--close",)),
    http(never_closed, {"stalled"}, ("--close",)),
    http(other_target, {"mismatch"}, goes_up=True),
    http(other_version, {"mismatch"}, goes_up=True),
    http(other_host, {"mismatch"}, HOSTS, goes_up=True),
    http(doubled, {"mismatch"}, goes_up=True),
    http(body_bit_flipped, {"mismatch"}, POST, goes_up=True),
    http(late, set(), OPEN_LOOP, holds=shows_the_wait),
]
