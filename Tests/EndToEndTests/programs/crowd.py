"""Many idle clients beside some busy ones, in a process of its own. Every answer is compared with what was sent.

    crowd.py HOST PORT IDLE BUSY

Obeys lines on its input and answers each with one line of JSON:

    open          connects everybody; each connection proves with one echo that it reaches a server
    busy SECONDS TURNS  the busy ones send and await a message in turn, for so long and until each has had so many
                  turns; the idle ones stay silent
    check         every idle connection echoes once more
    close         ends everybody
"""

import json
import resource
import select
import socket
import sys
import time

MESSAGE_BYTES = 64
# How many connections await their answer at a time: less than any accept queue holds.
BATCH = 256


def message(number, turn):
    return f"client {number} turn {turn} ".encode().ljust(MESSAGE_BYTES, b".")


def receive(connection):
    data = b""
    while len(data) < MESSAGE_BYTES:
        piece = connection.recv(MESSAGE_BYTES - len(data))
        if not piece:
            raise SystemExit("a connection was ended from the other side")
        data += piece
    return data


def verify(connection, number, turn):
    if (got := receive(connection)) != message(number, turn):
        raise SystemExit(f"client {number} turn {turn} received {got!r}")


def open_all(address, count):
    connections = []
    for first in range(0, count, BATCH):
        batch = range(first, min(first + BATCH, count))
        for number in batch:
            connection = socket.create_connection(address, timeout=60)
            connection.sendall(message(number, 0))
            connections.append(connection)
        for number in batch:
            verify(connections[number], number, 0)
    return connections


def busy(connections, first, seconds, fewest):
    """A closed loop: each sends its next message when the answer to the last has come whole."""
    poll = select.epoll()
    by_descriptor = {connections[number].fileno(): number for number in range(first, len(connections))}
    turns = dict.fromkeys(by_descriptor.values(), 1)
    for descriptor, number in by_descriptor.items():
        connections[number].sendall(message(number, 1))
        poll.register(descriptor, select.EPOLLIN)
    deadline = time.monotonic() + seconds
    waiting = behind = len(by_descriptor)
    while waiting:
        ready = poll.poll(60)
        if not ready:
            raise SystemExit(f"{waiting} busy clients had no answer within 60 s")
        for descriptor, _ in ready:
            number = by_descriptor[descriptor]
            verify(connections[number], number, turns[number])
            behind -= turns[number] == fewest
            if time.monotonic() < deadline or behind:
                turns[number] += 1
                connections[number].sendall(message(number, turns[number]))
            else:
                waiting -= 1
    return {"exchanges": sum(turns.values()), "fewest": min(turns.values())}


def check(connections, count):
    for first in range(0, count, BATCH):
        batch = range(first, min(first + BATCH, count))
        for number in batch:
            connections[number].sendall(message(number, -1))
        for number in batch:
            verify(connections[number], number, -1)


def main():
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    address = (sys.argv[1], int(sys.argv[2]))
    idle, busy_count = int(sys.argv[3]), int(sys.argv[4])
    connections = []
    for line in sys.stdin:
        order, *arguments = line.split()
        began, answer = time.monotonic(), {}
        if order == "open":
            connections = open_all(address, idle + busy_count)
        elif order == "busy":
            answer = busy(connections, idle, float(arguments[0]), int(arguments[1]))
        elif order == "check":
            check(connections, idle)
        elif order == "close":
            for connection in connections:
                connection.close()
        print(json.dumps(answer | {"done": order, "seconds": round(time.monotonic() - began, 2)}), flush=True)


main()
