"""The load generator's own test: between client and server stands a relay that does one thing
wrong, and the load must say so. Otherwise `errors 0` would mean nothing."""

import contextlib
import json
import socket
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

from .namespace import free_port

# The relay does its wrong thing to this many-th piece that comes from the server.
WRONG_PIECE = 20


def as_it_came(piece: bytes) -> bytes:
    return piece


def one_bit_flipped(piece: bytes) -> bytes:
    return bytes([piece[0] ^ 1]) + piece[1:]


def last_byte_lost(piece: bytes) -> bytes:
    return piece[:-1]


def end_doubled(piece: bytes) -> bytes:
    return piece + piece[-16:]


def closed(_: bytes) -> bytes | None:
    return None


# What the relay does, in which scenario, and which kinds of error prove that it was seen.
CASES: list[tuple[str, Callable[[bytes], bytes | None], set[str]]] = [
    ("echo", as_it_came, set()),
    ("echo", one_bit_flipped, {"mismatch"}),
    ("echo", last_byte_lost, {"stalled"}),
    ("echo", end_doubled, {"mismatch"}),
    ("echo", closed, {"short", "reset"}),
    ("churn", one_bit_flipped, {"mismatch"}),
    ("bulk-down", as_it_came, set()),
    ("bulk-down", one_bit_flipped, {"mismatch"}),
    ("bulk-down", last_byte_lost, {"mismatch"}),
    ("bulk-down", end_doubled, {"mismatch"}),
    ("bulk-down", closed, {"short", "reset"}),
]


class Relay:
    """Joins clients to the server, and once spoils a piece on the way back."""

    def __init__(self, server_port: int, spoil: Callable[[bytes], bytes | None]):
        self.server_port = server_port
        self.spoil = spoil
        self.piece_count = 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.server_port))
                for pump in (self.up, self.down):
                    threading.Thread(target=pump, args=(client, server), daemon=True).start()

    def up(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := client.recv(65536):
                server.sendall(piece)
            server.shutdown(socket.SHUT_WR)

    def down(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := server.recv(65536):
                self.piece_count += 1
                if self.piece_count == WRONG_PIECE:
                    piece = self.spoil(piece)
                    if piece is None:
                        break
                client.sendall(piece)
        for end in (client, server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def main(load_program: Path) -> int:
    failures = 0
    for scenario, spoil, expected in CASES:
        server_port = free_port()
        relay = Relay(server_port, spoil)
        command = [str(load_program), "--scenario", scenario, "--connections", "2"]
        # Full: a sampled look at bulk may rightly miss a single bit.
        command += ["--verify", "full", "--warmup", "0.2", "--seconds", "1.2", "--listen", f"127.0.0.1:{server_port}"]
        command += ["--connect", f"127.0.0.1:{relay.port}"]
        outcome = subprocess.run(command, capture_output=True, text=True, timeout=60)
        relay.listener.close()
        kinds = json.loads(outcome.stdout)["errors_by_kind"] if outcome.returncode == 0 else {}
        seen = {kind for kind, count in kinds.items() if count > 0}
        holds = outcome.returncode == 0 and (bool(seen & expected) if expected else not seen)
        failures += not holds
        name = spoil.__name__.replace("_", " ")
        print(f"{'ok  ' if holds else 'FAIL'}  {scenario}, {name}: errors {sorted(seen) or 'none'}"
              + ("" if holds else f", expected {sorted(expected) or 'none'}: {outcome.stderr}"))
    print("the load sees what goes wrong" if failures == 0 else f"{failures} checks failed")
    return 1 if failures else 0
