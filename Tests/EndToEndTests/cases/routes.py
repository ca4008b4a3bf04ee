"""Routes as an operator may write them, and where each of many requests is to go."""

import dataclasses

BACKENDS = (
    "fallback", "static", "tenant", "read", "write", "v2", "v3", "api", "users", "images", "search", "debug", "canary",
    "multi", "team", "exact", "wide",
)
# The first that matches wins. {health} is a file.
ROUTES = (
    "host=static.example -> backend=static",
    "host=*.tenant.example path=/admin/* -> deny",
    "host=*.tenant.example -> backend=tenant",
    "host=old.example -> redirect=301:https://new.example$request_uri",
    "host=plain.example -> redirect=https",
    "path=/health -> return=200:{health}",
    "path=/gone -> return=410",
    "path=/moved/* -> redirect=308:/new$request_uri",
    "path=/asked -> redirect=307:http://$host/there",
    "path=/api/v1/* method=GET method=HEAD -> backend=read",
    "path=/api/v1/* -> backend=write",
    "path=/api/* header:X-Version=2 -> backend=v2",
    "path=/api/* header:X-Version=3* -> backend=v3",
    "path=/api/* -> backend=api",
    "path~=^/users/[0-9]+$ -> backend=users",
    r"path~=\.(png|jpe?g|gif)$ -> backend=images",
    "path=/search query:q -> backend=search",
    "path=/search -> return=404",
    "query:debug=1 src=127.0.0.0/8 -> backend=debug",
    "query:debug=2 src=192.0.2.0/24 -> deny",
    "header:X-Canary -> backend=canary",
    "method=OPTIONS -> return=204",
    "host=a.example host=b.example path=/x path~=^/y+$ -> backend=multi",
    "header:X-Team=red header:X-Team=blue header:X-Level=1 -> backend=team",
    "path=/exact -> backend=exact",
    "path=/wi* src=127.0.0.1 -> backend=wide",
)


@dataclasses.dataclass(frozen=True)
class Asked:
    """`expected` is a backend's name or a status; `location` stands in the answer where it is told."""

    name: str
    expected: object
    target: str = "/"
    host: str = "other.example"
    method: str = "GET"
    fields: tuple = ()
    location: str | None = None

    def __str__(self):
        return self.name


ASKED = (
    # Hosts.
    Asked("nothing fits", "fallback"),
    Asked("a host", "static", host="static.example"),
    Asked("a host in capitals", "static", host="STATIC.Example"),
    Asked("a host with a port", "static", host="static.example:8080"),
    Asked("a host with a final dot", "static", host="static.example."),
    Asked("a host with dot and port", "static", host="static.example.:80"),
    Asked("below a host that is given exactly", "fallback", host="x.static.example"),
    Asked("a host that ends so", "fallback", host="ecstatic.example"),
    Asked("below a wildcard", "tenant", host="one.tenant.example"),
    Asked("far below a wildcard", "tenant", host="a.b.c.tenant.example"),
    Asked("below a wildcard in capitals", "tenant", host="ONE.TENANT.EXAMPLE:81"),
    Asked("what the wildcard is below", "fallback", host="tenant.example"),
    Asked("what only ends as the wildcard does", "fallback", host="nottenant.example"),
    Asked("host and path", 403, "/admin/users", "one.tenant.example"),
    Asked("host and the path itself", 403, "/admin", "one.tenant.example"),
    Asked("host and a path that only begins so", "tenant", "/administration", "one.tenant.example"),
    Asked("the path without the host", "fallback", "/admin/users"),
    Asked("an address as host", "fallback", host="127.0.0.1"),
    # Targets.
    Asked("301 with all that was asked", 301, "/a/b?c=d&e", "old.example", location="https://new.example/a/b?c=d&e"),
    Asked("301 of a POST", 301, "/", "old.example", "POST", location="https://new.example/"),
    Asked("to https", 301, "/p?q=1", "plain.example", location="https://plain.example/p?q=1"),
    Asked("to https, without the port", 301, "/p", "plain.example:8080", location="https://plain.example/p"),
    Asked("a file", 200, "/health"),
    Asked("a file, asked in vain for more", "fallback", "/healthy"),
    Asked("a status", 410, "/gone"),
    Asked("a status with a query", 410, "/gone?x=y"),
    Asked("308 to a path", 308, "/moved/x?y", location="/new/moved/x?y"),
    Asked("307 to the host that was asked", 307, "/asked?x", "some.example", "PUT", location="http://some.example/there"),
    # Paths, methods, fields.
    Asked("read", "read", "/api/v1/things"),
    Asked("read the head", "read", "/api/v1/things", method="HEAD"),
    Asked("write", "write", "/api/v1/things", method="POST"),
    Asked("delete", "write", "/api/v1", method="DELETE"),
    Asked("the version in a field", "v2", "/api/x", fields=(("X-Version", "2"),)),
    Asked("a field in small letters", "v2", "/api/x", fields=(("x-version", "2"),)),
    Asked("a value that begins so", "v3", "/api/x", fields=(("X-Version", "3.1"),)),
    Asked("a value that only begins so", "api", "/api/x", fields=(("X-Version", "22"),)),
    Asked("a value of other letters", "fallback", "/", fields=(("X-Team", "RED"), ("X-Level", "1"))),
    Asked("a prefix itself", "api", "/api"),
    Asked("a prefix with its slash", "api", "/api/"),
    Asked("what only begins as a prefix", "fallback", "/apis"),
    Asked("a prefix in capitals", "fallback", "/API/x"),
    Asked("a path with an escape", "read", "/%61pi/v1/x"),
    Asked("a path with two slashes", "read", "/api//v1///x"),
    Asked("a path with a dot", "read", "/api/./v1/./x"),
    Asked("a path that goes up", 410, "/api/v1/../../gone"),
    Asked("a path that goes up with escapes", 410, "/api/%2e%2e/gone"),
    Asked("a query is no path", "fallback", "/?/api/v1/"),
    Asked("an expression", "users", "/users/42"),
    Asked("an expression with its end", "fallback", "/users/42/posts"),
    Asked("an expression that wants a digit", "fallback", "/users/"),
    Asked("an ending", "images", "/deep/down/photo.jpeg"),
    Asked("an ending without its dot", "fallback", "/photo_png"),
    # Queries, networks.
    Asked("a parameter that is there", "search", "/search?q"),
    Asked("a parameter behind others", "search", "/search?page=2&q=x"),
    Asked("a parameter that is not there", 404, "/search?page=2"),
    Asked("a parameter whose name ends so", 404, "/search?faq=1"),
    Asked("a parameter's value", "debug", "/?debug=1"),
    Asked("the first of two counts", "fallback", "/?debug=0&debug=1"),
    Asked("the network is not that", "fallback", "/?debug=2"),
    Asked("an address alone is a network", "wide", "/wider"),
    # Together.
    Asked("a field that is there", "canary", fields=(("X-Canary", ""),)),
    Asked("a method", 204, method="OPTIONS"),
    Asked("one of two hosts, one of two paths", "multi", "/x", "a.example"),
    Asked("the other host, the other path", "multi", "/yyy", "b.example"),
    Asked("one of two hosts, no path", "fallback", "/z", "a.example"),
    Asked("one of two paths, no host", "fallback", "/x"),
    Asked("one of two values, and another field", "team", fields=(("X-Team", "blue"), ("X-Level", "1"))),
    Asked("one of two values alone", "fallback", fields=(("X-Team", "red"),)),
    Asked("exactly", "exact", "/exact"),
    Asked("exactly, with a query", "exact", "/exact?x"),
    Asked("not exactly", "fallback", "/exact/"),
)
