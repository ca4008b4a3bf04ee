"""A server for thousands of connections in one process. Prints `listening on ADDRESS` and serves until it is ended.

A connection whose first byte is `F` is flooded for as long as it takes bytes; every other one is an echo.
"""

import contextlib
import resource
import select
import socket

FLOOD = b"F"
FLOOD_CHUNK = bytes(1 << 16)
# Small, so that a thousand floods do not fill the machine's memory with what nobody reads.
SEND_BUFFER_BYTES = 1 << 16


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
    listener.setblocking(False)
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    poll = select.epoll()
    poll.register(listener, select.EPOLLIN)
    connections, echoes, floods, unsent = {}, set(), set(), {}

    def close(number):
        poll.unregister(number)
        connections.pop(number).close()
        echoes.discard(number)
        floods.discard(number)
        unsent.pop(number, None)

    def write(number, data):
        """Sends what fits. What does not is kept, and nothing more is read before it has gone."""
        try:
            sent = connections[number].send(data)
        except BlockingIOError:
            sent = 0  # Where the kernel is short of memory, not even the first byte fits.
        if sent < len(data):
            unsent[number] = data[sent:]
            poll.modify(number, select.EPOLLOUT)
        elif unsent.pop(number, None) is not None:
            poll.modify(number, select.EPOLLIN)

    def serve(number, events):
        if number in floods:
            with contextlib.suppress(BlockingIOError):
                connections[number].send(FLOOD_CHUNK)
        elif events & select.EPOLLOUT:
            write(number, unsent[number])
        else:
            data = connections[number].recv(1 << 16)
            if not data:
                close(number)
            elif data[:1] == FLOOD and number not in echoes:
                connections[number].setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES)
                floods.add(number)
                poll.modify(number, select.EPOLLOUT)
            else:
                echoes.add(number)
                write(number, data)

    while True:
        for number, events in poll.poll():
            if number == listener.fileno():
                try:
                    connection, _ = listener.accept()
                except OSError:
                    continue  # Whoever came has gone again.
                connection.setblocking(False)
                connections[connection.fileno()] = connection
                poll.register(connection, select.EPOLLIN)
                continue
            try:
                serve(number, events)
            except OSError:
                close(number)


main()
