"""A server that reads strictly, keeps what it read, and answers as a test says.

It stands behind the balancer: a request that RFC 9112 does not allow is a violation, kept and told when it ends.
"""

import dataclasses
import fcntl
import itertools
import socket
import struct
import termios
import threading

from harness.clients import reset
from harness.messages import Cut, Malformed, Stream, read_request, response
from harness.servers import Server

# What an answer may return instead of bytes.
END, RESET = object(), object()


@dataclasses.dataclass
class Seen:
    """One request as it arrived: on which connection, and whether its end was seen."""

    connection: int
    request: object

    def __getattr__(self, name):
        return getattr(self.request, name)


def plain(request):
    """The default answer says what was asked, after it has been read."""
    request.finish()
    return response(f"{request.method} {request.target}".encode())


class Origin(Server):
    """`answer(request)` returns bytes to send, END, or RESET; an END after bytes is `(bytes, END)`.

    A body that the answer does not read is read before the next request.
    """

    def __init__(self, answer=plain, **options):
        self.answer = answer
        self.seen, self.violations, self.incomplete = [], [], []
        self.heard = bytearray()
        self._numbers = itertools.count(1)
        self._resting = set()
        self._changes = threading.Lock()
        super().__init__(self._converse, **options)

    @property
    def targets(self):
        return [seen.target for seen in self.seen]

    @property
    def connections(self):
        """The connection of each request, in their order."""
        return [seen.connection for seen in self.seen]

    @property
    def is_settled(self):
        """Whether all that has arrived is heard and answered: each connection stands between two requests."""
        if not self.has_accepted_all:
            return False
        with self._lock:
            connections = list(self._connections)
        # In this order: what had arrived by the first look is behind the connection that rests at the second.
        try:
            return all(unread_count(connection) == 0 and connection in self._resting for connection in connections)
        except (OSError, ValueError):
            return False  # One is being closed.

    def _hear(self, piece):
        if len(self.heard) < 1 << 20:
            self.heard += piece

    def _converse(self, connection):
        number = next(self._numbers)
        stream = Stream(connection, self._hear)
        message = None
        try:
            while (message := self._next(stream)) is not None:
                message.connection = connection
                self.seen.append(Seen(number, message))
                if not self._reply(connection, message):
                    return
                message.finish()
                message = None
        except Cut as cut:
            self.incomplete.append((message, cut))
        except Malformed as malformed:
            self.violations.append(malformed)
            connection.sendall(response(str(malformed).encode(), "400 Bad Request", [("X-Violation", "yes")]))

    def _next(self, stream):
        """As `read_request`; the connection rests until there is a first byte, which is left where it is so long."""
        if not stream.buffer:
            self._resting.add(stream.connection)
            try:
                stream.connection.recv(1, socket.MSG_PEEK)
            except ConnectionError as error:
                raise Cut(f"{error} between two requests") from error
            finally:
                self._resting.discard(stream.connection)
        return read_request(stream)

    def _reply(self, connection, message):
        reply = self.answer(message)
        for part in reply if isinstance(reply, tuple) else (reply,):
            if part is END:
                return False
            if part is RESET:
                reset(connection)
                return False
            connection.sendall(part)
        return True

    def __exit__(self, kind, value, traceback):
        super().__exit__(kind, value, traceback)
        if kind is None and self.violations:
            raise self.violations[0]


def unread_count(connection):
    """How many bytes the kernel holds for it."""
    return struct.unpack("i", fcntl.ioctl(connection, termios.FIONREAD, bytes(4)))[0]
