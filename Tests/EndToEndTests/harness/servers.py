"""A server for a test, inside the test's own process: one thread a connection, each running a handler.

Good for some hundred connections; where thousands are wanted, programs/server.py stands in its own process.
"""

import contextlib
import os
import select
import socket
import threading

from harness.addresses import address_of

BACKLOG = 4096
CHUNK_BYTES = 1 << 16


def echo(connection):
    """Sends back what comes until the peer has ended."""
    while data := connection.recv(CHUNK_BYTES):
        connection.sendall(data)


def greeter(name):
    """A handler that says which server it is, then echoes."""

    def handler(connection):
        connection.sendall(name.encode() + b"\n")
        echo(connection)

    return handler


def swallow(connection):
    """Reads until the peer has ended and never answers."""
    while connection.recv(CHUNK_BYTES):
        pass


class Server:
    """`active` and `peak` count connections; one is given up before its socket closes.

    So Swivel cannot know of a connection's end before it is uncounted here, and `peak` never reads too high.
    """

    def __init__(self, handler, *, family=socket.AF_INET, path=None, receive_buffer=None):
        self.handler = handler
        self.accepted = self.active = self.peak = 0
        self._failures = []
        self._threads = []
        self._connections = set()
        self._lock = threading.Lock()
        self._path = path
        self._listener = socket.socket(family, socket.SOCK_STREAM)
        if receive_buffer:
            self._listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        hosts = {socket.AF_INET: ("127.0.0.1", 0), socket.AF_INET6: ("::1", 0), socket.AF_UNIX: path}
        self._listener.bind(hosts[family])
        self._listener.listen(BACKLOG)
        self.address = address_of(self._listener)
        self._arrivals = select.poll()
        self._arrivals.register(self._listener, select.POLLIN)
        self._is_accepting = False
        self._acceptor = threading.Thread(target=self._accept, daemon=True)

    def __enter__(self):
        self._acceptor.start()
        return self

    def __exit__(self, kind, _value, _traceback):
        self.close()
        if kind is None and self._failures:
            raise self._failures[0]

    def __str__(self):
        return str(self.address)

    def close(self):
        """Ends everything, so that no handler outlives the test."""
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._acceptor.join(30)
        self._listener.close()
        with self._lock:
            connections = list(self._connections)
        for connection in connections:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join(30)
        if self._path:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(self._path)

    @property
    def has_accepted_all(self):
        """Whether nobody who is connected is yet to be counted."""
        look = select.poll()  # Its own: one poll object serves one thread.
        look.register(self._listener, select.POLLIN)
        return not look.poll(0) and not self._is_accepting

    def _accept(self):
        while True:
            self._arrivals.poll()
            self._is_accepting = True
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return  # The listener was shut down.
            with self._lock:
                self.accepted += 1
                self.active += 1
                self.peak = max(self.peak, self.active)
                self._connections.add(connection)
            thread = threading.Thread(target=self._serve, args=(connection,), daemon=True)
            thread.start()
            self._threads.append(thread)
            self._is_accepting = False

    def _serve(self, connection):
        try:
            self.handler(connection)
        except OSError:
            pass  # A peer that resets is weather; what it must not cause is seen by the test itself.
        except BaseException as failure:  # Reported by the test's own thread when the server ends.
            self._failures.append(failure)
        finally:
            with self._lock:
                self.active -= 1
                self._connections.discard(connection)
            connection.close()
