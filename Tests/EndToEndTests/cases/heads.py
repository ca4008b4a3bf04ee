"""Requests whose head is odd: its lines, its names, its target, its version, its host, its size."""

from cases.row import HOST, SMUGGLED, Either, Passed, Refused, head, post, rows


def field(line):
    return head(line)


LINES = rows(
    "line ends", "RFC 9112 2.2",
    ("a bare LF behind the request line", b"GET /case HTTP/1.1\nHost: example.com\r\n\r\n"),
    ("a bare LF behind a field", b"GET /case HTTP/1.1\r\nHost: example.com\nX: y\r\n\r\n"),
    ("bare LFs throughout", b"GET /case HTTP/1.1\nHost: example.com\n\n"),
    ("a bare LF for the empty line", b"GET /case HTTP/1.1\r\nHost: example.com\r\n\n"),
    ("a bare LF hides a length", b"POST /case HTTP/1.1\r\nHost: example.com\r\nX: y\nContent-Length: 5\r\n\r\nhello"),
    ("a bare LF hides a head's end", b"GET /case HTTP/1.1\r\nHost: example.com\r\nX: y\n\nGET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("a bare CR in a value", head(b"X: a\rb")),
    ("a bare CR hides a length", b"POST /case HTTP/1.1\r\nHost: example.com\r\nX: y\rContent-Length: 5\r\n\r\n"),
    ("a bare CR behind the request line", b"GET /case HTTP/1.1\rHost: example.com\r\n\r\n"),
    ("two CR before a LF", b"GET /case HTTP/1.1\r\nHost: example.com\r\r\n\r\n"),
    ("CR for the empty line", b"GET /case HTTP/1.1\r\nHost: example.com\r\n\rX: y\r\n\r\n"),
    ("a bare CR in the target", b"GET /ca\rse HTTP/1.1\r\nHost: example.com\r\n\r\n"),
    ("a bare LF before the request", b"\nGET /case HTTP/1.1\r\nHost: example.com\r\n\r\n"),
    ("a bare CR before the request", b"\rGET /case HTTP/1.1\r\nHost: example.com\r\n\r\n"),
    ("three empty lines before the request", b"\r\n\r\n\r\n" + head(), Either((400,))),
    ("one empty line before the request", b"\r\n" + head(), Passed()),
    ("one empty line behind a body", post(b"Content-Length: 5", body=b"hello\r\n" + SMUGGLED), Passed(body=b"hello", count=2)),
)

FIELDS = rows(
    "field lines", "RFC 9112 5, RFC 9110 5",
    ("a space before the colon", field(b"X : y")),
    ("a tab before the colon", field(b"X\t: y")),
    ("a space before the colon of Content-Length", post(b"Content-Length : 5", body=b"hello")),
    ("a space before the colon of Host", head(host=b"Host : example.com")),
    ("no colon", field(b"X")),
    ("no name", field(b": y")),
    ("a colon alone", field(b":")),
    ("a space before the first name", b"GET /case HTTP/1.1\r\n Host: example.com\r\n\r\n"),
    ("a tab before the first name", b"GET /case HTTP/1.1\r\n\tHost: example.com\r\n\r\n"),
    ("folded by a space", head(b"X: a", b" b")),
    ("folded by a tab", head(b"X: a", b"\tb")),
    ("a folded Host", head(b" and.more")),
    ("a line of white space", head(b" ")),
    ("folded in front of a length", post(b"X: a", b" Content-Length: 5", body=b"hello")),
    *((f"{name} in a name", field(b"X" + byte + b"Y: z")) for name, byte in (
        ("NUL", b"\0"), ("a control byte", b"\x01"), ("a space", b" "), ("a quote", b'"'), ("a bracket", b"("),
        ("a comma", b","), ("a slash", b"/"), ("a semicolon", b";"), ("an equals sign", b"="), ("an at sign", b"@"),
        ("a brace", b"{"), ("a backslash", b"\\"), ("DEL", b"\x7f"), ("a byte beyond ASCII", b"\xe9"),
    )),
    *((f"{name} in a value", field(b"X: a" + byte + b"b")) for name, byte in (
        ("NUL", b"\0"), ("a control byte", b"\x01"), ("backspace", b"\x08"), ("vertical tab", b"\x0b"),
        ("form feed", b"\x0c"), ("escape", b"\x1b"), ("DEL", b"\x7f"),
    )),
    ("NUL at the start of a value", field(b"X: \0")),
    ("NUL in Host", head(host=b"Host: example.com\0")),
    ("NUL in a folded line", head(b"X: a", b" \0")),
    ("a tab within a value", field(b"X: a\tb"), Passed()),
    ("bytes beyond ASCII in a value", field(b"X: \xe9\xff"), Passed()),
    ("an empty value", field(b"X:"), Passed()),
    ("all marks that a name may have", field(b"!#$%&'*+-.^_`|~09azAZ: y"), Passed()),
    ("a colon in a value", field(b"X: a:b: c"), Passed()),
    ("a request as a value", field(b"X: GET /smuggled HTTP/1.1"), Passed()),
)


def line(start, host=HOST):
    return head(start=start, host=host)


REQUEST_LINES = rows(
    "request lines", "RFC 9112 3",
    ("two spaces behind the method", line(b"GET  /case HTTP/1.1")),
    ("two spaces behind the target", line(b"GET /case  HTTP/1.1")),
    ("a tab behind the method", line(b"GET\t/case HTTP/1.1")),
    ("a tab behind the target", line(b"GET /case\tHTTP/1.1")),
    ("a space before the method", line(b" GET /case HTTP/1.1")),
    ("a space behind the version", line(b"GET /case HTTP/1.1 ")),
    ("a word behind the version", line(b"GET /case HTTP/1.1 more")),
    ("a space in the target", line(b"GET /ca se HTTP/1.1")),
    ("a request in the target", line(b"GET /smuggled HTTP/1.1 HTTP/1.1")),
    ("no version", line(b"GET /case"), Refused(400)),
    ("no target", line(b"GET HTTP/1.1")),
    ("no method", line(b"/case HTTP/1.1")),
    ("an empty target", line(b"GET  HTTP/1.1")),
    ("a method with a slash", line(b"G/T /case HTTP/1.1")),
    ("a method with a colon", line(b"GET: /case HTTP/1.1")),
    ("a method with a byte beyond ASCII", line(b"G\xc9T /case HTTP/1.1")),
    ("NUL in the method", line(b"G\0T /case HTTP/1.1")),
    ("NUL in the target", line(b"GET /ca\0se HTTP/1.1")),
    ("a control byte in the target", line(b"GET /ca\x01se HTTP/1.1")),
    ("DEL in the target", line(b"GET /ca\x7fse HTTP/1.1")),
    ("a vertical tab in the target", line(b"GET /ca\x0bse HTTP/1.1")),
    ("bytes beyond ASCII in the target", line("GET /cäse HTTP/1.1".encode()), Either((400,), Passed(None))),
    ("a fragment", line(b"GET /case#here HTTP/1.1")),
    ("no slash before the path", line(b"GET case HTTP/1.1")),
    ("an authority for GET", line(b"GET example.com:80 HTTP/1.1")),
    ("an asterisk for GET", line(b"GET * HTTP/1.1")),
    ("an asterisk and more", line(b"OPTIONS *x HTTP/1.1")),
    ("an unknown scheme", line(b"GET ftp://example.com/case HTTP/1.1")),
    ("a scheme without an authority", line(b"GET http:///case HTTP/1.1")),
    ("userinfo in the target", line(b"GET http://user@example.com/case HTTP/1.1")),
    ("a password in the target", line(b"GET http://user:secret@example.com/case HTTP/1.1")),
    ("a bad port in the target", line(b"GET http://example.com:port/case HTTP/1.1")),
    ("a port too large in the target", line(b"GET http://example.com:65536/case HTTP/1.1"), Either((400,), Passed(host=None))),
    ("an unknown method", line(b"BREW /case HTTP/1.1"), Passed()),
    ("a method in lower case is another", line(b"get /case HTTP/1.1"), Passed()),
    ("absolute-form", line(b"GET http://example.com/case HTTP/1.1"), Passed()),
    ("absolute-form with another Host", line(b"GET http://example.com/case HTTP/1.1", b"Host: other.example"), Passed()),
    ("absolute-form with a query alone", line(b"GET http://example.com?q=1 HTTP/1.1"), Passed("/?q=1")),
    ("absolute-form without a path", line(b"GET http://example.com HTTP/1.1"), Passed("/")),
    ("absolute-form with its scheme in capitals", line(b"GET HTTP://example.com/case HTTP/1.1"), Passed()),
    ("two slashes", line(b"GET //case HTTP/1.1"), Passed("//case")),
    ("dots are left alone", line(b"GET /a/../case/./%2e%2e/x HTTP/1.1"), Passed("/a/../case/./%2e%2e/x")),
    ("a question mark alone", line(b"GET /case? HTTP/1.1"), Passed("/case?")),
    ("a URL in the query", line(b"GET /case?u=http://a/b HTTP/1.1"), Passed("/case?u=http://a/b")),
    ("asterisk-form", line(b"OPTIONS * HTTP/1.1"), Passed("*")),
    ("CONNECT to an authority", line(b"CONNECT example.com:443 HTTP/1.1"), Refused(405)),
    ("CONNECT to a path", line(b"CONNECT /case HTTP/1.1"), Refused(400, 405)),
    ("CONNECT with a body", post().replace(b"POST /case", b"CONNECT example.com:443") + SMUGGLED, Refused(405)),
    ("TRACE", line(b"TRACE /case HTTP/1.1"), Either((405, 501))),
)

VERSIONS = rows(
    "versions", "RFC 9112 2.3",
    ("HTTP/2.0", line(b"GET /case HTTP/2.0"), Refused(505)),
    ("HTTP/3.0", line(b"GET /case HTTP/3.0"), Refused(505)),
    ("HTTP/0.9", line(b"GET /case HTTP/0.9"), Refused(505)),
    ("HTTP/9.9", line(b"GET /case HTTP/9.9"), Refused(505)),
    ("the preface of HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", Refused(505)),
    ("HTTP/2", line(b"GET /case HTTP/2"), Refused(400, 505)),
    ("HTTP/1", line(b"GET /case HTTP/1")),
    ("HTTP/1.", line(b"GET /case HTTP/1.")),
    ("HTTP/.1", line(b"GET /case HTTP/.1")),
    ("HTTP/1.10", line(b"GET /case HTTP/1.10")),
    ("HTTP/01.1", line(b"GET /case HTTP/01.1")),
    ("HTTP/1.1.1", line(b"GET /case HTTP/1.1.1")),
    ("HTTP/1,1", line(b"GET /case HTTP/1,1")),
    ("HTTP 1.1", line(b"GET /case HTTP 1.1")),
    ("http/1.1", line(b"GET /case http/1.1")),
    ("HTTPS/1.1", line(b"GET /case HTTPS/1.1")),
    ("HTTP/a.b", line(b"GET /case HTTP/a.b")),
    ("HTTP/1.x", line(b"GET /case HTTP/1.x")),
    ("XTP/1.1", line(b"GET /case XTP/1.1")),
    ("HTTP/1.2 is as 1.1", line(b"GET /case HTTP/1.2"), Either((400, 505))),
    ("HTTP/1.0", line(b"GET /case HTTP/1.0"), Passed()),
)


def host(value, start=b"GET /case HTTP/1.1"):
    return head(start=start, host=b"Host: " + value)


HOSTS = rows(
    "Host", "RFC 9112 3.2, RFC 9110 7.2",
    ("none", head(host=None)),
    ("none, with absolute-form", line(b"GET http://example.com/case HTTP/1.1", None)),
    ("two", head(b"Host: other.example")),
    ("two that are equal", head(HOST)),
    ("two, one empty", head(b"Host:")),
    ("two, far apart", head(*(b"X-%d: y" % index for index in range(60)), b"host: example.com")),
    ("two in HTTP/1.0", head(b"Host: other.example", start=b"GET /case HTTP/1.0")),
    ("a list", host(b"example.com, other.example")),
    ("userinfo", host(b"user@example.com")),
    ("userinfo with a password", host(b"user:secret@example.com")),
    ("a path", host(b"example.com/path")),
    ("a query", host(b"example.com?q")),
    ("a fragment", host(b"example.com#f")),
    ("a URL", host(b"http://example.com")),
    ("a backslash", host(b"example.com\\path")),
    ("a space within", host(b"example.com other")),
    ("a tab within", host(b"example\t.com")),
    ("a port of letters", host(b"example.com:port")),
    ("a negative port", host(b"example.com:-1")),
    ("a port with a plus", host(b"example.com:+80")),
    ("two ports", host(b"example.com:80:80")),
    ("a port of six digits", host(b"example.com:123456")),
    ("a port too large", host(b"example.com:65536"), Either((400,), Passed(host=None))),
    ("a port with a path", host(b"example.com:80/x")),
    ("a port alone", host(b":80")),
    ("an open bracket", host(b"[::1")),
    ("a closed bracket", host(b"::1]")),
    ("no address in the brackets", host(b"[]")),
    ("letters in the brackets", host(b"[example]")),
    ("behind the brackets, no port", host(b"[::1]x")),
    ("a comma", host(b"a,b"), Either((400,), Passed(host="a,b"))),
    ("a quote", host(b'"example.com"')),
    ("angle brackets", host(b"<script>")),
    ("a bad percent sign", host(b"a%zz"), Either((400,), Passed(host=None))),
    ("bytes beyond ASCII", host("exämple.com".encode()), Either((400,), Passed(host=None))),
    ("empty", host(b""), Either((400,), Passed(host=None))),
    ("a port with no digits", host(b"example.com:"), Either((400,), Passed(host=None))),
    ("a port", host(b"example.com:8080"), Passed(host="example.com:8080")),
    ("an address of version 6", host(b"[::1]:80"), Passed(host="[::1]:80")),
    ("an underscore", host(b"a_b.example"), Passed(host="a_b.example")),
    ("none in HTTP/1.0", head(start=b"GET /case HTTP/1.0", host=None), Passed(host=None)),
)

OPTIONS = rows(
    "Connection", "RFC 9110 7.6.1",
    ("names Host", head(b"Connection: Host")),
    ("names Content-Length", post(b"Connection: Content-Length", b"Content-Length: 5", body=b"hello")),
    ("names Transfer-Encoding", post(b"Connection: close, transfer-encoding", b"Transfer-Encoding: chunked", body=b"0\r\n\r\n")),
    ("names Host in its second line", head(b"Connection: keep-alive", b"Connection: host")),
    ("names another field", head(b"Connection: X-Secret", b"X-Secret: 1"), Passed(absent=("X-Secret",))),
    ("names it in capitals", head(b"Connection: x-SECRET", b"X-Secret: 1"), Passed(absent=("X-Secret",))),
    ("names it in its second line", head(b"X-Secret: 1", b"Connection: close", b"Connection: X-Secret"), Passed(absent=("X-Secret",))),
    ("names it behind empty ones", head(b"Connection: , ,X-Secret,", b"X-Secret: 1"), Passed(absent=("X-Secret",))),
    ("old fields of a proxy", head(b"Keep-Alive: timeout=5", b"Proxy-Connection: keep-alive"), Passed(absent=("Keep-Alive", "Proxy-Connection"))),
    ("an upgrade to h2c", head(b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__"),
     Passed(absent=("Upgrade", "HTTP2-Settings"))),
    ("h2c not named", head(b"Connection: Upgrade", b"Upgrade: h2c", b"HTTP2-Settings: AAMAAABkAAQAAP__"),
     Passed(absent=("Upgrade", "HTTP2-Settings"))),
    ("an upgrade to another protocol", head(b"Connection: upgrade", b"Upgrade: foo/2"), Passed(absent=("Upgrade",))),
    ("an upgrade that Connection does not name", head(b"Upgrade: h2c"), Passed(absent=("Upgrade",))),
    ("TE", head(b"Connection: TE", b"TE: gzip, trailers"), Passed()),
)

EXPECTATIONS = rows(
    "Expect", "RFC 9110 10.1.1",
    ("another expectation", post(b"Expect: payment", b"Content-Length: 5", body=b"hello")),
    ("100-continue and another", post(b"Expect: 100-continue, payment", b"Content-Length: 5", body=b"hello")),
    ("oddly written", post(b"Expect: 100continue", b"Content-Length: 5", body=b"hello")),
    expected=Refused(417),
)

LINE_MAX = 8190


def target(count):
    """A request line of so many bytes."""
    path = b"/" + b"a" * (count - len(b"GET / HTTP/1.1"))
    return line(b"GET " + path + b" HTTP/1.1"), path.decode()


def many(count):
    return head(*(b"X-%d: y" % index for index in range(count - 1)))


def long(count):
    return head(b"X: " + b"y" * (count - 3))


SIZES = rows(
    "sizes", "RFC 9112 3, RFC 9110 4.1, 5.4; RFC 6585 5",
    ("the longest request line", target(LINE_MAX)[0], Passed(target(LINE_MAX)[1])),
    ("a byte more", target(LINE_MAX + 1)[0], Refused(414)),
    ("a target of 20,000 bytes", target(20_000)[0], Refused(414)),
    ("a target of 200,000 bytes", target(200_000)[0], Refused(414)),
    ("as many fields as allowed", many(100), Passed()),
    ("one more", many(101), Refused(431)),
    ("a thousand fields", many(1000), Refused(431)),
    ("the longest field", long(LINE_MAX), Passed()),
    ("a byte more in a field", long(LINE_MAX + 1), Refused(431)),
    ("a field of 100,000 bytes", long(100_000), Refused(431)),
    ("a head of 31,000 bytes", head(*(b"X-%d: %b" % (index, b"y" * 995) for index in range(30))), Passed()),
    ("a head of 40,000 bytes", head(*(b"X-%d: %b" % (index, b"y" * 995) for index in range(40))), Refused(431)),
)

ROWS = LINES + FIELDS + REQUEST_LINES + VERSIONS + HOSTS + OPTIONS + EXPECTATIONS + SIZES
