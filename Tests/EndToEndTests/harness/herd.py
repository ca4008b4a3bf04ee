"""Many open WebSockets on one thread, and the echo behind them in a process of its own."""

import contextlib
import selectors
import socket
import time

import pytest

from harness.frames import CLOSE, TEXT, Frame
from harness.messages import Cut, Stream, read_response
from harness.websocket import handshake

# How many shake hands at a time: less than any accept queue holds.
BATCH = 100
MASK = b"\x12\x34\x56\x78"


class Herd:
    """Each that is closed answers, and is told with its code and time."""

    def __init__(self, address, count):
        self.selector = selectors.DefaultSelector()
        self.streams = {}
        # Connection: (code, time); the code is None where an end came without a close frame.
        self.ended = {}
        self.address = address
        self.add(count)

    def add(self, count):
        for start in range(0, count, BATCH):
            batch = [self.address.connect() for _ in range(min(BATCH, count - start))]
            for connection in batch:
                connection.sendall(handshake())
            for connection in batch:
                stream = Stream(connection)
                answer = read_response(stream)
                assert answer.status == 101, answer
                self.streams[connection] = stream
                self.selector.register(connection, selectors.EVENT_READ)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.selector.close()
        for connection in self.streams:
            connection.close()

    @property
    def open(self):
        return [connection for connection in self.streams if connection not in self.ended]

    def watch(self, seconds, until=lambda: False):
        """Hears what comes, for so long or until the condition holds."""
        deadline = time.monotonic() + seconds
        while not until() and (left := deadline - time.monotonic()) > 0:
            for key, _ in self.selector.select(min(left, 0.05)):
                self._hear(key.fileobj)

    def _hear(self, connection):
        stream = self.streams[connection]
        try:
            is_open = stream.fill()
        except Cut:
            is_open = False
        if not is_open:
            self._end(connection, None)
        elif len(stream.buffer) >= 2 and len(stream.buffer) >= 2 + stream.buffer[1]:
            first, count = stream.take(2)
            payload = stream.take(count)
            assert first == 0x80 | CLOSE and not stream.buffer, (first, payload, stream.buffer)
            with contextlib.suppress(OSError):  # Whoever closed may have given up on an answer that comes late.
                connection.sendall(Frame(CLOSE, payload, mask=MASK).wire())
                connection.shutdown(socket.SHUT_WR)
            self._end(connection, int.from_bytes(payload[:2], "big") if payload else None)

    def _end(self, connection, code):
        self.ended[connection] = code, time.monotonic()
        self.selector.unregister(connection)

    def assert_echo(self, connections):
        """Each of those is served as before."""
        for index, connection in enumerate(connections):
            connection.sendall(Frame(TEXT, b"%04d" % index, mask=MASK).wire())
        for index, connection in enumerate(connections):
            assert b"".join(self.streams[connection].pieces(6)) == Frame(TEXT, b"%04d" % index).wire()


@pytest.fixture
def echoes(spawn_python):
    """`echoes()` starts an echo in a process of its own: the process, with its address."""

    def echoes():
        process = spawn_python("ws_echo.py")
        process.address = process.stdout.wait_for(r"listening on (\S+)", 60)[1]
        return process

    return echoes
