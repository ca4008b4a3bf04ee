"""What Swivel adds, removes and replaces in the fields of a head, and what it leaves alone."""

import email.utils
import re
import threading
import time

import pytest

from harness import kernel
from harness.clients import is_readable
from harness.http import Client, ask
from harness.messages import lines, request, response
from harness.origin import Origin

HINTS = lines("HTTP/1.1 103 Early Hints", [("Link", "</style.css>; rel=preload")])
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
FORWARDED_NAMES = ("X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "X-Real-IP", "Via")


def sent_on(balance, engine, *flags, fields=(), target="/", method="GET", **options):
    """The request as the server got it."""
    with Origin() as origin:
        swivel = balance(origin, *flags, engine=engine)
        answer = ask(swivel.address, method, target, fields, **options)
        assert answer.status == 200, answer
    (seen,) = origin.seen
    return seen


# Interim responses and expectations.


def test_100_continue_comes_from_the_server(balance, engine):
    def answer(asked):
        asked.connection.sendall(CONTINUE)
        return response(asked.body)

    with Origin(answer) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            client.send(request("POST", "/", [("Expect", "100-continue"), ("Content-Length", 5)]))
            assert is_readable(client.connection, 60), "neither side begins"
            client.send(b"hello")
            answer = client.read()
            assert [interim.status for interim in answer.interim] == [100]
            assert answer.body == b"hello"
    assert origin.seen[0].get("Expect") == "100-continue"


def test_a_server_may_refuse_what_is_expected(balance, engine):
    with Origin(lambda asked: response(b"no", "417 Expectation Failed", [("Connection", "close")])) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            client.send(request("POST", "/", [("Expect", "100-continue"), ("Content-Length", 5)]))
            answer = client.read()
            assert (answer.status, answer.body, answer.interim) == (417, b"no", [])


def test_100_and_103_are_not_passed_on_to_a_client_of_1_0(balance, engine):
    with Origin(lambda asked: CONTINUE + HINTS + response(asked.body)) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            answer = client.ask("POST", "/", [("Expect", "100-continue")], b"hello", version="HTTP/1.0")
            assert (answer.interim, answer.body) == ([], b"hello")


def test_103_is_passed_on_at_once_and_with_its_fields(balance, engine):
    def answer(asked):
        asked.connection.sendall(HINTS)
        is_heard.wait(60)
        return response(b"page")

    is_heard = threading.Event()
    with Origin(answer) as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            client.send(request())
            assert is_readable(client.connection, 30), "what comes at once does not wait for the page"
            is_heard.set()
            answer = client.read()
            assert [interim.get("Link") for interim in answer.interim] == ["</style.css>; rel=preload"]
            assert answer.body == b"page"


# Targets and hosts.


def test_the_authority_of_absolute_form_replaces_host(balance, engine):
    seen = sent_on(balance, engine, target="http://one.example:81/a?b=c", host="two.example")
    assert (seen.target, seen.get("Host")) == ("/a?b=c", "one.example:81")


def test_asterisk_form_stays(balance, engine):
    assert sent_on(balance, engine, method="OPTIONS", target="*").target == "*"


@pytest.mark.parametrize("target", ["/a%20b/%2F?c=%00&d", "//a//b", "/a;p=1", "/?", "/a/../b", "/~!$&'()*+,;=:@"])
def test_a_target_is_not_rewritten(balance, engine, target):
    assert sent_on(balance, engine, target=target).target == target


# Fields of one connection.


def test_what_connection_names_is_removed_both_ways(balance, engine):
    fields = [("X-One", "1"), ("Connection", "X-One, keep-alive"), ("Keep-Alive", "timeout=9"), ("X-Two", "2")]
    with Origin(lambda asked: response(b"x", fields=fields)) as origin:
        swivel = balance(origin, engine=engine)
        answer = ask(swivel.address, fields=fields)
    for message in (origin.seen[0], answer):
        assert message.all("X-One") == message.all("Keep-Alive") == []
        assert message.get("X-Two") == "2"
        assert "x-one" not in message.options()


def test_an_upgrade_that_no_route_allows_is_removed_and_the_request_goes_on(balance, engine):
    settings = [("Connection", "Upgrade, HTTP2-Settings"), ("Upgrade", "h2c"), ("HTTP2-Settings", "AAMAAABkAAQAAP__")]
    seen = sent_on(balance, engine, fields=settings)
    assert seen.all("Upgrade") == seen.all("HTTP2-Settings") == []
    assert not seen.options() & {"upgrade", "http2-settings"}


def test_the_rest_comes_through_in_order_and_as_it_was_written(balance, engine):
    fields = [("X-b", "1"), ("x-A", "2, 3"), ("X-b", "4"), ("Cookie", "a=b; c=d"), ("ACCEPT", "*/*"), ("X-Empty", "")]
    with Origin(lambda asked: response(b"x", fields=fields)) as origin:
        swivel = balance(origin, engine=engine)
        answer = ask(swivel.address, fields=fields)
    for message in (origin.seen[0], answer):
        own = [pair for pair in message.fields if pair[0] in {name for name, _ in fields}]
        assert own == fields


def test_a_date_is_added_where_there_is_none(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, engine=engine)
        with Client(swivel.address) as client:
            began = time.time()
            told = email.utils.parsedate_to_datetime(client.ask().get("Date"))
            assert began - 2 <= told.timestamp() <= time.time()  # Whole seconds, made once a second.
            assert client.ask().get("Date").endswith(" GMT")
            origin.answer = lambda asked: response(b"x", fields=[("Date", "Tue, 15 Nov 1994 08:12:31 GMT")])
            assert client.ask().get("Date") == "Tue, 15 Nov 1994 08:12:31 GMT"


# Who the client is.


def test_x_forwarded_tells_of_the_client(balance, engine):
    seen = sent_on(balance, engine)
    assert [seen.get(name) for name in FORWARDED_NAMES] == ["127.0.0.1", "http", "example.com", None, None, None]


def test_what_a_stranger_says_of_forwarding_is_replaced(balance, engine):
    lies = [(name, "192.0.2.1") for name in FORWARDED_NAMES[:3]] + [("x-forwarded-for", "192.0.2.2")]
    lies += [("Forwarded", "for=192.0.2.1"), ("X-Real-IP", "192.0.2.1")]
    seen = sent_on(balance, engine, "--real-ip", "on", fields=lies)
    assert seen.all("X-Forwarded-For") == seen.all("X-Real-IP") == ["127.0.0.1"]
    assert seen.all("X-Forwarded-Proto") == ["http"]
    assert "192.0.2.1" not in "".join(seen.all("X-Forwarded-Host") + seen.all("Forwarded"))


def test_what_a_trusted_proxy_says_is_continued(balance, engine):
    told = [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Proto", "https"), ("X-Forwarded-Host", "outer.example")]
    seen = sent_on(balance, engine, "--trusted-proxies", "127.0.0.0/8", fields=told)
    assert ", ".join(seen.all("X-Forwarded-For")) == "192.0.2.1, 127.0.0.1"
    assert (seen.get("X-Forwarded-Proto"), seen.get("X-Forwarded-Host")) == ("https", "outer.example")


def test_a_proxy_of_another_network_is_not_trusted(balance, engine):
    told = [("X-Forwarded-For", "192.0.2.1"), ("X-Forwarded-Proto", "https")]
    seen = sent_on(balance, engine, "--trusted-proxies", "10.0.0.0/8,192.0.2.0/24", fields=told)
    assert (seen.all("X-Forwarded-For"), seen.get("X-Forwarded-Proto")) == (["127.0.0.1"], "http")


def forwarded(seen):
    """The last element of Forwarded, its parameters by name."""
    element = seen.all("Forwarded")[-1].rpartition(",")[2]
    return {name.strip().lower(): value.strip('" ') for name, _, value in (p.partition("=") for p in element.split(";"))}


def test_forwarded_of_rfc_7239(balance, engine):
    seen = sent_on(balance, engine, "--forwarded", "rfc7239", host="a.example:8080")
    told = forwarded(seen)
    assert re.fullmatch(r"127\.0\.0\.1(:\d+)?", told["for"])
    assert (told["proto"], told["host"]) == ("http", "a.example:8080")
    assert 'host="a.example:8080"' in seen.get("Forwarded")  # A colon must be quoted: RFC 7239 4.
    assert seen.all("X-Forwarded-For") == []


@pytest.mark.skipif(kernel.ipv6_refusal() is not None, reason=str(kernel.ipv6_refusal()))
def test_forwarded_quotes_an_address_of_version_6(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, "--forwarded", "both", engine=engine, bind=("[::1]:0",))
        ask(swivel.address)
    assert re.search(r'for="\[::1\](:\d+)?"', origin.seen[0].get("Forwarded"))
    assert origin.seen[0].get("X-Forwarded-For") == "::1"


def test_forwarding_may_be_off(balance, engine):
    seen = sent_on(balance, engine, "--forwarded", "off")
    assert [seen.get(name) for name in FORWARDED_NAMES] == [None] * 6


def test_a_request_has_an_id(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, engine=engine)
        for _ in range(100):
            ask(swivel.address)
        assert ask(swivel.address, fields=[("X-Request-ID", "from-outside-1")]).status == 200
    identities = [seen.get("X-Request-ID") for seen in origin.seen[:100]]
    assert len(set(identities)) == 100
    assert all(re.fullmatch(r"[0-9A-Za-z-]{16,64}", identity) for identity in identities), identities[:3]
    assert len(origin.seen[100].all("X-Request-ID")) == 1


def test_the_id_has_the_name_one_gives_it(balance, engine):
    seen = sent_on(balance, engine, "--request-id", "X-Trace")
    assert seen.get("X-Trace") and seen.get("X-Request-ID") is None


def test_real_ip_and_via_come_on_request(balance, engine):
    with Origin() as origin:
        swivel = balance(origin, "--real-ip", "on", "--via", "edge", engine=engine)
        answer = ask(swivel.address, fields=[("Via", "1.0 before")])
    seen = origin.seen[0]
    assert seen.get("X-Real-IP") == "127.0.0.1"
    assert ", ".join(seen.all("Via")) == "1.0 before, 1.1 edge"
    assert ", ".join(answer.all("Via")) == "1.1 edge"
