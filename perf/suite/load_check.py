"""The load generator's own test: between client and server stands a relay that does one thing
wrong, and the load must say so. Otherwise `errors 0` would mean nothing."""

import contextlib
import json
import socket
import subprocess
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from .namespace import free_port

# The relay does its wrong thing to this many-th piece of a direction, where a case says no other.
WRONG_PIECE = 20

Spoil = Callable[[bytes], bytes | None]


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


def in_single_bytes(piece: bytes) -> bytes:
    """All of them, both ways, which is no fault: see Relay."""
    return piece


def never_closed(piece: bytes) -> bytes:
    """The relay keeps what the server ended: see Relay."""
    return piece


@dataclass(frozen=True)
class Case:
    """What the relay does, in which scenario, and which kinds of error prove that it was seen."""

    scenario: str
    spoil: Spoil
    expected: set[str]
    arguments: tuple[str, ...] = ()
    goes_up: bool = False  # spoils what goes to the server
    piece: int = WRONG_PIECE
    holds: Callable[[dict], bool] | None = None  # what the load's line must show besides

    @property
    def name(self) -> str:
        words = [self.scenario, *self.arguments, "up" if self.goes_up else ""]
        return " ".join(word for word in words if word) + ", " + self.spoil.__name__.replace("_", " ")


CASES = [
    Case("echo", as_it_came, set()),
    Case("echo", one_bit_flipped, {"mismatch"}),
    Case("echo", last_byte_lost, {"stalled"}),
    Case("echo", end_doubled, {"mismatch"}),
    Case("echo", closed, {"short", "reset"}),
    Case("churn", one_bit_flipped, {"mismatch"}),
    Case("bulk-down", as_it_came, set()),
    Case("bulk-down", one_bit_flipped, {"mismatch"}),
    Case("bulk-down", last_byte_lost, {"mismatch"}),
    Case("bulk-down", end_doubled, {"mismatch"}),
    Case("bulk-down", closed, {"short", "reset"}),
]


class Relay:
    """Joins clients to the server, and once spoils a piece on the way."""

    def __init__(self, server_port: int, case: Case):
        self.server_port = server_port
        self.case = case
        self.counts = {"up": 0, "down": 0}
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self.listener.accept()
                server = socket.create_connection(("127.0.0.1", self.server_port))
                for end in (client, server):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                for pump in (self.up, self.down):
                    threading.Thread(target=pump, args=(client, server), daemon=True).start()

    def passed(self, direction: str, piece: bytes) -> bytes | None:
        self.counts[direction] += 1
        is_meant = self.counts[direction] == self.case.piece and self.case.goes_up == (direction == "up")
        return self.case.spoil(piece) if is_meant else piece

    def send(self, end: socket.socket, piece: bytes) -> None:
        step = 1 if self.case.spoil is in_single_bytes else len(piece)
        for place in range(0, len(piece), step):
            end.sendall(piece[place : place + step])

    def up(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := client.recv(65536):
                if piece := self.passed("up", piece):
                    self.send(server, piece)
            server.shutdown(socket.SHUT_WR)

    def down(self, client: socket.socket, server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := server.recv(65536):
                piece = self.passed("down", piece)
                if piece is None:
                    break
                self.send(client, piece)
            if self.case.spoil is never_closed:
                return
        for end in (client, server):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


def run_case(load_program: Path, case: Case) -> bool:
    server_port = free_port()
    relay = Relay(server_port, case)
    command = [str(load_program), "--scenario", case.scenario, "--connections", "2"]
    # Full: a sampled look at bulk may rightly miss a single bit.
    command += ["--verify", "full", "--warmup", "0.2", "--seconds", "1.2", *case.arguments]
    command += ["--listen", f"127.0.0.1:{server_port}", "--connect", f"127.0.0.1:{relay.port}"]
    outcome = subprocess.run(command, capture_output=True, text=True, timeout=60)
    relay.listener.close()
    line = json.loads(outcome.stdout) if outcome.returncode == 0 else {}
    seen = {kind for kind, count in line.get("errors_by_kind", {}).items() if count > 0}
    holds = outcome.returncode == 0 and (bool(seen & case.expected) if case.expected else not seen)
    if holds and case.holds is not None:
        holds = case.holds(line)
    print(f"{'ok  ' if holds else 'FAIL'}  {case.name}: errors {sorted(seen) or 'none'}"
          + ("" if holds else f", expected {sorted(case.expected) or 'none'}: {line or outcome.stderr}"))
    return holds


def main(load_program: Path) -> int:
    from .http_check import HTTP_CASES
    from .websocket_check import WEBSOCKET_CASES, check_echo

    cases = [*CASES, *HTTP_CASES, *WEBSOCKET_CASES]
    failures = sum(not run_case(load_program, case) for case in cases)
    failures += not check_echo(load_program)
    print("the load sees what goes wrong" if failures == 0 else f"{failures} checks failed")
    return 1 if failures else 0
