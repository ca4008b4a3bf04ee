"""Waiting for a condition with a deadline, and the deadline of a whole test.

Knows clocks and signals; knows nothing of what is waited for.
"""

import contextlib
import signal
import time


class DeadlinePassed(AssertionError):
    """Something did not happen in time; the message says what."""


def wait_until(condition, seconds, what):
    """Looks until `condition` returns something true, and returns it."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise DeadlinePassed(f"not within {seconds} s: {what}")
        time.sleep(0.005)  # Between two looks, so that looking does not take the processor.


class Pace:
    """How far apart the steps of an attempt were at most: one that was held up says nothing of a timeout."""

    def __init__(self):
        self.worst = 0.0
        self._last = None

    def step(self):
        now = time.monotonic()
        self.worst = max(self.worst, now - (self._last or now))
        self._last = now

    def rest(self):
        """What passes until the next step does not count."""
        self.step()
        self._last = None


def undisturbed(attempt, seconds, tries=40):
    """`attempt(pace)`, and again where it fails with two steps further apart than `seconds`: that was the machine.

    Swivel may have been held up alone, which no step shows: it is wrong where it fails three times without an excuse.
    With 0 seconds each failure has one: for what never comes out right where Swivel is wrong.
    """
    unexcused = 0
    for number in range(tries):
        pace = Pace()
        try:
            return attempt(pace)
        except DeadlinePassed:
            raise
        except Exception as failure:
            pace.step()
            unexcused += seconds > 0 and pace.worst <= seconds
            if unexcused == 3 or number == tries - 1:
                raise
            print(f"again, for two steps were {pace.worst:.2f} s apart: {failure!r}")


@contextlib.contextmanager
def deadline(seconds, what):
    """Raises in the main thread once `seconds` have passed, wherever it waits then."""

    def expired(_signal, _frame):
        raise DeadlinePassed(f"{what} took longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, expired)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


@contextlib.contextmanager
def takes(seconds):
    """No less, counted from before what the timeout counts from; how much later the machine is says nothing."""
    began = time.monotonic()
    yield
    assert time.monotonic() - began >= 0.9 * seconds, time.monotonic() - began
