"""Stickiness: a client stays with its server, by a signed cookie or by its address, as long as that server is there."""

import base64
import contextlib
import hashlib
import hmac
import re

import pytest

from harness import proxy
from harness.clients import receive_line
from harness.http import Client, ask
from harness.messages import request, response
from harness.origin import Origin
from harness.servers import Server, greeter
from harness.websocket import WebSocketClient, WebSocketServer

COOKIE = r"srv=([A-Za-z0-9_-]{32}); Path=/; HttpOnly; SameSite=Lax"


def named(name):
    return lambda asked: response(name.encode())


@pytest.fixture
def three():
    with Origin(named("a")) as a, Origin(named("b")) as b, Origin(named("c")) as c:
        yield [f"{name}@{origin}" for name, origin in zip("abc", (a, b, c))]


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "secret"
    path.write_bytes(b"0123456789abcdef")
    return path


def sticky(balance, servers, *flags, kind="cookie:srv", **options):
    # In turn, so that staying is no accident.
    return balance(servers, "--balance", "roundrobin", "--workers", 1, "--sticky", kind, *flags, **options)


def cookie_of(answer):
    """The value that one is given; None where none is set."""
    values = answer.all("Set-Cookie")
    assert len(values) <= 1, values
    return values[0].partition("=")[2].partition(";")[0] if values else None


def back(address, value, name="srv", **options):
    return ask(address, fields=[("Cookie", f"{name}={value}")], **options)


def test_a_client_with_its_cookie_stays_with_its_server(balance, engine, three, secret):
    swivel = sticky(balance, three, "--sticky-secret", secret, engine=engine)
    first = {}
    for _ in range(3):
        answer = ask(swivel.address)
        assert re.fullmatch(COOKIE, answer.get("Set-Cookie")), answer
        first[answer.body] = cookie_of(answer)
    assert len(set(first.values())) == 3
    for _ in range(5):
        for body, value in first.items():
            answer = back(swivel.address, value)
            assert answer.body == body
            assert cookie_of(answer) is None, "a cookie that fits is not set again"


def test_the_cookie_is_found_among_others(balance, engine, three, secret):
    swivel = sticky(balance, three, "--sticky-secret", secret, engine=engine)
    answer = ask(swivel.address)
    value = cookie_of(answer)
    for header in (f"a=b; srv={value}", f"srv={value}; a=b", f"xsrv=no; srv={value}; srvx=no", f"a=b;srv={value}"):
        for _ in range(3):
            assert ask(swivel.address, fields=[("Cookie", header)]).body == answer.body, header
    two_lines = [("Cookie", "a=b"), ("Cookie", f"srv={value}")]
    assert {ask(swivel.address, fields=two_lines).body for _ in range(4)} == {answer.body}


def test_the_cookie_of_a_connection_that_is_kept_counts_for_each_request(balance, engine, three, secret):
    swivel = sticky(balance, three, "--sticky-secret", secret, engine=engine)
    with Client(swivel.address) as client:
        values = [(answer.body, cookie_of(answer)) for answer in (client.ask() for _ in range(3))]
        for body, value in values * 3:
            assert client.ask(fields=[("Cookie", f"srv={value}")]).body == body


def test_a_life_time_is_told_where_there_is_one(balance, engine, three, secret):
    swivel = sticky(balance, three, "--sticky-secret", secret, "--sticky-ttl", "2h", engine=engine)
    assert re.fullmatch(COOKIE + "; Max-Age=7200", ask(swivel.address).get("Set-Cookie"))


def test_a_cookie_is_secure_where_the_client_came_by_https(balance, engine, three, secret):
    """As a trusted proxy says: one that nobody trusts changes nothing."""
    flags = ["--sticky-secret", secret]
    https = [("X-Forwarded-Proto", "https")]
    trusting = sticky(balance, three, *flags, "--trusted-proxies", "127.0.0.0/8", engine=engine)
    assert re.fullmatch(COOKIE + "; Secure", ask(trusting.address, fields=https).get("Set-Cookie"))
    assert re.fullmatch(COOKIE, ask(trusting.address).get("Set-Cookie"))
    other = sticky(balance, three, *flags, engine=engine)
    assert re.fullmatch(COOKIE, ask(other.address, fields=https).get("Set-Cookie"))


