"""What a server may answer, and what it may not: bytes as they are sent, and whether the server ends behind them."""

import dataclasses


class BadGateway:
    """The client gets a 502: nothing of this was ever forwarded."""


class Broken:
    """What is wrong comes behind the head: the client gets a 502, or an answer that is visibly cut."""


@dataclasses.dataclass(frozen=True)
class Passed:
    status: int = 200
    body: bytes = b"hello"
    interim: int = 0
    absent: tuple = ()


@dataclasses.dataclass(frozen=True)
class Either:
    """Passed on so that it is plain, or a 502."""

    passed: Passed = Passed()


@dataclasses.dataclass(frozen=True)
class Row:
    technique: str
    section: str
    name: str
    raw: bytes
    expected: object
    method: str = "GET"
    # Whether the server ends its side behind the bytes.
    ends: bool = False

    def __str__(self):
        return f"{self.technique} ({self.section}): {self.name}"


def head(*lines, start=b"HTTP/1.1 200 OK"):
    return b"\r\n".join([start, *lines, b"", b""])


def rows(technique, section, *entries, expected=BadGateway(), **options):
    return [Row(technique, section, name, raw, *(rest or [expected]), **options) for name, raw, *rest in entries]


CHUNKED = b"Transfer-Encoding: chunked"
HELLO = b"5\r\nhello\r\n0\r\n\r\n"
OTHER = head(b"Content-Length: 8") + b"smuggled"


def length(value, body=b"hello"):
    return head(b"Content-Length: " + value) + body


def coding(value, body=HELLO, start=b"HTTP/1.1 200 OK"):
    return head(b"Transfer-Encoding: " + value, start=start) + body


FRAMING = rows(
    "a response's framing", "RFC 9112 6",
    ("both, length first", head(b"Content-Length: 5", CHUNKED) + HELLO),
    ("both, coding first", head(CHUNKED, b"Content-Length: 5") + HELLO),
    ("both, with a response within", head(b"Content-Length: %d" % (5 + len(OTHER)), CHUNKED) + b"0\r\n\r\n" + OTHER),
    ("differing lengths", head(b"Content-Length: 5", b"Content-Length: 6") + b"hello!"),
    ("equal lengths", head(b"Content-Length: 5", b"Content-Length: 5") + b"hello"),
    ("a list of equal lengths", length(b"5, 5")),
    ("a list of differing lengths", length(b"5, 6")),
    ("a plus", length(b"+5")),
    ("a minus", length(b"-5")),
    ("hexadecimal", length(b"0x5")),
    ("a fraction", length(b"5.0")),
    ("a letter behind", length(b"5a")),
    ("a space within", length(b"1 0")),
    ("empty", length(b"")),
    ("2^64", length(b"18446744073709551616")),
    ("2^64 + 5", length(b"18446744073709551621")),
    ("vertical tab", length(b"\x0b5")),
    ("NUL", length(b"5\0")),
    ("folded", length(b"\r\n 5")),
    ("an unknown coding", coding(b"xchunked")),
    ("gzip before chunked", coding(b"gzip, chunked")),
    ("chunked not last", coding(b"chunked, gzip")),
    ("chunked twice", coding(b"chunked, chunked")),
    ("chunked in two lines", head(CHUNKED, CHUNKED) + HELLO),
    ("identity", coding(b"identity", b"hello")),
    ("an empty coding", coding(b"", b"hello")),
    ("a comma before", coding(b", chunked")),
    ("a parameter", coding(b"chunked;q=1")),
    ("quoted", coding(b'"chunked"')),
    ("vertical tab before chunked", coding(b"\x0bchunked")),
    ("NUL behind chunked", coding(b"chunked\0")),
    ("a space before the colon of the coding", head(b"Transfer-Encoding : chunked") + HELLO),
    ("a space before the colon of the length", head(b"Content-Length : 5") + b"hello"),
    ("chunked in HTTP/1.0", coding(b"chunked", start=b"HTTP/1.0 200 OK")),
    ("a gzip coding alone, to the end", coding(b"gzip", b"hello")),
    ends=True,
)

