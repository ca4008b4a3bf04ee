"""Fixtures of every end-to-end test: the executable, its engines, a deadline, and an end that leaves nothing.

The executable is the one that SWIVEL names, else the release build of this project.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

sys.dont_write_bytecode = True  # No compiled Python in the source tree.

from harness.browser import browse  # noqa: E402, F401: a fixture
from harness.demo import demo, start_demo  # noqa: E402, F401: fixtures
from harness.fleets import fleets  # noqa: E402, F401: a fixture
from harness.herd import echoes  # noqa: E402, F401: a fixture
from harness.http import balance  # noqa: E402, F401: a fixture
from harness.process import PROGRAMS, Process, identity  # noqa: E402
from harness.software import IO_URING_REFUSAL  # noqa: E402
from harness.swivel import Swivel, environment  # noqa: E402
from harness.waiting import deadline  # noqa: E402

PROJECT = Path(__file__).resolve().parents[2]
# Several times what the slowest machine needs: this ends what hangs, and judges no speed.
TEST_SECONDS = 120
# Fixtures start databases, and stop what a failed test left behind.
FIXTURE_SECONDS = 180
# Short: a connection that a test forgot shows within it, as left over.
GRACEFUL_TIMEOUT = "5s"

processes_key = pytest.StashKey[list]()
failed_key = pytest.StashKey[bool]()


def pytest_configure(config):
    # Whoever ends a whole run sends TERM; taken as an interrupt, the fixtures still end their processes.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Some tests hold a thousand connections themselves.
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_setup(item):
    with deadline(FIXTURE_SECONDS, "setting up"):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item):
    marker = item.get_closest_marker("deadline")
    with deadline(marker.args[0] if marker else TEST_SECONDS, "the test"):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item):
    with deadline(FIXTURE_SECONDS, "tearing down"):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if report.failed:
        item.stash[failed_key] = True
        for process in item.stash.get(processes_key, []):
            command = " ".join(process.argv)
            report.sections.append((f"stderr of {process}: {command}", process.stderr.text))
    return report


@pytest.fixture(scope="session")
def swivel_path():
    path = Path(os.environ.get("SWIVEL", PROJECT / ".build/release/swivel")).absolute()
    if not os.access(path, os.X_OK):
        pytest.exit(f"no executable at {path}: build it with `swift build -c release`, or name it in SWIVEL", 2)
    return path


@pytest.fixture(params=["io_uring", "epoll"])
def engine(request):
    """Both engines do the same: a test that takes this runs on each."""
    if request.param == "io_uring" and IO_URING_REFUSAL:
        pytest.skip(f"no io_uring here: {IO_URING_REFUSAL}")
    return request.param


@pytest.fixture
def processes(request):
    """Every process of the test, in the order they started. They end in the other order, whatever happened."""
    started = request.node.stash.setdefault(processes_key, [])
    yield started
    complaints = []
    for process in reversed(started):
        try:
            # After a failure only the end itself matters: a second complaint would hide the first.
            if getattr(process, "ends_clean", False) and not request.node.stash.get(failed_key, False):
                process.finish() if not process.is_running else process.stop()
        except AssertionError as complaint:
            complaints.append(complaint)
        finally:
            process.end()
    if complaints:
        raise complaints[0]


@pytest.fixture
def spawn(processes):
    """Starts any program: `spawn("iperf3", "-s", name="iperf3")`."""

    def spawn(*argv, name=None, **options):
        process = Process(argv, name=name or Path(str(argv[0])).name, **options)
        processes.append(process)
        return process

    return spawn


@pytest.fixture
def spawn_python(spawn):
    """Starts one of programs/ in a Python of its own."""

    def spawn_python(program, *arguments, **options):
        return spawn(sys.executable, "-B", PROGRAMS / program, *arguments, name=program, **options)

    return spawn_python


@pytest.fixture
def start(swivel_path, processes):
    """Starts Swivel, in tcp mode where `mode` names no other, and returns it once it is ready.

    A port of the kernel's choice is bound where `bind` names nothing else. `wrapper` is a command that runs Swivel.
    """

    def start(
        *flags, mode="tcp", engine=None, bind=("127.0.0.1:0",), env=None, wrapper=(), executable=None, user=None,
        ends_clean=True, graceful_timeout=GRACEFUL_TIMEOUT, wait=True,
    ):
        argv = [*wrapper, executable or swivel_path, "--mode", mode, "--graceful-timeout", graceful_timeout]
        argv += [part for address in bind for part in ("--bind", address)]
        argv += ["--engine", engine] if engine else []
        swivel = Swivel([*argv, *flags], env=env, user=user, ends_clean=ends_clean)
        processes.append(swivel)
        return swivel.wait_ready() if wait else swivel

    return start


@pytest.fixture
def run_swivel(swivel_path):
    """Runs Swivel to its end: for what ends by itself, and fails the test where it does not."""

    def run_swivel(*arguments, env=None, wrapper=(), executable=None, user=None, seconds=60):
        return subprocess.run(
            [*map(str, wrapper), str(executable or swivel_path), *map(str, arguments)],
            env=environment(env), timeout=seconds, capture_output=True, text=True, stdin=subprocess.DEVNULL,
            **identity(user),
        )

    return run_swivel


@pytest.fixture
def short_path():
    """A folder with a short name that others may enter: a Unix socket's path ends at 107 bytes."""
    folder = Path(tempfile.mkdtemp(prefix="swivel-", dir="/tmp"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def unprivileged(swivel_path, short_path):
    """How to run Swivel without root's rights: keyword arguments for `start` and `run_swivel`."""
    if os.geteuid() != 0:
        return {}
    # The build may lie where only root can look.
    executable = shutil.copy(swivel_path, short_path / "swivel")
    os.chmod(executable, 0o755)
    return {"user": "nobody", "executable": executable}
