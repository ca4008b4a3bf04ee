"""What this machine has: other people's software (and where Debian hides it), and io_uring."""

import shutil
from pathlib import Path

import pytest

from harness import kernel


IO_URING_REFUSAL = kernel.io_uring_refusal()
needs_io_uring = pytest.mark.skipif(IO_URING_REFUSAL is not None, reason=f"no io_uring here: {IO_URING_REFUSAL}")


def needs(*programs):
    """Marks tests that drive software which is not installed, with what is missing as the reason."""
    missing = [program for program in programs if find(program) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {', '.join(missing)}")


def find(program):
    """The program's path. Debian keeps PostgreSQL's server programs out of PATH, one folder a version."""
    if path := shutil.which(program):
        return path
    candidates = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{program}"))
    return str(candidates[-1]) if candidates else None
