"""redis-server behind Swivel: its own benchmark, and a data set that is read back."""

import csv
import subprocess

import pytest

from harness.addresses import Address
from harness.clients import is_refused
from harness.software import needs
from harness.waiting import wait_until

pytestmark = needs("redis-server", "redis-benchmark", "redis-cli")
CLIENTS = 50
REQUESTS = 50_000
KEYS = 5000


@pytest.fixture
def redis(spawn, short_path):
    """A private redis on a Unix socket that keeps everything in memory."""
    socket = short_path / "redis.sock"
    in_memory = ["--save", "", "--appendonly", "no", "--dir", short_path]
    spawn("redis-server", "--port", "0", "--unixsocket", socket, *in_memory)
    address = Address(f"unix:{socket}")
    wait_until(lambda: not is_refused(address), 60, "redis listens")
    return address


def redis_cli(address, *arguments, commands=None):
    """To Swivel by host and port, or past it by the server's own socket."""
    where = ["-s", address.path] if address.text.startswith("unix:") else ["-h", address.host, "-p", str(address.port)]
    outcome = subprocess.run(
        ["redis-cli", *where, *map(str, arguments)], input=commands, capture_output=True, text=True, timeout=90
    )
    assert outcome.returncode == 0, outcome.stderr
    return outcome.stdout


@pytest.mark.deadline(300)
@pytest.mark.parametrize("pipeline", [1, 16])
def test_redis_benchmark_runs_through_swivel(start, spawn, engine, redis, pipeline):
    swivel = start("--server", redis, engine=engine)
    where = ["-h", swivel.address.host, "-p", swivel.address.port]
    load = ["-t", "set,get,lpush", "-n", REQUESTS, "-c", CLIENTS, "-P", pipeline]
    benchmark = spawn("redis-benchmark", *where, *load, "--csv", "-q")
    assert benchmark.wait(240) == 0, benchmark.stderr.text
    rates = {row["test"]: float(row["rps"]) for row in csv.DictReader(benchmark.stdout.all)}
    print(rates)
    assert set(rates) == {"SET", "GET", "LPUSH"}
    assert all(rate > 0 for rate in rates.values())
    # Each LPUSH that the benchmark believes was done is an entry of this list.
    assert int(redis_cli(redis, "LLEN", "mylist")) == REQUESTS
    totals = swivel.stop()
    assert totals.failed == 0
    assert totals.connections >= 3 * CLIENTS


@pytest.mark.deadline(300)
def test_a_data_set_written_through_swivel_is_read_back_from_both_sides(start, engine, redis):
    swivel = start("--server", redis, engine=engine)
    values = {f"key:{number}": f"value {number} " * (number % 60 + 1) for number in range(KEYS)}
    commands = "".join(f'SET {key} "{value}"\n' for key, value in values.items())
    assert redis_cli(swivel.address, commands=commands).split() == ["OK"] * KEYS
    assert int(redis_cli(redis, "DBSIZE")) == KEYS

    direct = redis_cli(redis, "MGET", *values)
    assert direct.splitlines() == list(values.values())
    # One answer of some megabytes, through Swivel.
    assert redis_cli(swivel.address, "MGET", *values) == direct


def test_a_value_of_many_megabytes_goes_in_and_comes_out(start, engine, redis, short_path):
    swivel = start("--server", redis, engine=engine)
    value = "0123456789abcdef" * (1 << 20)
    assert redis_cli(swivel.address, "-x", "SET", "large", commands=value).strip() == "OK"
    assert redis_cli(swivel.address, "--raw", "GET", "large").rstrip("\n") == value