def test_two_with_the_same_secret_choose_the_same_server(balance, engine, three, secret, tmp_path):
    """In whatever order their servers stand; another secret, or another backend, knows nothing of the cookie."""
    one = sticky(balance, three, "--sticky-secret", secret, engine=engine)
    two = sticky(balance, three[::-1], "--sticky-secret", secret, engine=engine)
    (tmp_path / "other").write_bytes(b"fedcba9876543210")
    three_ = sticky(balance, three, "--sticky-secret", tmp_path / "other", engine=engine)
    four = balance(
        [], "--backend", "elsewhere", *(part for server in three for part in ("--server", server)),
        "--sticky", "cookie:srv", "--sticky-secret", secret, engine=engine,
    )
    for _ in range(3):
        answer = ask(one.address)
        value = cookie_of(answer)
        for _ in range(3):
            there = back(two.address, value)
            assert (there.body, cookie_of(there)) == (answer.body, None)
        assert cookie_of(back(three_.address, value)) not in (None, value)
        assert cookie_of(back(four.address, value)) not in (None, value)


def test_the_value_is_the_mac_that_the_manual_tells(balance, three, secret):
    """HMAC-SHA-256 of the names, in base64url, its first 32 characters: other programs may make it."""
    swivel = sticky(balance, three, "--sticky-secret", secret)
    answer = ask(swivel.address)
    text = b"swivel-sticky\0default\0" + answer.body
    mac = hmac.new(secret.read_bytes(), text, hashlib.sha256).digest()
    assert cookie_of(answer) == base64.urlsafe_b64encode(mac).decode()[:32]


def test_forged_cookies_are_ignored_and_counted(balance, engine, three, secret):
    swivel = sticky(balance, three, "--sticky-secret", secret, engine=engine)
    value = cookie_of(ask(swivel.address))
    forged = [
        "a", "127.0.0.1:80", "A" * 32, value[:-1], value + "A", value.swapcase(), value[:-1] + ("A" if value[-1] != "A" else "B"),
        "", "A" * 4000, '"' + value[:-2] + '"',
    ]
    bodies = set()
    for text in forged:
        answer = back(swivel.address, text)
        assert answer.status == 200
        assert re.fullmatch(COOKIE, answer.get("Set-Cookie")), text
        bodies.add(answer.body)
    assert len(bodies) == 3, "they are balanced like others"
    swivel.stop()
    assert swivel.routed == {"with a cookie of nobody": len(forged)}


def test_who_loses_its_server_gets_another_and_its_cookie(balance, engine, three, secret):
    with Origin(named("d")) as doomed:
        swivel = sticky(balance, [*three, f"d@{doomed}"], "--sticky-secret", secret, engine=engine)
        values = {answer.body: cookie_of(answer) for answer in (ask(swivel.address) for _ in range(4))}
        assert back(swivel.address, values[b"d"]).body == b"d"
    answer = back(swivel.address, values[b"d"])
    assert answer.body in (b"a", b"b", b"c")
    assert cookie_of(answer) == values[answer.body]
    for _ in range(3):
        assert back(swivel.address, cookie_of(answer)).body == answer.body
    # The others do not notice.
    for body in (b"a", b"b", b"c"):
        again = back(swivel.address, values[body])
        assert (again.body, cookie_of(again)) == (body, None)


@pytest.mark.parametrize("option", ["disabled", "weight=0"])
def test_a_server_that_is_to_have_nobody_keeps_nobody(balance, three, secret, option):
    one = sticky(balance, three, "--sticky-secret", secret)
    values = {answer.body: cookie_of(answer) for answer in (ask(one.address) for _ in range(3))}
    two = sticky(balance, [f"{three[0]},{option}", *three[1:]], "--sticky-secret", secret)
    answer = back(two.address, values[b"a"])
    assert answer.body in (b"b", b"c") and cookie_of(answer) == values[answer.body]


def test_a_websocket_goes_where_its_cookie_says(balance, engine, secret):
    with WebSocketServer() as one, WebSocketServer() as two:
        swivel = sticky(balance, [f"one@{one}", f"two@{two}"], "--sticky-secret", secret, engine=engine)
        with WebSocketClient(swivel.address) as client:
            value = cookie_of(client.answer)
            assert re.fullmatch(COOKIE, client.answer.get("Set-Cookie"))
            before = (len(one.peers), len(two.peers))
        for _ in range(4):
            with WebSocketClient(swivel.address, fields=[("Cookie", f"srv={value}")]) as client:
                assert client.answer.all("Set-Cookie") == []
                assert client.echoes(b"hello")
        assert (len(one.peers), len(two.peers)) == tuple(5 * count for count in before)


def test_a_server_that_sets_cookies_itself_keeps_them(balance, engine, secret):
    own = [("Set-Cookie", "a=1; Path=/"), ("Set-Cookie", "b=2")]
    with Origin(lambda asked: response(b"x", fields=own)) as origin:
        swivel = sticky(balance, origin, "--sticky-secret", secret, engine=engine)
        values = ask(swivel.address).all("Set-Cookie")
        assert [value for value in values if not value.startswith("srv=")] == [value for _, value in own]
        assert len(values) == 3


