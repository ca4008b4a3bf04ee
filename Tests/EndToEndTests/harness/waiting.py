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
