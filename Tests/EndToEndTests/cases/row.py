"""A row of the tables: what is sent, and what must become of it."""

import dataclasses


class Refused:
    """Answered with this status, or one of these; a server sees no byte of it."""

    def __init__(self, *statuses):
        self.statuses = statuses or (400,)


class Broken(Refused):
    """What is wrong comes behind the head: a server may see its beginning, never a whole request."""


@dataclasses.dataclass(frozen=True)
class Passed:
    """Forwarded as so many requests, the first with this target and body (or those that are told)."""

    target: str = "/case"
    body: bytes = b""
    count: int = 1
    host: str = "example.com"
    absent: tuple = ()


@dataclasses.dataclass(frozen=True)
class Either:
    """There is a choice: refused, with one of these, or passed on; no third."""

    statuses: tuple
    passed: Passed = Passed()


@dataclasses.dataclass(frozen=True)
class Row:
    technique: str
    section: str
    name: str
    raw: bytes
    expected: object

    def __str__(self):
        return f"{self.technique} ({self.section}): {self.name}"


HOST = b"Host: example.com"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: example.com\r\n\r\n"


def head(*lines, start=b"GET /case HTTP/1.1", host=HOST):
    """A head with CR LF at the end of each line, and its empty line."""
    return b"\r\n".join([start, *([host] if host is not None else []), *lines, b"", b""])


def post(*lines, body=b"", version=b"1.1"):
    return head(*lines, start=b"POST /case HTTP/" + version) + body


def rows(technique, section, *entries, expected=Refused()):
    """Entries are `(name, raw)` or `(name, raw, expected)`."""
    return [Row(technique, section, name, raw, *(rest or [expected])) for name, raw, *rest in entries]
