"""The same test for WebSocket: wrong handshakes and frames, and what the echo answers to a stranger."""

import contextlib
import functools
import socket
import subprocess
from pathlib import Path

from .http_check import body_bit_flipped, doubled
from .load_check import (
    Case, as_it_came, closed, end_doubled, in_single_bytes, last_byte_lost, one_bit_flipped,
)

ANSWER_SECONDS = 5


def other_letter(piece: bytes, field: bytes) -> bytes:
    """Another first letter of the field's value."""
    place = piece.lower().index(field) + len(field)
    return piece[:place] + (b"B" if piece[place:place + 1] == b"A" else b"A") + piece[place + 1:]


def other_accept(piece: bytes) -> bytes:
    return other_letter(piece, b"sec-websocket-accept: ")


def other_key(piece: bytes) -> bytes:
    return other_letter(piece, b"sec-websocket-key: ")


def other_status(piece: bytes) -> bytes:
    return piece.replace(b"101 Switching Protocols", b"200 OK", 1)


def other_protocol(piece: bytes) -> bytes:
    return piece.replace(b"Upgrade: websocket", b"Upgrade: elsewhere", 1)


def other_version(piece: bytes) -> bytes:
    return piece.replace(b"Version: 13", b"Version: 12", 1)


def message_before_its_time(piece: bytes) -> bytes:
    return piece + b"\x82\x01x"


def mask_bit_flipped(piece: bytes) -> bytes:
    return piece[:1] + bytes([piece[1] ^ 0x80]) + piece[2:]


def closed_with_a_code(_: bytes) -> bytes:
    return b"\x88\x02\x03\xf4"


def pinged(piece: bytes) -> bytes:
    """What the echo sends back for it, nobody awaits."""
    return piece + b"\x89\x80abcd"


websocket = functools.partial(Case, "websocket")

WEBSOCKET_CASES = [
    websocket(as_it_came, set()),
    # The least and the most of each form of a length, and one that no socket takes at once.
    *(websocket(as_it_came, set(), ("--size", size))
      for size in ("1", "125", "126", "65535", "65536", "262144")),
    websocket(as_it_came, set(), ("--connections", "0", "--idle", "100")),
    websocket(in_single_bytes, set()),
    websocket(in_single_bytes, set(), ("--size", "126")),
    websocket(one_bit_flipped, {"mismatch"}),
    websocket(mask_bit_flipped, {"mismatch"}),
    websocket(body_bit_flipped, {"mismatch"}),
    websocket(last_byte_lost, {"stalled"}),
    websocket(end_doubled, {"mismatch"}),
    websocket(doubled, {"mismatch"}),
    websocket(closed, {"short", "reset"}),
    websocket(closed_with_a_code, {"short"}),
    websocket(other_accept, {"mismatch"}, piece=1),
    websocket(other_status, {"status"}, piece=1),
    websocket(other_protocol, {"mismatch"}, piece=1),
    websocket(message_before_its_time, {"mismatch"}, piece=1),
    websocket(other_key, {"mismatch"}, goes_up=True, piece=1),
    websocket(other_version, {"mismatch"}, goes_up=True, piece=1),
    websocket(other_protocol, {"mismatch"}, goes_up=True, piece=1),
    websocket(one_bit_flipped, {"mismatch"}, goes_up=True),
    websocket(mask_bit_flipped, {"mismatch"}, goes_up=True),
    websocket(body_bit_flipped, {"mismatch"}, goes_up=True),
    websocket(doubled, {"mismatch"}, goes_up=True),
    websocket(pinged, {"mismatch"}, goes_up=True),
]

# RFC 6455 section 1.3 has this key and what accepts it: both ends of the load are ours, and could
# agree on something else.
REQUEST = (b"GET /answers/00000000 HTTP/1.1\r\nHost: load.example\r\nUpgrade: websocket\r\n"
           b"Connection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
           b"Sec-WebSocket-Version: 13\r\n\r\n")
ACCEPT = b"Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
MASK = bytes([0x37, 0xFA, 0x21, 0x3D])  # section 5.7's


def masked(opens: int, payload: bytes) -> bytes:
    body = bytes(byte ^ MASK[place % 4] for place, byte in enumerate(payload))
    return bytes([opens, 0x80 | len(payload)]) + MASK + body


def receive_all(end: socket.socket) -> bytes:
    received = b""
    with contextlib.suppress(TimeoutError):
        while piece := end.recv(65536):
            received += piece
    return received


def check_echo(load_program: Path) -> bool:
    """Two messages, a ping and a pong, which is swallowed, come with the handshake; then a close."""
    sent = (masked(0x82, b"Hello") + masked(0x89, b"ping") + masked(0x8A, b"pong")
            + masked(0x82, b"") + masked(0x88, b"\x03\xe8"))
    wanted = b"\x82\x05Hello" + b"\x8a\x04ping" + b"\x82\x00" + b"\x88\x02\x03\xe8"
    command = [str(load_program), "--role", "server", "--scenario", "websocket", "--listen", "127.0.0.1:0"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as server:
        try:
            port = int(server.stderr.readline().split()[1])
            with socket.create_connection(("127.0.0.1", port), ANSWER_SECONDS) as client:
                client.sendall(REQUEST + sent)
                head, _, frames = receive_all(client).partition(b"\r\n\r\n")
        finally:
            server.terminate()
    holds = ACCEPT in head + b"\r\n" and frames == wanted
    print(f"{'ok  ' if holds else 'FAIL'}  websocket, what the echo answers to a stranger"
          + ("" if holds else f": {head} {frames}"))
    return holds
