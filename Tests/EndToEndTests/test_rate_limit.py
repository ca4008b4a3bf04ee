"""Limits of request rates: 429 beyond, with the time to wait; by address, host or field, each with its own burst.

Where nothing may grow back during a test, it would take minutes.
"""

import time

import pytest

from harness import proxy
from harness.http import Client, ask
from harness.origin import Origin
from harness.websocket import handshake

PROXIED = "127.0.0.1:0,proxy-protocol=v1,proxy-from=127.0.0.0/8"


@pytest.fixture
def limited(balance, engine):
    """`limited("ip=3/10s")` gives Swivel with these limits, before a server that answers everything."""
    with Origin() as origin:
        def limited(*limits, **options):
            flags = [part for limit in limits for part in ("--rate-limit", limit)]
            return balance(origin, *flags, "--workers", 1, engine=engine, **options)

        limited.origin = origin
        yield limited


def statuses(swivel, count, fields=(), host="example.com"):
    with Client(swivel.address) as client:
        return [client.ask(fields=fields, host=host).status for _ in range(count)]


def test_what_goes_beyond_the_rate_is_refused_and_told_when_to_come_back(limited):
    swivel = limited("ip=5/10m")
    with Client(swivel.address) as client:
        for _ in range(5):
            assert client.ask().status == 200
        for _ in range(3):
            answer = client.ask("POST", "/x", body=b"a body that nobody reads")
            assert answer.status == 429
            assert answer.get("Content-Type").startswith("text/plain") and answer.body
            # One goes through each 120 s.
            assert 1 <= int(answer.get("Retry-After")) <= 121
    assert len(limited.origin.seen) == 5


def test_who_waits_as_told_is_served(limited):
    swivel = limited("header:X-Key=2/4s")
    for attempt in range(30):
        key, began = [("X-Key", str(attempt))], time.monotonic()
        told = statuses(swivel, 3, key)
        answer = ask(swivel.address, fields=key)
        if time.monotonic() - began < 2:
            break
        # One more may have grown meanwhile, as the machine stood still.
    assert (told, answer.status) == ([200, 200, 429], 429)
    time.sleep(int(answer.get("Retry-After")))  # What is told is what is tested.
    assert ask(swivel.address, fields=key).status == 200


def test_the_rate_is_kept_over_time(limited):
    """20 a second: at first the burst and what grows meanwhile, then for two seconds and more what grows.

    The burst is so large that it is never full again, however long the machine stands still: nothing is lost then.
    """
    swivel = limited("ip=20/s,burst=200")

    def until_refused(client, seconds):
        """For so long at least: how many are let through, and when the last one was asked, and answered."""
        let_through, began = 0, time.monotonic()
        while True:
            asked = time.monotonic()
            if client.ask().status == 200:
                let_through += 1
            elif asked >= began + seconds:
                return let_through, asked, time.monotonic()

    with Client(swivel.address) as client:
        began = time.monotonic()
        first, emptied_after, emptied_before = until_refused(client, 0)
        second, asked, answered = until_refused(client, 2)
    # Whoever is refused tells that nothing was left, somewhen between the question and the answer.
    assert 200 <= first <= 200 + 20 * (emptied_before - began) + 1
    assert 20 * (asked - emptied_before) - 2 <= second <= 20 * (answered - emptied_after) + 2, (second, answered - emptied_after)


@pytest.mark.parametrize("burst, at_once", [("", 4), (",burst=1", 1), (",burst=10", 10)])
def test_a_burst_is_as_large_as_allowed(limited, burst, at_once):
    swivel = limited(f"ip=4/60m{burst}")
    told = statuses(swivel, at_once + 3)
    assert told == [200] * at_once + [429] * 3


