"""A child process whose output is collected line by line and which is always ended by its id."""

import pwd
import re
import subprocess
import threading
import time
from pathlib import Path

from harness.waiting import DeadlinePassed

PROGRAMS = Path(__file__).resolve().parents[1] / "programs"


def identity(user):
    """How subprocess becomes `user`: a child that drops root must not keep root's groups."""
    if user is None:
        return {}
    return {"user": user, "group": pwd.getpwnam(user).pw_gid, "extra_groups": []}


class Lines:
    """The lines of one pipe, read by a thread of their own so that the child never blocks on it."""

    def __init__(self, pipe):
        self.all = []
        self._changed = threading.Condition()
        self._open = True
        self._thread = threading.Thread(target=self._read, args=(pipe,), daemon=True)
        self._thread.start()

    def _read(self, pipe):
        with pipe:
            for line in pipe:
                with self._changed:
                    self.all.append(line.decode(errors="replace").rstrip("\n"))
                    self._changed.notify_all()
        with self._changed:
            self._open = False
            self._changed.notify_all()

    @property
    def text(self):
        return "\n".join(self.all)

    def find(self, pattern):
        """Every match of `pattern` so far, one a line at most."""
        return [match for line in list(self.all) if (match := re.search(pattern, line))]

    def wait_for(self, pattern, seconds, count=1):
        """The `count`-th match, as soon as it is there."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while True:
                matches = self.find(pattern)
                if len(matches) >= count:
                    return matches[count - 1]
                remaining = deadline - time.monotonic()
                if remaining <= 0 or not self._open:
                    ending = "ended" if not self._open else f"was silent for {seconds} s"
                    raise DeadlinePassed(f"no line {pattern!r}: the output {ending} after:\n{self.text}")
                self._changed.wait(remaining)

    def join(self, seconds):
        self._thread.join(seconds)


class Process:
    """Starts at once. `name` is what reports call it."""

    def __init__(self, argv, *, name, env=None, user=None, stdin=subprocess.DEVNULL, cwd=None, pass_fds=()):
        self.name = name
        self.argv = [str(argument) for argument in argv]
        self.child = subprocess.Popen(
            self.argv, stdin=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env, cwd=cwd, pass_fds=pass_fds,
            **identity(user)
        )
        self.stdout = Lines(self.child.stdout)
        self.stderr = Lines(self.child.stderr)

    @property
    def pid(self):
        return self.child.pid

    @property
    def is_running(self):
        return self.child.poll() is None

    def signal(self, number):
        self.child.send_signal(number)

    def write(self, line):
        self.child.stdin.write(line.encode() + b"\n")
        self.child.stdin.flush()

    def wait(self, seconds):
        """The exit code; the output is complete when this returns."""
        try:
            code = self.child.wait(seconds)
        except subprocess.TimeoutExpired:
            raise DeadlinePassed(f"{self} has not ended within {seconds} s") from None
        self.stdout.join(30)
        self.stderr.join(30)
        return code

    def end(self, seconds=15):
        """Asks, then forces. Never fails: this is what cleaning up calls."""
        if self.child.stdin:
            self.child.stdin.close()
        if self.is_running:
            self.child.terminate()
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
        self.stdout.join(15)
        self.stderr.join(15)

    def __str__(self):
        return f"{self.name} (pid {self.pid})"
