"""Two ends of a WebSocket that say exactly what a test tells them, and read strictly what comes.

The server stands behind the balancer: a handshake or a frame that RFC 6455 does not allow fails its test.
"""

import contextlib
import os
import threading

from harness.frames import (
    BINARY, CLOSE, CONTINUATION, PING, PONG, TEXT, Frame, accept_for, closing, new_key, read_frame,
)
from harness.messages import Cut, Malformed, Stream, lines, read_request, read_response
from harness.servers import Server
from harness.waiting import wait_until

VERSION = "13"


class Peer:
    """One end, its handshake done. A client masks what it sends, and must not see a mask; a server the reverse."""

    def __init__(self, stream, is_client):
        self.stream, self.is_client = stream, is_client
        self.connection = stream.connection
        # For a handler that waits until the test has done with its end.
        self.released = threading.Event()

    def send(self, *frames, **odd):
        """In one write; frames without a mask get one where this is a client."""
        self.connection.sendall(b"".join(self.wire(frame, **odd) for frame in frames))

    def wire(self, frame, **odd):
        return (frame.under(os.urandom(4)) if self.is_client and frame.mask is None else frame).wire(**odd)

    def send_raw(self, data):
        self.connection.sendall(data)

    def text(self, text, **odd):
        self.send(Frame(TEXT, text.encode()), **odd)

    def close(self, code=None, reason=b""):
        self.send(closing(code, reason))

    def read(self):
        """The next frame, or None where the peer has ended."""
        frame = read_frame(self.stream)
        if frame is not None and (frame.mask is None) != self.is_client:
            raise Malformed(f"masked towards a client, or not towards a server: {frame}")
        return frame

    def message(self):
        """The next data message, whatever control frames stand before or within: `(opcode, payload)`; None at the end."""
        opcode, pieces = None, []
        while (frame := self.read()) is not None and frame.opcode != CLOSE:
            if frame.is_control:
                continue
            if (frame.opcode == CONTINUATION) != (opcode is not None):
                raise Malformed(f"a fragment that is none: {frame}")
            opcode = frame.opcode if opcode is None else opcode
            pieces.append(frame.payload)
            if frame.fin:
                return opcode, b"".join(pieces)
        return None

    def closed(self):
        """The code of the close frame that comes, whatever stands before it; None where the end comes without one."""
        try:
            while (frame := self.read()) is not None:
                if frame.opcode == CLOSE:
                    return frame.code
        except Cut:
            pass
        return None

    def is_ended(self, seconds=60):
        """Whether nothing but the end comes."""
        patience = self.connection.gettimeout()
        self.connection.settimeout(seconds)
        try:
            return self.stream.is_at_end()
        except Cut:
            return True
        except TimeoutError:
            return False
        finally:
            self.connection.settimeout(patience)

    def echoes(self, payload, opcode=BINARY):
        self.send(Frame(opcode, payload))
        return self.message() == (opcode, payload)


def handshake(target="/", fields=(), key=None, host="ws.example", method="GET", version="HTTP/1.1"):
    """A request's bytes; `fields` of a name that stands in it anyway replace that, and those of None remove it."""
    own = {"Host": host, "Upgrade": "websocket", "Connection": "Upgrade"}
    own |= {"Sec-WebSocket-Key": key or new_key(), "Sec-WebSocket-Version": VERSION}
    names = {name.lower() for name, _ in fields}
    kept = [(name, value) for name, value in own.items() if name.lower() not in names]
    return lines(f"{method} {target} {version}", kept + [(name, value) for name, value in fields if value is not None])


class WebSocketClient(Peer):
    """A connection of its own, open from the start: `answer` is the 101."""

    def __init__(self, address, target="/", fields=(), first=b"", seconds=60, **options):
        """`first` are bytes that go in one write with the request."""
        super().__init__(Stream(address.connect(seconds=seconds, **options)), True)
        try:
            key = new_key()
            self.connection.sendall(handshake(target, fields, key) + first)
            self.answer = read_response(self.stream)
            assert self.answer.status == 101, (self.answer, self.answer.body)
            assert self.answer.get("Upgrade").lower() == "websocket", self.answer
            assert self.answer.options() == {"upgrade"}, self.answer
            assert self.answer.get("Sec-WebSocket-Accept") == accept_for(key), self.answer
        except BaseException:
            self.connection.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.connection.close()


def echo(peer):
    """Sends back each frame as it came, answers pings, and a close with its own code."""
    while (frame := peer.read()) is not None:
        if frame.opcode == PONG:
            continue
        peer.send(Frame(PONG if frame.opcode == PING else frame.opcode, frame.payload, frame.fin, frame.reserved))
        if frame.opcode == CLOSE:
            return


class WebSocketServer(Server):
    """`handler(peer)` serves one connection; `peer.request` is the handshake, and `peers` holds them in their order.

    What is no handshake gets a plain answer. `fields(request)` are added to the 101, and `first` goes with it.
    """

    def __init__(self, handler=echo, fields=lambda request: [], first=b"", answer=None, **options):
        self.peers, self.requests, self.violations = [], [], []
        self._handle, self._fields, self._first, self._answer = handler, fields, first, answer
        super().__init__(self._converse, **options)

    def _converse(self, connection):
        stream = Stream(connection)
        try:
            while (request := read_request(stream)) is not None:
                self.requests.append(request)
                if self._answer and (reply := self._answer(request)) is not None:
                    connection.sendall(reply)
                elif "websocket" in request.options("Upgrade"):
                    self._open(stream, request)
                    return
                else:
                    request.finish()
                    connection.sendall(lines("HTTP/1.1 200 OK", [("Content-Length", 5)]) + b"plain")
        except Cut:
            pass  # A tunnel that is cut is weather; whether it may be is judged at the client.
        except Malformed as malformed:
            self.violations.append(malformed)

    def _open(self, stream, request):
        assert request.method == "GET" and request.options() == {"upgrade"}, request
        assert request.get("Sec-WebSocket-Version") == VERSION and request.framing == 0, request
        fields = [("Upgrade", "websocket"), ("Connection", "Upgrade")]
        fields += [("Sec-WebSocket-Accept", accept_for(request.get("Sec-WebSocket-Key"))), *self._fields(request)]
        peer = Peer(stream, False)
        peer.request = request
        self.peers.append(peer)
        stream.connection.sendall(lines("HTTP/1.1 101 Switching Protocols", fields) + self._first)
        self._handle(peer)

    def __exit__(self, kind, value, traceback):
        super().__exit__(kind, value, traceback)
        if kind is None and self.violations:
            raise self.violations[0]


@contextlib.contextmanager
def pair(swivel, *servers, **options):
    """A client, and the server's end of the same tunnel, at whichever server; the test itself moves both."""
    before = [len(server.peers) for server in servers]

    def ends():
        return [peer for server, count in zip(servers, before) for peer in server.peers[count:]]

    with WebSocketClient(swivel.address, **options) as client:
        (other,) = wait_until(ends, 60, "a server is reached")
        other.connection.settimeout(60)
        yield client, other
        other.released.set()


class HeldServer(WebSocketServer):
    """Each of its ends is left to the test until the `pair` ends."""

    def __init__(self, **options):
        super().__init__(lambda peer: peer.released.wait(300), **options)

    def close(self):
        for peer in self.peers:
            peer.released.set()
        super().close()
