"""An echo over WebSocket for thousands of connections, on one thread: `ws_echo.py [PORT]`.

Prints `listening on ADDRESS` and serves until it is ended. Whole small frames are sent back, pings answered, a close
answered with its own code and followed by the end.
"""

import asyncio
import base64
import hashlib
import resource
import sys

SUFFIX = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
ANSWER = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {}\r\n\r\n"
CLOSE, PING, PONG = 8, 9, 10


class Echo(asyncio.Protocol):
    def __init__(self):
        self.buffer = bytearray()
        self.is_open = False

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.buffer += data
        if not self.is_open and b"\r\n\r\n" in self.buffer:
            self.answer()
        while self.is_open and self.take_frame():
            pass

    def answer(self):
        head, _, rest = bytes(self.buffer).partition(b"\r\n\r\n")
        self.buffer = bytearray(rest)
        fields = dict(line.lower().partition(b":")[::2] for line in head.split(b"\r\n")[1:])
        position = head.lower().find(b"sec-websocket-key:")
        if b"upgrade" not in fields or position < 0:
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nplain")
            return
        key = head[position:].split(b"\r\n")[0].partition(b":")[2].strip()
        accept = base64.b64encode(hashlib.sha1(key + SUFFIX).digest()).decode()
        self.transport.write(ANSWER.format(accept).encode())
        self.is_open = True

    def take_frame(self):
        """Frames of up to 125 bytes, masked: more is not sent to it."""
        if len(self.buffer) < 6 or len(self.buffer) < 6 + (self.buffer[1] & 0x7F):
            return False
        count = self.buffer[1] & 0x7F
        assert self.buffer[1] >> 7 and count <= 125, bytes(self.buffer[:2])
        opcode, mask = self.buffer[0] & 15, self.buffer[2:6]
        payload = bytes(byte ^ mask[index & 3] for index, byte in enumerate(self.buffer[6 : 6 + count]))
        first = self.buffer[0] if opcode != PING else 0x80 | PONG
        del self.buffer[: 6 + count]
        if opcode != PONG:
            self.transport.write(bytes([first, count]) + payload)
        if opcode == CLOSE:
            self.transport.close()
        return True


async def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    server = await asyncio.get_running_loop().create_server(Echo, "127.0.0.1", port, backlog=4096)
    print(f"listening on 127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


asyncio.run(main())
