"""HTTP/1.1 messages as RFC 9112 has them, read strictly: what it does not plainly allow is Malformed.

Knows bytes and their grammar; knows neither Swivel nor what a test expects.
"""

import hashlib
import re

TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"
REQUEST_LINE = re.compile(rf"({TOKEN}) ([!-~]+) HTTP/1\.([01])")
STATUS_LINE = re.compile(r"HTTP/1\.([01]) ([1-9][0-9]{2}) ([\t \x21-\x7e\x80-\xff]*)")
FIELD_LINE = re.compile(rf"({TOKEN}):[\t ]*((?:[\x21-\x7e\x80-\xff](?:[\t \x21-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?)[\t ]*")
CHUNK_LINE = re.compile(rf"([0-9A-Fa-f]{{1,15}})((?:;{TOKEN}(?:=(?:{TOKEN}|\"[^\"\\\r\n]*\"))?)*)")
FORBIDDEN_TRAILERS = {"content-length", "transfer-encoding", "host", "connection", "trailer", "upgrade", "te"}
HEAD_BYTES_MAX = 1 << 20
PIECE_BYTES = 1 << 16


class Malformed(AssertionError):
    """A peer said what no message may say."""


class Cut(AssertionError):
    """The connection ended, or was reset, within a message."""


class Stream:
    """Bytes of one connection, in order. `heard` is told of each piece as it comes."""

    def __init__(self, connection, heard=lambda piece: None):
        self.connection = connection
        self.buffer = bytearray()
        self._heard = heard

    def fill(self):
        """Waits for more; False once the peer has ended."""
        try:
            piece = self.connection.recv(PIECE_BYTES)
        except ConnectionError as error:
            raise Cut(f"{error} after {bytes(self.buffer[-200:])!r}") from error
        self._heard(piece)
        self.buffer += piece
        return bool(piece)

    def need(self):
        if not self.fill():
            raise Cut(f"the connection ended behind {bytes(self.buffer[-200:])!r}")

    def is_at_end(self):
        return not self.buffer and not self.fill()

    def take(self, count):
        taken = bytes(self.buffer[:count])
        del self.buffer[:count]
        return taken

    def line(self):
        """Up to CR LF, which is not returned; a CR or LF of its own is refused."""
        while (end := self.buffer.find(b"\n")) < 0:
            if len(self.buffer) > HEAD_BYTES_MAX:
                raise Malformed("a line without an end")
            self.need()
        line = self.take(end + 1)
        if not line.endswith(b"\r\n") or b"\r" in line[:-2] or b"\0" in line:
            raise Malformed(f"a line that does not end with CR LF alone: {line!r}")
        return line[:-2].decode("latin-1")

    def pieces(self, count):
        """The next `count` bytes, as they come."""
        while count:
            if not self.buffer:
                self.need()
            piece = self.take(min(count, len(self.buffer)))
            count -= len(piece)
            yield piece

    def fields(self):
        fields = []
        while line := self.line():
            match = FIELD_LINE.fullmatch(line)
            if not match:
                raise Malformed(f"no field line: {line!r}")
            fields.append((match[1], match[2]))
        return fields


