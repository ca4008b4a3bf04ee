"""WebSocket frames as RFC 6455 has them, written as a test says and read strictly.

Knows bytes and their grammar; knows neither Swivel nor what a test expects.
"""

import base64
import dataclasses
import hashlib
import os
import struct

from harness.messages import Cut, Malformed

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0, 1, 2, 8, 9, 10
# From section 1.3.
ACCEPT_SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
CONTROL_BYTES_MAX = 125
# Section 7.4.1: what stands for a close frame without a code.
NO_CODE = 1005


def accept_for(key):
    """What a server answers to a Sec-WebSocket-Key."""
    return base64.b64encode(hashlib.sha1(key.encode() + ACCEPT_SUFFIX).digest()).decode()


def new_key():
    return base64.b64encode(os.urandom(16)).decode()


def masked(payload, mask):
    """The payload under its mask, or without it again."""
    count = len(payload)
    stream = int.from_bytes((mask * (count // 4 + 1))[:count], "big")
    return (int.from_bytes(payload, "big") ^ stream).to_bytes(count, "big")


@dataclasses.dataclass(frozen=True)
class Frame:
    """`reserved` are the three bits behind FIN, the first of them the highest: 4 is RSV1."""

    opcode: int
    payload: bytes = b""
    fin: bool = True
    reserved: int = 0
    mask: bytes | None = None

    @property
    def is_control(self):
        return self.opcode >= 8

    @property
    def code(self):
        """Of a close frame."""
        assert self.opcode == CLOSE, self
        return struct.unpack("!H", self.payload[:2])[0] if self.payload else NO_CODE

    def head(self, length=None, length_bytes=None):
        """The bytes before the payload. `length` is what it says of that, in `length_bytes`: 1, 2 or 8."""
        length = len(self.payload) if length is None else length
        length_bytes = length_bytes or (1 if length <= 125 else 2 if length <= 0xFFFF else 8)
        first = self.fin << 7 | self.reserved << 4 | self.opcode
        second = (self.mask is not None) << 7 | {1: length, 2: 126, 8: 127}[length_bytes]
        longer = b"" if length_bytes == 1 else length.to_bytes(length_bytes, "big")
        return bytes([first, second]) + longer + (self.mask or b"")

    def wire(self, **odd):
        return self.head(**odd) + (self.payload if self.mask is None else masked(self.payload, self.mask))

    def under(self, mask):
        return dataclasses.replace(self, mask=mask)

    def __repr__(self):
        payload = self.payload if len(self.payload) < 40 else f"{len(self.payload)} bytes"
        return f"Frame({self.opcode}, {payload!r}, fin={self.fin}, reserved={self.reserved}, mask={self.mask})"


def closing(code=None, reason=b"", mask=None):
    return Frame(CLOSE, b"" if code is None else struct.pack("!H", code) + reason, mask=mask)


def fragments(opcode, *payloads, mask=None):
    """One message in so many frames."""
    last = len(payloads) - 1
    return [
        Frame(opcode if index == 0 else CONTINUATION, payload, fin=index == last, mask=mask)
        for index, payload in enumerate(payloads)
    ]


def read_frame(stream):
    """The next frame, or None where the peer has ended between two."""
    if stream.is_at_end():
        return None
    first, second = exactly(stream, 2)
    length = second & 0x7F
    if length > 125:
        length_bytes = {126: 2, 127: 8}[length]
        length = int.from_bytes(exactly(stream, length_bytes), "big")
        if length < {2: 126, 8: 0x1_0000}[length_bytes] or length >> 63:
            raise Malformed(f"a length of {length} in {length_bytes} bytes")
    opcode, fin = first & 15, bool(first >> 7)
    if opcode >= 8 and (length > CONTROL_BYTES_MAX or not fin):
        raise Malformed(f"a control frame {opcode} of {length} bytes, FIN {fin}")
    mask = exactly(stream, 4) if second >> 7 else None
    payload = exactly(stream, length)
    if opcode == CLOSE and length == 1:
        raise Malformed("a close frame of one byte")
    return Frame(opcode, payload if mask is None else masked(payload, mask), fin, first >> 4 & 7, mask)


def exactly(stream, count):
    if count <= len(stream.buffer):
        return stream.take(count)
    data = bytearray()
    try:
        for piece in stream.pieces(count):
            data += piece
    except Cut as cut:
        raise Cut(f"within a frame, with {count - len(data)} of {count} bytes missing") from cut
    return bytes(data)