def test_without_a_file_the_secret_is_a_random_one_and_one_is_warned(balance, three):
    one, two = (sticky(balance, three, ends_clean=False) for _ in range(2))
    assert any("--sticky-secret" in warning for warning in one.warnings), one.stderr.text
    value = cookie_of(ask(one.address))
    assert cookie_of(back(one.address, value)) is None
    assert cookie_of(back(two.address, value)) not in (None, value)


# By address.

PROXIED = "127.0.0.1:0,proxy-protocol=v1,proxy-from=127.0.0.0/8"


def test_an_address_stays_with_its_server(balance, engine, three):
    swivel = sticky(balance, three, kind="source", bind=(PROXIED,), engine=engine)

    def body(index, port):
        with Client(swivel.address) as client:
            client.send(proxy.v1((f"192.0.2.{index}", port), ("198.51.100.1", 80)) + request())
            answer = client.read()
            assert answer.all("Set-Cookie") == []
            return answer.body

    first = {index: body(index, 5000) for index in range(1, 31)}
    assert set(first.values()) == {b"a", b"b", b"c"}, "the first time they are balanced like others"
    for port in (5001, 5002):
        assert {index: body(index, port) for index in first} == first


def test_an_address_that_loses_its_server_gets_another_and_keeps_that(balance, engine):
    with contextlib.ExitStack() as stack:
        origins = {name: stack.enter_context(Origin(named(name))) for name in "abcd"}
        swivel = sticky(balance, [f"{name}@{origin}" for name, origin in origins.items()], kind="source", engine=engine)
        # Whoever comes first is served by any.
        first = ask(swivel.address).body
        assert {ask(swivel.address).body for _ in range(4)} == {first}
        origins[first.decode()].close()
        second = ask(swivel.address).body
        assert second != first
        assert {ask(swivel.address).body for _ in range(4)} == {second}


def test_connections_of_an_address_stay_with_its_server(start, engine):
    """In tcp mode, where there is no cookie."""
    with Server(greeter("a")) as a, Server(greeter("b")) as b, Server(greeter("c")) as c:
        swivel = start(
            *(part for server in (a, b, c) for part in ("--server", server)), "--balance", "roundrobin", "--workers", 1,
            "--sticky", "source", engine=engine, bind=(PROXIED,),
        )

        def greeting(index):
            with swivel.connect() as client:
                client.sendall(proxy.v1((f"192.0.2.{index}", 5000), ("198.51.100.1", 80)))
                return receive_line(client)

        first = {index: greeting(index) for index in range(1, 16)}
        assert set(first.values()) == {"a", "b", "c"}
        for _ in range(2):
            assert {index: greeting(index) for index in first} == first


# What is refused at the start.


@pytest.mark.parametrize("content, status", [(b"", 65), (b"fifteen bytes..", 65), (b"sixteen bytes...", 0)])
def test_a_secret_has_sixteen_bytes_at_least(run_swivel, tmp_path, content, status):
    (tmp_path / "secret").write_bytes(content)
    flags = ["--mode", "http", "--bind", "127.0.0.1:0", "--server", "127.0.0.1:9", "--sticky", "cookie:srv"]
    outcome = run_swivel("-t", *flags, "--sticky-secret", tmp_path / "secret")
    assert outcome.returncode == status, outcome.stderr
    assert (str(tmp_path / "secret") in outcome.stderr) == bool(status)


@pytest.mark.parametrize("value", ["cookie", "cookie:", "cookie:a b", "cookie:a;b", "cooki:srv", "header:x", ""])
def test_a_stickiness_that_cannot_be_is_refused(run_swivel, value):
    flags = ["--mode", "http", "--bind", "127.0.0.1:0", "--server", "127.0.0.1:9"]
    outcome = run_swivel("-t", *flags, "--sticky", value)
    assert outcome.returncode == 64 and "--sticky" in outcome.stderr, outcome.stderr


def test_a_cookie_needs_requests(run_swivel):
    flags = ["--mode", "tcp", "--bind", "127.0.0.1:0", "--server", "127.0.0.1:9"]
    assert run_swivel("-t", *flags, "--sticky", "source").returncode == 0
    outcome = run_swivel("-t", *flags, "--sticky", "cookie:srv")
    assert outcome.returncode == 64 and "http" in outcome.stderr, outcome.stderr


def test_nothing_is_set_where_nobody_asks(balance, three):
    swivel = balance(three)
    assert ask(swivel.address).all("Set-Cookie") == []