class Message:
    """A head, and its body, which is read when it is asked for."""

    def __init__(self, stream, minor, fields):
        self.stream, self.minor, self.fields = stream, minor, fields
        self.trailers, self.chunk_sizes = [], []
        self._body = None
        self.is_whole = False

    def all(self, name):
        return [value for field, value in self.fields if field.lower() == name.lower()]

    def get(self, name):
        """The one value; a field that came twice fails here."""
        values = self.all(name)
        if len(values) > 1:
            raise Malformed(f"{name} came {len(values)} times: {values}")
        return values[0] if values else None

    def options(self, name="Connection"):
        return {option.strip().lower() for value in self.all(name) for option in value.split(",") if option.strip()}

    def declared_framing(self):
        """`chunked`, a number of bytes, or None where the head says nothing."""
        coding, length = self.get("Transfer-Encoding"), self.get("Content-Length")
        if coding is not None:
            if coding.lower() != "chunked" or self.minor == 0 or length is not None:
                raise Malformed(f"an ambiguous framing: {self.fields}")
            return "chunked"
        if length is not None and not re.fullmatch("[0-9]{1,18}", length):
            raise Malformed(f"no length: {length!r}")
        return None if length is None else int(length)

    def pieces(self):
        """The body's bytes, as they come; each may be asked for once."""
        if self.framing == "chunked":
            yield from self._chunks()
        elif self.framing == "close":
            while True:
                if self.stream.buffer:
                    yield self.stream.take(len(self.stream.buffer))
                elif not self.stream.fill():
                    break
        else:
            yield from self.stream.pieces(self.framing)
        self.is_whole = True

    def _chunks(self):
        while True:
            match = CHUNK_LINE.fullmatch(line := self.stream.line())
            if not match:
                raise Malformed(f"no chunk size: {line!r}")
            size = int(match[1], 16)
            if size == 0:
                break
            self.chunk_sizes.append(size)
            yield from self.stream.pieces(size)
            if self.stream.line():
                raise Malformed("a chunk that is longer than its size")
        self.trailers = self.stream.fields()
        if forbidden := {name.lower() for name, _ in self.trailers} & FORBIDDEN_TRAILERS:
            raise Malformed(f"in a trailer: {forbidden}")

    @property
    def body(self):
        if self._body is None:
            self._body = b"".join(self.pieces())
        return self._body

    def digest(self):
        """Length and SHA-256 of a body that need not be held at once."""
        count, hasher = 0, hashlib.sha256()
        for piece in self.pieces():
            count += len(piece)
            hasher.update(piece)
        self._body = b""
        return count, hasher.hexdigest()

    def finish(self):
        if self._body is None:
            self._body = b"".join(self.pieces())


class Request(Message):
    def __init__(self, stream):
        line = stream.line()
        match = REQUEST_LINE.fullmatch(line)
        if not match:
            raise Malformed(f"no request line: {line!r}")
        self.method, self.target = match[1], match[2]
        super().__init__(stream, int(match[3]), stream.fields())
        if len(self.all("Host")) > 1 or (self.minor == 1 and not self.all("Host")):
            raise Malformed(f"Host came {len(self.all('Host'))} times")
        framing = self.declared_framing()
        self.framing = 0 if framing is None else framing

    def __repr__(self):
        return f"{self.method} {self.target} HTTP/1.{self.minor} {self.fields}"


class Response(Message):
    def __init__(self, stream, method):
        line = stream.line()
        match = STATUS_LINE.fullmatch(line)
        if not match:
            raise Malformed(f"no status line: {line!r}")
        self.status, self.reason = int(match[2]), match[3]
        super().__init__(stream, int(match[1]), stream.fields())
        framing = self.declared_framing()
        if self.status < 200 or self.status == 204:
            if framing is not None:
                raise Malformed(f"a {self.status} with a body's framing: {self.fields}")
            framing = 0
        elif self.status == 304 or method == "HEAD":
            framing = 0
        self.framing = "close" if framing is None else framing

    def __repr__(self):
        return f"{self.status} {self.reason} {self.fields}"


def read_request(stream):
    """The next request's head, or None where the peer has ended between two requests."""
    return None if stream.is_at_end() else Request(stream)


def read_response(stream, method="GET"):
    """The final response's head; those of class 1xx before it are in `interim`."""
    interim = []
    while (response := Response(stream, method)).status < 200 and response.status != 101:
        interim.append(response)
    response.interim = interim
    return response


def lines(start, fields=()):
    return "".join(f"{line}\r\n" for line in [start, *(f"{name}: {value}" for name, value in fields), ""]).encode("latin-1")


def chunked(*chunks, trailers=()):
    body = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
    return body + lines("0", trailers)


def request(method="GET", target="/", fields=(), body=None, version="HTTP/1.1", host="example.com"):
    """A request's bytes; `body` is sent with its length."""
    head = [("Host", host)] if host is not None else []
    head += [*fields] + ([("Content-Length", len(body))] if body is not None else [])
    return lines(f"{method} {target} {version}", head) + (body or b"")


def response(body=b"", status="200 OK", fields=(), version="HTTP/1.1"):
    """A response's bytes; a `body` of None says nothing of a length."""
    head = [*fields] + ([("Content-Length", len(body))] if body is not None else [])
    return lines(f"{version} {status}", head) + (body or b"")
