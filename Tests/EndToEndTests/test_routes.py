"""Routes: which requests go where, what answers them instead, and what is changed on their way."""

import contextlib
import json

import pytest

from cases.routes import ASKED, BACKENDS, ROUTES
from harness import proxy
from harness.addresses import refusing_address
from harness.http import Client, ask, start_http
from harness.messages import request, response
from harness.origin import Origin
from harness.software import IO_URING_REFUSAL


def named(name):
    """Answers with its own name and what it was asked."""
    def answer(asked):
        asked.finish()
        return response(json.dumps([name, asked.target, asked.get("Host")]).encode())

    return answer


@pytest.fixture(scope="module", params=["io_uring", "epoll"])
def table(request, swivel_path, tmp_path_factory):
    """The address of one Swivel with all the routes."""
    if request.param == "io_uring" and IO_URING_REFUSAL:
        pytest.skip(f"no io_uring here: {IO_URING_REFUSAL}")
    health = tmp_path_factory.mktemp("routes") / "health.json"
    health.write_text('{"healthy": true}')
    processes = []
    with contextlib.ExitStack() as stack:
        flags = [part for route in ROUTES for part in ("--route", route.replace("{health}", str(health)))]
        for name in BACKENDS:
            flags += ["--backend", name, "--server", stack.enter_context(Origin(named(name)))]
        try:
            bind = ("127.0.0.1:0,backend=fallback",)
            swivel = start_http(swivel_path, processes, [], flags, engine=request.param, bind=bind, ends_clean=True)
            yield swivel.address
            swivel.stop()
        finally:
            for process in processes:
                process.end()


@pytest.mark.parametrize("asked", ASKED, ids=str)
def test_a_request_goes_where_the_table_says(table, asked):
    answer = ask(table, asked.method, asked.target, asked.fields, host=asked.host)
    if isinstance(asked.expected, int):
        assert answer.status == asked.expected, (answer, answer.body)
        assert answer.get("Location") == asked.location
    else:
        assert answer.status == 200, (answer, answer.body)
        if asked.method != "HEAD":
            assert json.loads(answer.body) == [asked.expected, asked.target, asked.host]


def test_the_tables_are_as_long_as_promised():
    assert len(ROUTES) >= 25 and len(ASKED) >= 60
    assert len({asked.name for asked in ASKED}) == len(ASKED)
    reached = {asked.expected for asked in ASKED}
    assert set(BACKENDS) <= reached, set(BACKENDS) - reached


def routes(*texts):
    return [part for text in texts for part in ("--route", text)]


def test_without_a_default_backend_what_no_route_takes_is_not_found(balance, engine):
    with Origin(named("only")) as origin:
        swivel = balance([], *routes("path=/here -> backend=only"), "--backend", "only", "--server", origin, engine=engine)
        with Client(swivel.address) as client:
            assert client.ask(target="/here").status == 200
            answer = client.ask(target="/there")
            assert (answer.status, answer.get("Content-Type").partition(";")[0]) == (404, "text/plain")
            assert client.ask(target="/here").status == 200, "the connection is kept"
        assert origin.targets == ["/here", "/here"]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_has_its_status_and_its_variables(balance, engine, status):
    url = "$scheme://new.example:1/$$/$host$request_uri-$uri-$args-$remote_addr-$server_name"
    swivel = balance(
        [], *routes(f"path=/a/* -> redirect={status}:{url}", "path=/id -> redirect=302:/$request_id"),
        bind=("edge@127.0.0.1:0",), engine=engine,
    )
    with Client(swivel.address) as client:
        for method, body in (("GET", None), ("HEAD", None), ("POST", b"a body that is not read by anybody")):
            answer = client.ask(method, "/a/b?c=d", body=body, host="Asked.example")
            assert answer.status == status
            told = answer.get("Location").lower()
            assert told == "http://new.example:1/$/asked.example/a/b?c=d-/a/b-c=d-127.0.0.1-edge"
            assert "close" not in answer.options()
        first, second = (client.ask(target="/id").get("Location") for _ in range(2))
        assert len(first) > 10 and first != second


@pytest.mark.parametrize("ending, kind", [
    (".html", "text/html"), (".txt", "text/plain"), (".json", "application/json"), (".bin", "application/octet-stream"),
])
def test_a_file_is_returned_with_its_type(balance, engine, ending, kind, tmp_path):
    content = bytes(range(256)) * 300
    (tmp_path / f"page{ending}").write_bytes(content)
    swivel = balance([], *routes(f"path=/* -> return=200:{tmp_path / 'page'}{ending}"), engine=engine)
    with Client(swivel.address) as client:
        for method in ("GET", "HEAD", "POST"):
            answer = client.ask(method)
            assert (answer.status, answer.get("Content-Length")) == (200, str(len(content)))
            assert answer.get("Content-Type").partition(";")[0] == kind
            assert ("charset=utf-8" in answer.get("Content-Type").lower()) == kind.startswith("text/")
            assert answer.body == (b"" if method == "HEAD" else content)