STATUS_LINES = rows(
    "status lines", "RFC 9112 4",
    ("HTTP/2.0", head(b"Content-Length: 0", start=b"HTTP/2.0 200 OK")),
    ("HTTP/0.9", head(b"Content-Length: 0", start=b"HTTP/0.9 200 OK")),
    ("HTTP/1.10", head(b"Content-Length: 0", start=b"HTTP/1.10 200 OK")),
    ("HTTP/1", head(b"Content-Length: 0", start=b"HTTP/1 200 OK")),
    ("http/1.1", head(b"Content-Length: 0", start=b"http/1.1 200 OK")),
    ("ICY", head(b"Content-Length: 0", start=b"ICY 200 OK")),
    ("two digits", head(b"Content-Length: 0", start=b"HTTP/1.1 20 OK")),
    ("four digits", head(b"Content-Length: 0", start=b"HTTP/1.1 2000 OK")),
    ("a sign", head(b"Content-Length: 0", start=b"HTTP/1.1 +20 OK")),
    ("letters", head(b"Content-Length: 0", start=b"HTTP/1.1 abc OK")),
    ("class 0", head(b"Content-Length: 0", start=b"HTTP/1.1 099 OK")),
    ("000", head(b"Content-Length: 0", start=b"HTTP/1.1 000 OK")),
    ("two spaces", head(b"Content-Length: 0", start=b"HTTP/1.1  200 OK")),
    ("a tab", head(b"Content-Length: 0", start=b"HTTP/1.1\t200 OK")),
    ("a space before", head(b"Content-Length: 0", start=b" HTTP/1.1 200 OK")),
    ("no status", head(b"Content-Length: 0", start=b"HTTP/1.1")),
    ("NUL in the reason", head(b"Content-Length: 0", start=b"HTTP/1.1 200 O\0K")),
    ("a control byte in the reason", head(b"Content-Length: 0", start=b"HTTP/1.1 200 O\x01K")),
    ("a bare CR in the reason", head(b"Content-Length: 0", start=b"HTTP/1.1 200 O\rK")),
    ("a body without a head", b"hello"),
    ("a page without a head", b"<html><body>hello</body></html>\r\n\r\n"),
    ("a request", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("of TLS", b"\x15\x03\x01\x00\x02\x02\x28"),
    ("nothing", b""),
    ("an empty line alone", b"\r\n"),
    ("half of it", b"HTTP/1.1 200"),
    ("half a head", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n"),
    ends=True,
) + rows(
    "status lines that are allowed", "RFC 9112 4",
    ("no reason", head(b"Content-Length: 5", start=b"HTTP/1.1 200 ") + b"hello", Passed()),
    ("no reason and no space", head(b"Content-Length: 5", start=b"HTTP/1.1 200") + b"hello", Either()),
    ("a long reason", head(b"Content-Length: 5", start=b"HTTP/1.1 200 " + b"so it is " * 20) + b"hello", Passed()),
    ("a reason beyond ASCII", head(b"Content-Length: 5", start="HTTP/1.1 200 Grüße".encode()) + b"hello", Passed()),
    ("a status nobody knows", head(b"Content-Length: 5", start=b"HTTP/1.1 299 Odd") + b"hello", Passed(299)),
    ("class 5, unknown", head(b"Content-Length: 5", start=b"HTTP/1.1 599 Odd") + b"hello", Passed(599)),
    ("class 6", head(b"Content-Length: 5", start=b"HTTP/1.1 600 Odd") + b"hello", Either(Passed(600))),
    ("HTTP/1.2", head(b"Content-Length: 5", start=b"HTTP/1.2 200 OK") + b"hello", Either()),
    ("HTTP/1.0", head(b"Content-Length: 5", start=b"HTTP/1.0 200 OK") + b"hello", Passed()),
)


def field(line):
    return head(b"Content-Length: 5", line) + b"hello"


FIELDS = rows(
    "a response's fields", "RFC 9112 5",
    ("a space before the colon", field(b"X : y")),
    ("no colon", field(b"X")),
    ("no name", field(b": y")),
    ("folded", field(b"X: a\r\n b")),
    ("folded by a tab", field(b"X: a\r\n\tb")),
    ("a space before the first name", b"HTTP/1.1 200 OK\r\n Content-Length: 5\r\n\r\nhello"),
    ("NUL in a name", field(b"X\0Y: z")),
    ("a space in a name", field(b"X Y: z")),
    ("a byte beyond ASCII in a name", field(b"X\xe9: z")),
    ("NUL in a value", field(b"X: \0")),
    ("a control byte in a value", field(b"X: a\x01b")),
    ("DEL in a value", field(b"X: a\x7fb")),
    ("a bare CR in a value", field(b"X: a\rb")),
    ("a bare CR that splits it", field(b"X: a\rContent-Length: 8")),
    ("a bare LF behind a field", b"HTTP/1.1 200 OK\r\nX: y\nContent-Length: 5\r\n\r\nhello"),
    ("bare LFs throughout", b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"),
    ("a bare LF for the empty line", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\nhello"),
    ("1,001 fields", head(b"Content-Length: 5", *(b"X-%d: y" % index for index in range(1000))) + b"hello"),
    ("a head of 40,000 bytes", head(b"Content-Length: 5", *(b"X-%d: %b" % (n, b"y" * 995) for n in range(40))) + b"hello"),
    ("a head without an end", b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000),
    ends=True,
) + rows(
    "a response's fields that are allowed", "RFC 9112 5, RFC 9110 7.6.1",
    ("bytes beyond ASCII in a value", field(b"X: \xe9"), Passed()),
    # The limits of lines, and of their number, are for requests: a response's head is bounded as a whole.
    ("1,000 fields", head(b"Content-Length: 5", *(b"X-%d: y" % index for index in range(999))) + b"hello", Passed()),
    ("a field of 9,000 bytes", field(b"X: " + b"y" * 9000), Passed()),
    ("an empty value", field(b"X:"), Passed()),
    ("one that Connection names", field(b"X-Secret: 1\r\nConnection: X-Secret"), Passed(absent=("X-Secret",))),
    ("old fields of a proxy", field(b"Keep-Alive: timeout=5\r\nProxy-Connection: keep-alive"),
     Passed(absent=("Keep-Alive", "Proxy-Connection"))),
    ("an upgrade that is offered", field(b"Upgrade: h2c\r\nConnection: Upgrade"), Passed(absent=("Upgrade",))),
    ("a head of 30,000 bytes", head(b"Content-Length: 5", *(b"X-%d: %b" % (n, b"y" * 980) for n in range(30))) + b"hello",
     Passed()),
)


def body(raw):
    return head(CHUNKED) + raw


CHUNKS = rows(
    "a response's chunks", "RFC 9112 7.1",
    ("0x", body(b"0x5\r\nhello\r\n0\r\n\r\n")),
    ("a minus", body(b"-5\r\nhello\r\n0\r\n\r\n")),
    ("not a digit", body(b"g\r\nhello\r\n0\r\n\r\n")),
    ("no size", body(b"\r\nhello\r\n0\r\n\r\n")),
    ("2^64 + 5", body(b"10000000000000005\r\nhello\r\n0\r\n\r\n")),
    ("2^64 - 1", body(b"ffffffffffffffff\r\nhello\r\n0\r\n\r\n")),
    ("a bare LF behind the size", body(b"5\nhello\r\n0\r\n\r\n")),
    ("a bare CR behind the size", body(b"5\rhello\r\n0\r\n\r\n")),
    ("nothing behind the data", body(b"5\r\nhello0\r\n\r\n")),
    ("a bare LF behind the data", body(b"5\r\nhello\n0\r\n\r\n")),
    ("more than told", body(b"5\r\nhello there\r\n0\r\n\r\n")),
    ("a bare LF in an extension", body(b"5;a\nb\r\nhello\r\n0\r\n\r\n")),
    ("a bare LF at the end", body(b"5\r\nhello\r\n0\r\n\n")),
    ("no last chunk", body(b"5\r\nhello\r\n")),
    ("no end of the trailers", body(b"5\r\nhello\r\n0\r\n")),
    ("half a chunk", body(b"5\r\nhel")),
    ("half a size", body(b"5")),
    ("nothing of it", body(b"")),
    ("Content-Length in a trailer", body(b"5\r\nhello\r\n0\r\nContent-Length: 5\r\n\r\n")),
    ("Transfer-Encoding in a trailer", body(b"5\r\nhello\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n")),
    ("a folded trailer", body(b"5\r\nhello\r\n0\r\nX: a\r\n b\r\n\r\n")),
    ("NUL in a trailer", body(b"5\r\nhello\r\n0\r\nX: \0\r\n\r\n")),
    ("a response instead of a chunk", body(b"5\r\nhello\r\n" + OTHER)),
    expected=Broken(), ends=True,
) + rows(
    "a response's length", "RFC 9112 6.3, 8",
    ("fewer bytes than told", length(b"10")),
    ("no byte of what was told", length(b"10", b"")),
    ("many fewer than told", length(b"1000000", b"y" * 300_000)),
    expected=Broken(), ends=True,
) + rows(
    "a response's body that is allowed", "RFC 9112 6, 7",
    ("chunked", body(HELLO), Passed()),
    ("chunked in capitals", coding(b"CHUNKED"), Passed()),
    ("with a trailer", body(b"5\r\nhello\r\n0\r\nX-Sum: 1\r\n\r\n"), Passed()),
    ("with an extension", body(b"5;a=b\r\nhello\r\n0\r\n\r\n"), Either()),
    ("with a length of 0", length(b"0", b""), Passed(body=b"")),
    ("bytes behind it", length(b"5") + b"more", Passed()),
    ("a response behind it", length(b"5") + OTHER, Passed()),
    ("a response behind the last chunk", body(HELLO) + OTHER, Passed()),
) + rows(
    "a response that ends with the connection", "RFC 9112 6.3",
    ("in HTTP/1.1", head() + b"hello", Passed()),
    ("in HTTP/1.0", head(start=b"HTTP/1.0 200 OK") + b"hello", Passed()),
    ("empty", head(), Passed(body=b"")),
    ends=True,
)

NO_BODY = rows(
    "responses without a body", "RFC 9110 6.4.1, RFC 9112 6.3",
    ("204", head(start=b"HTTP/1.1 204 No Content"), Passed(204, b"")),
    ("304", head(b'ETag: "x"', start=b"HTTP/1.1 304 Not Modified"), Passed(304, b"")),
    ("304 with a length", head(b"Content-Length: 5", start=b"HTTP/1.1 304 Not Modified"), Passed(304, b"")),
    ("304 with a coding", head(CHUNKED, start=b"HTTP/1.1 304 Not Modified"), Passed(304, b"")),
    ("304 with a body all the same", head(b"Content-Length: 5", start=b"HTTP/1.1 304 Not Modified") + b"hello", Passed(304, b"")),
    ("204 with a body all the same", head(start=b"HTTP/1.1 204 No Content") + OTHER, Passed(204, b"")),
    ("204 with a length", head(b"Content-Length: 5", start=b"HTTP/1.1 204 No Content") + b"hello", Either(Passed(204, b""))),
    ("204 with a coding", head(CHUNKED, start=b"HTTP/1.1 204 No Content") + HELLO, Either(Passed(204, b""))),
) + rows(
    "answers to HEAD", "RFC 9110 9.3.2",
    ("a length", length(b"5", b""), Passed(body=b"")),
    ("a coding", body(b""), Passed(body=b"")),
    ("nothing of a length", head(), Passed(body=b"")),
    ("a body all the same", length(b"5"), Passed(body=b"")),
    ("a response as its body", length(b"%d" % len(OTHER), OTHER), Passed(body=b"")),
    method="HEAD",
)

EARLY = head(b"Link: </style.css>; rel=preload", start=b"HTTP/1.1 103 Early Hints")

INTERIM = rows(
    "interim responses", "RFC 9110 15.2, 7.8",
    ("101 that nobody asked for", head(b"Upgrade: foo", b"Connection: Upgrade", start=b"HTTP/1.1 101 Switching") + b"raw"),
    ("101 without an upgrade", head(start=b"HTTP/1.1 101 Switching")),
    ("100 and then the end", head(start=b"HTTP/1.1 100 Continue")),
    ("100 with both framings, then a response", head(b"Content-Length: 5", CHUNKED, start=b"HTTP/1.1 100 Continue") + length(b"5")),
    ("103 folded", head(b"Link: a\r\n b", start=b"HTTP/1.1 103 Early Hints") + length(b"5")),
    ("102 with a space before a colon", head(b"X : y", start=b"HTTP/1.1 102 Processing") + length(b"5")),
    ("103 without an end", b"HTTP/1.1 103 Early Hints\r\nLink: a\r\n"),
    ends=True,
) + rows(
    "interim responses that are allowed", "RFC 9110 15.2",
    ("103", EARLY + length(b"5"), Passed(interim=1)),
    ("103 twice", EARLY + EARLY + length(b"5"), Passed(interim=2)),
    ("102", head(start=b"HTTP/1.1 102 Processing") + length(b"5"), Passed(interim=1)),
)

ROWS = FRAMING + STATUS_LINES + FIELDS + CHUNKS + NO_BODY + INTERIM
