"""Addresses as Swivel writes them, and connecting to them.

Also the two addresses nobody serves: one that refuses, one that never answers.
"""

import contextlib
import dataclasses
import random
import socket
import struct
from pathlib import Path

from harness.waiting import wait_until

# For each call of a client: what hangs fails, who is held up does not.
CONNECT_SECONDS = 60


@dataclasses.dataclass(frozen=True)
class Address:
    """`127.0.0.1:80`, `[::1]:80` or `unix:/path`."""

    text: str

    @property
    def family(self):
        if self.text.startswith("unix:"):
            return socket.AF_UNIX
        return socket.AF_INET6 if self.text.startswith("[") else socket.AF_INET

    @property
    def host(self):
        return self.text.rpartition(":")[0].strip("[]")

    @property
    def port(self):
        return int(self.text.rpartition(":")[2])

    @property
    def path(self):
        return self.text.removeprefix("unix:")

    @property
    def native(self):
        """What Python's socket calls take."""
        return self.path if self.family == socket.AF_UNIX else (self.host, self.port)

    def connect(self, seconds=CONNECT_SECONDS, receive_buffer=None, segment=None, source=None):
        """A connected socket, from `source` where that is told.

        Receive buffer and largest segment are set before the handshake: it obeys them.
        """
        client = socket.socket(self.family, socket.SOCK_STREAM)
        try:
            client.settimeout(seconds)
            if receive_buffer:
                client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
            if segment:
                client.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, segment)
            if source:
                client.bind((source, 0))
            client.connect(self.native)
        except BaseException:
            client.close()
            raise
        return client

    def __str__(self):
        return self.text


def address_of(listener):
    """The address a listening socket is bound to."""
    name = listener.getsockname()
    if listener.family == socket.AF_UNIX:
        return Address(f"unix:{name}")
    host = f"[{name[0]}]" if listener.family == socket.AF_INET6 else name[0]
    return Address(f"{host}:{name[1]}")


def free_port():
    """A port that nobody has, for programs that cannot report the one they took.

    The kernel gives none of those out by itself, neither to listeners nor to clients.
    """
    first_given = int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in random.sample(range(min(10_000, first_given // 2), first_given), 100):
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port
    raise AssertionError("a hundred ports are taken")


@contextlib.contextmanager
def refusing_address():
    """Bound and never listening: connections are refused, and nobody else can take the port."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield address_of(holder)


@contextlib.contextmanager
def silent_listener():
    """Its accept queue is full, so the kernel drops every further SYN and a connect hangs.

    Yields the address and the listening socket. One connection fills the queue, and is the first that it accepts: who
    does so lets the next SYN in.
    """
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        with address_of(listener).connect():
            wait_until(lambda: is_full(listener), 60, "the accept queue of the silent listener is full")
            yield address_of(listener), listener


def is_full(listener):
    """Whether more connections wait than its backlog, as the kernel tells of a listening socket in tcp_info."""
    waiting, backlog = struct.unpack_from("II", listener.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 32), 24)
    return waiting > backlog