@pytest.mark.parametrize("status", [200, 204, 304, 401, 418, 503, 599])
def test_any_final_status_can_be_returned(balance, status):
    swivel = balance([], *routes(f"path=/* -> return={status}"))
    with Client(swivel.address) as client:
        for _ in range(2):
            answer = client.ask()
            assert answer.status == status
            assert bool(answer.body) == (status not in (204, 304))


def test_servers_are_blamed_for_what_they_did_alone(balance, engine):
    """An error that a route asks for is no trouble; one for want of a server is."""
    with refusing_address() as dead:
        swivel = balance(dead, *routes("path=/later -> return=503"), "--retries", 0, engine=engine)
        assert ask(swivel.address, target="/later").status == 503
        with Client(swivel.address) as client:
            client.send(b"PRI * HTTP/2.0\r\n\r\n")
            assert client.read().status == 505
        swivel.stderr.wait_for("requests refused that are malformed", 5)
        assert not [warning for warning in swivel.warnings if "no server answered" in warning]
        assert ask(swivel.address).status == 503
        swivel.stderr.wait_for("as no server answered them well", 5)


def test_whose_network_is_denied_is_told_by_the_proxy_before(balance, engine):
    with Origin() as origin:
        swivel = balance(
            origin, *routes("src=192.0.2.0/24 src=2001:db8::/32 -> deny"), engine=engine,
            bind=("127.0.0.1:0,proxy-protocol=v1,proxy-from=127.0.0.0/8",),
        )
        for source, status in (("192.0.2.7", 403), ("192.0.3.7", 200), ("2001:db8:1::7", 403), ("2001:db9::7", 200)):
            with Client(swivel.address) as client:
                other = "198.51.100.1" if "." in source else "2001:db9::1"
                client.send(proxy.v1((source, 5000), (other, 80)) + request())
                assert client.read().status == status, source


def test_error_files_are_the_bodies_of_our_own_answers(balance, engine, tmp_path):
    (tmp_path / "503.html").write_text("<h1>back soon</h1>")
    (tmp_path / "403.json").write_text('{"denied": true}')
    (tmp_path / "400.txt").write_text("speak plainly\n")
    (tmp_path / "404.html").write_text("<h1>nowhere</h1>")
    files = [part for file in tmp_path.iterdir() for part in ("--errorfile", f"{file.stem}={file}")]

    def answer(asked):
        return response(b"the server's own", "404 Not Found")

    with Origin(answer) as origin, refusing_address() as dead:
        swivel = balance(
            origin, *files, *routes("path=/denied -> deny", "path=/dead -> backend=dead", "path=/no -> return=404"),
            "--backend", "dead", "--server", dead, "--retries", 0, engine=engine,
        )
        told = {}
        for target in ("/dead", "/denied", "/no", "/server"):
            answer = ask(swivel.address, target=target)
            told[target] = answer.status, (answer.get("Content-Type") or "").partition(";")[0], answer.body
        with Client(swivel.address) as client:
            client.send(b"GET / HTTP/1.1\r\nHost : x\r\n\r\n")
            answer = client.read()
            told["bad"] = answer.status, answer.get("Content-Type").partition(";")[0], answer.body
    assert told == {
        "/dead": (503, "text/html", b"<h1>back soon</h1>"), "/denied": (403, "application/json", b'{"denied": true}'),
        "/no": (404, "text/html", b"<h1>nowhere</h1>"), "/server": (404, "", b"the server's own"),
        "bad": (400, "text/plain", b"speak plainly\n"),
    }


# Fields and paths.


