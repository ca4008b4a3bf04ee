"""Processes that the suite starts: pinned, in sessions of their own, always ended by their pid."""

import contextlib
import os
import selectors
import signal
import socket
import subprocess
import time
from pathlib import Path

from .errors import HarnessError
from .namespace import die_with_parent

STOP_SECONDS = 3.0


class Child:
    """One process on one core. Use it as a context manager: leaving ends it, however one leaves."""

    def __init__(self, name: str, command: list[str], core: int, log: Path, piped: bool = False):
        self.name = name
        self.log = log
        self.stderr_rest = b""
        self.piped = piped

        def prepare() -> None:
            # io_uring's kernel workers and nginx's worker inherit the mask.
            os.sched_setaffinity(0, {core})
            die_with_parent(signal.SIGTERM)

        with log.open("ab") as sink:
            # A session of its own: Ctrl-C reaches us alone, and we end it in order.
            self.process = subprocess.Popen(
                command,
                stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else sink,
                stderr=subprocess.PIPE if piped else sink,
                start_new_session=True,
                preexec_fn=prepare,
            )

    @property
    def pid(self) -> int:
        return self.process.pid

    def __enter__(self) -> "Child":
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        """TERM, and KILL for it and what it started once its time is up."""
        if self.process.poll() is None:
            family = descendants(self.pid)
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                for pid in family:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, signal.SIGKILL)
                self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                with contextlib.suppress(OSError):
                    pipe.close()

    def last_words(self) -> str:
        lines = self.log.read_text(errors="replace").strip().splitlines()
        return " | ".join(lines[-2:]) or "it printed nothing"

    def wait_for_port(self, port: int, seconds: float) -> None:
        """Until 127.0.0.1:port accepts."""
        deadline = time.monotonic() + seconds
        while True:
            if self.process.poll() is not None:
                raise HarnessError(
                    f"{self.name} ended with code {self.process.returncode} before it listened: "
                    + self.last_words()
                )
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                return
            if time.monotonic() > deadline:
                raise HarnessError(
                    f"{self.name} does not accept on port {port} after {seconds:g} s: "
                    + self.last_words()
                )
            time.sleep(0.02)

    # The load generator reports checkpoints on standard error and goes on when it gets a line.

    def wait_for_word(self, word: str, seconds: float) -> str:
        """The rest of the line that begins with `word`."""
        pipe = self.process.stderr.fileno()
        deadline = time.monotonic() + seconds
        with selectors.DefaultSelector() as selector:
            selector.register(pipe, selectors.EVENT_READ)
            while b"\n" not in self.stderr_rest:
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    raise HarnessError(f"{self.name} did not say '{word}' within {seconds:g} s")
                piece = os.read(pipe, 4096)
                if not piece:
                    raise HarnessError(f"{self.name} ended before it said '{word}'")
                self.stderr_rest += piece
        line, self.stderr_rest = self.stderr_rest.split(b"\n", 1)
        text = line.decode(errors="replace")
        if not text.startswith(word):
            raise HarnessError(f"{self.name}: {text}")
        return text[len(word) :].strip()

    def go_on(self) -> None:
        self.process.stdin.write(b"\n")
        self.process.stdin.flush()

    def output(self, seconds: float) -> str:
        """What it printed till its end."""
        try:
            printed, complaint = self.process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise HarnessError(f"{self.name} did not end within {seconds:g} s") from None
        if self.process.returncode != 0:
            raise HarnessError(f"{self.name}: {complaint.decode(errors='replace').strip()}")
        return printed.decode()


def descendants(pid: int) -> list[int]:
    """`pid` and every process below it, parents first."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError):
            # The name in brackets may hold anything; the fields count from its last bracket.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            parents[int(entry.name)] = int(fields[1])
    family = [pid]
    for member in family:
        family += [child for child, parent in parents.items() if parent == member]
    return family