def test_each_address_has_its_own(limited):
    """As the PROXY protocol gives it; of IPv6, a /64 is one client."""
    swivel = limited("ip=2/60m", bind=(PROXIED,))

    def told(source, count):
        with Client(swivel.address) as client:
            other = "198.51.100.1" if "." in source else "2001:db8:ffff::1"
            client.send(proxy.v1((source, 5000), (other, 80)))
            return [client.ask().status for _ in range(count)]

    assert told("192.0.2.1", 3) == [200, 200, 429]
    assert told("192.0.2.2", 3) == [200, 200, 429]
    assert told("192.0.2.1", 1) == [429]
    assert told("2001:db8:1:2::1", 1) == [200]
    assert told("2001:db8:1:2:ffff::9", 2) == [200, 429]
    assert told("2001:db8:1:3::1", 1) == [200]


def test_each_host_has_its_own_however_it_is_written(limited):
    swivel = limited("host=2/60m")
    assert statuses(swivel, 3, host="a.example") == [200, 200, 429]
    assert statuses(swivel, 1, host="A.Example:80") == [429]
    assert statuses(swivel, 2, host="b.example") == [200, 200]


def test_each_value_of_a_field_has_its_own_and_who_has_none_is_free(limited):
    swivel = limited("header:X-API-Key=2/60m")
    assert statuses(swivel, 3, [("X-API-Key", "one")]) == [200, 200, 429]
    assert statuses(swivel, 3, [("x-api-key", "two")]) == [200, 200, 429]
    assert statuses(swivel, 10) == [200] * 10


def test_of_several_limits_each_holds(limited):
    swivel = limited("header:X-API-Key=2/60m", "ip=5/60m")
    key = [("X-API-Key", "one")]
    assert statuses(swivel, 3, key) == [200, 200, 429]
    free = statuses(swivel, 6)
    assert free.count(200) in (2, 3) and free == sorted(free), "what was refused by the one may count for the other"


def test_a_limit_is_of_its_frontend_alone(balance, engine):
    with Origin() as origin:
        swivel = balance(
            origin, "--rate-limit", "ip=2/60m", "--workers", 1, engine=engine, bind=("free@127.0.0.1:0", "limited@127.0.0.1:0"),
        )
        for name, expected in (("limited", [200, 200, 429]), ("free", [200, 200, 200])):
            assert [ask(swivel.frontends[name]).status for _ in range(3)] == expected


def test_a_limit_holds_for_all_shards_together_or_nearly(balance, engine):
    """Each client address has its own, whichever shard takes its connections."""
    with Origin() as origin:
        swivel = balance(origin, "--rate-limit", "ip=10/60m", "--workers", 2, engine=engine)
        told = [ask(swivel.address).status for _ in range(30)]
        assert 10 <= told.count(200) <= 20, "at most as many on each shard"


def test_handshakes_are_requests_too(limited):
    swivel = limited("ip=1/60m")
    assert ask(swivel.address).status == 200
    with Client(swivel.address) as client:
        client.send(handshake())
        answer = client.read()
        assert answer.status == 429 and answer.get("Upgrade") is None


def test_refusals_are_counted(limited):
    swivel = limited("ip=1/60m")
    assert statuses(swivel, 4) == [200, 429, 429, 429]
    swivel.stop()
    assert swivel.routed == {"beyond a rate": 3}


@pytest.mark.parametrize("value", [
    "ip", "ip=", "ip=0/s", "ip=5", "ip=5/", "ip=5/0s", "ip=-1/s", "pi=5/s", "header=5/s", "header:=5/s", "ip=5/s,burst=0",
    "ip=5/s,brust=3", "ip=5/s,burst=x", "",
])
def test_a_limit_that_cannot_be_is_refused(run_swivel, value):
    flags = ["--mode", "http", "--bind", "127.0.0.1:0", "--server", "127.0.0.1:9"]
    outcome = run_swivel("-t", *flags, "--rate-limit", value)
    assert outcome.returncode == 64 and "--rate-limit" in outcome.stderr, outcome.stderr