def test_fields_are_set_added_and_removed_on_both_ways(balance, engine):
    flags = [
        "--header-up", "X-Set: of the frontend", "--header-up", "-X-Gone", "--header-up", "+X-More: 2",
        "--header-down", "X-Set: $host of $server_name", "--header-down", "-Server", "--header-down", "+X-More: b",
        "--route", "path=/own -> backend=default", "--header-up", "X-Set: of the route", "--header-up", "Host: inner.example",
        "--header-up", "X-Who: $remote_addr $request_uri $$", "--header-down", "-X-Set",
        "--header-down", "Cache-Control: no-store",
    ]
    own = [("Server", "theirs"), ("X-More", "a"), ("X-Set", "1"), ("x-set", "2"), ("Cache-Control", "max-age=1")]
    with Origin(lambda asked: response(b"x", fields=own)) as origin:
        swivel = balance(origin, *flags, bind=("edge@127.0.0.1:0",), engine=engine)
        sent = [("X-Set", "1"), ("x-set", "2"), ("X-Gone", "x"), ("X-More", "1"), ("x-who", "me")]
        plain, routed = ask(swivel.address, fields=sent), ask(swivel.address, target="/own?q", fields=sent)
    first, second = origin.seen
    assert (first.all("X-Set"), first.all("X-Gone"), first.all("X-More")) == (["of the frontend"], [], ["1", "2"])
    assert (first.get("Host"), first.get("X-Who")) == ("example.com", "me")
    assert (second.all("X-Set"), second.all("X-Gone"), second.all("X-More")) == (["of the route"], [], ["1", "2"])
    assert (second.get("Host"), second.all("X-Who")) == ("inner.example", ["127.0.0.1 /own?q $"])
    assert (plain.all("X-Set"), plain.all("Server"), plain.all("X-More")) == (["example.com of edge"], [], ["a", "b"])
    assert (routed.all("X-Set"), routed.all("Cache-Control")) == ([], ["no-store"])
    assert plain.all("Cache-Control") == ["max-age=1"]


def test_no_field_can_be_smuggled_through_a_variable(balance, engine):
    """What a client writes is refused where it could end a line, and copied as it is elsewhere."""
    with Origin() as origin:
        swivel = balance(origin, "--header-up", "X-Copy: $request_uri $args", "--header-down", "X-Copy: $uri", engine=engine)
        answer = ask(swivel.address, target="/a%0d%0aX-Evil:%201?b%0d%0aX-Evil:%201")
        assert origin.seen[0].all("X-Evil") == [] == answer.all("X-Evil")
        assert "%0d%0a" in origin.seen[0].get("X-Copy")


@pytest.mark.parametrize("flags, passed", [
    (["--strip-prefix", "/api"], {
        "/api/x?q": "/x?q", "/api": "/", "/api?q": "/?q", "/apix": "/apix", "/x/api/y": "/x/api/y", "/api/": "/",
    }),
    (["--add-prefix", "/v2"], {"/x?q": "/v2/x?q", "/": "/v2/"}),
    (["--strip-prefix", "/api", "--add-prefix", "/v2"], {"/api/x": "/v2/x", "/api": "/v2", "/other": "/v2/other"}),
], ids=["strip", "add", "both"])
def test_prefixes_are_stripped_and_added(balance, engine, flags, passed):
    with Origin() as origin:
        swivel = balance(origin, *flags, engine=engine)
        with Client(swivel.address) as client:
            for target in passed:
                client.ask(target=target)
        assert dict(zip(passed, origin.targets)) == passed


def test_prefixes_of_a_route_are_of_its_requests_alone(balance, engine):
    with Origin() as origin:
        swivel = balance(
            origin, *routes("path=/a/* -> backend=default"), "--strip-prefix", "/a",
            *routes("path=/b/* -> backend=default"), "--add-prefix", "/c", engine=engine,
        )
        with Client(swivel.address) as client:
            for target in ("/a/x", "/b/x", "/x"):
                client.ask(target=target)
        assert origin.targets == ["/x", "/c/b/x", "/x"]


# Servers that clients are sent to.


def test_a_client_is_sent_to_the_servers_own_address(balance, engine):
    """302 keeps no method, so whoever sends a body gets 307. No byte reaches the server, and no place is kept."""
    with Origin() as origin:
        swivel = balance([f"{origin},redirect=https://one.example,maxconn=1"], "--queue", 0, engine=engine)
        with Client(swivel.address) as client:
            for _ in range(5):
                for method, status in (("GET", 302), ("HEAD", 302), ("POST", 307), ("PUT", 307), ("DELETE", 307)):
                    answer = client.ask(method, "/a?b=c", body=b"body" if method == "POST" else None)
                    assert (answer.status, answer.get("Location")) == (status, "https://one.example/a?b=c")
    assert origin.accepted == 0


def test_clients_are_sent_to_each_server_in_turn(balance, engine):
    servers = [f"127.0.0.1:{port},redirect=http://{name}.example" for port, name in ((9, "a"), (10, "b"), (11, "c"))]
    swivel = balance(servers, "--balance", "roundrobin", "--workers", 1, engine=engine)
    told = [ask(swivel.address).get("Location") for _ in range(9)]
    assert {url: told.count(url) for url in set(told)} == {f"http://{name}.example/": 3 for name in "abc"}


def test_a_thousand_hosts_have_each_their_own(balance):
    texts = [f"host=h{index}.example -> return={200 + index % 300}" for index in range(1000)]
    swivel = balance([], *routes(*texts))
    with Client(swivel.address) as client:
        for index in range(0, 1000, 7):
            status = 200 + index % 300
            assert client.ask(host=f"H{index}.example:80").status == status
        assert client.ask(host="h1000.example").status == 404
