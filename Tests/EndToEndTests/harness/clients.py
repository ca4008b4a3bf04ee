"""What a client does with a connected socket."""

import contextlib
import random
import select
import socket
import struct
import threading
import time

# With a linger of zero seconds, close sends a reset instead of an orderly end.
RESET_ON_CLOSE = struct.pack("ii", 1, 0)


def random_bytes(seed, count):
    """The same bytes for the same seed, so that what was sent need not be kept to be checked."""
    return random.Random(seed).randbytes(count)


def receive_exactly(connection, count):
    data = bytearray(count)
    view = memoryview(data)
    while view:
        received = connection.recv_into(view)
        if received == 0:
            raise AssertionError(f"the connection ended with {len(view)} of {count} bytes missing")
        view = view[received:]
    return bytes(data)


def receive_to_end(connection):
    pieces = []
    while piece := connection.recv(1 << 20):
        pieces.append(piece)
    return b"".join(pieces)


def receive_line(connection):
    """Up to a line feed, byte by byte: nothing behind it is taken."""
    line = b""
    while not line.endswith(b"\n"):
        byte = connection.recv(1)
        if not byte:
            raise AssertionError(f"the connection ended within a line: {line!r}")
        line += byte
    return line[:-1].decode()


def echoed(connection, payload):
    """Whether all came back as it went. Sends while it receives: socket buffers hold less than some payloads."""
    failures = []

    def send():
        try:
            connection.sendall(payload)
        except OSError as error:
            failures.append(error)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    answer = receive_exactly(connection, len(payload))
    sender.join()
    if failures:
        raise failures[0]
    return answer == payload


def is_served(address, payload=b"are you there", seconds=60):
    """One connection from its handshake to its end: its bytes came back, and nothing else."""
    with address.connect(seconds=seconds) as client:
        client.sendall(payload)
        client.shutdown(socket.SHUT_WR)
        return receive_to_end(client) == payload


def readable(connections, seconds):
    """Those of them where bytes or an end have arrived, as soon as there is one; none within `seconds`: empty."""
    poll = select.poll()  # Not select(2), which ends at descriptor 1,023.
    by_descriptor = {connection.fileno(): connection for connection in connections}
    for descriptor in by_descriptor:
        poll.register(descriptor, select.POLLIN)
    return [by_descriptor[descriptor] for descriptor, _ in poll.poll(1000 * seconds)]


def is_readable(connection, seconds):
    return bool(readable([connection], seconds))


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
    connection.close()


def wait_for_end(connection, seconds=60):
    """Returns once the peer has ended or reset; fails where it does not within `seconds`."""
    seconds_until_end(connection, seconds)


def seconds_until_end(connection, seconds):
    """How long it takes until the peer ends or resets; fails where it does not within `seconds`."""
    began = time.monotonic()
    connection.settimeout(seconds)
    with contextlib.suppress(ConnectionError):
        while connection.recv(1 << 16):
            pass
    return time.monotonic() - began


def is_refused(address):
    """Whether nobody takes connections at `address` any more."""
    try:
        address.connect(seconds=1).close()
    except ConnectionError:
        return True
    except FileNotFoundError:
        return True
    except TimeoutError:
        return False
    return False


def in_parallel(count, action):
    """Runs `action(index)` in `count` threads and returns their results; the first failure is raised here."""
    results, failures = [None] * count, []

    def run(index):
        try:
            results[index] = action(index)
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=run, args=(index,), daemon=True) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]
    return results
