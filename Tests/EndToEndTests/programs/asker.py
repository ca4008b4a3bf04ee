"""Asks in several threads over kept connections, and checks each answer: prints what came of it as JSON.

`asker.py HOST PORT THREADS COUNT METHOD PREFIX`: COUNT requests for /id/PREFIX-N, whose answer is PREFIX-N.
"""

import collections
import json
import socket
import sys
import threading

SECONDS = 60


class Connection:
    def __init__(self, host, port):
        self.socket = socket.create_connection((host, port), SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer = b""

    def more(self):
        piece = self.socket.recv(1 << 16)
        if not piece:
            raise ConnectionError("the connection ended within an answer" if self.buffer else "no answer")
        self.buffer += piece

    def ask(self, method, identity):
        body = b"order" if method == "POST" else b""
        length = f"Content-Length: {len(body)}\r\n" if body else ""
        head = f"{method} /id/{identity} HTTP/1.1\r\nHost: fleet.example\r\n{length}\r\n"
        self.socket.sendall(head.encode() + body)
        while b"\r\n\r\n" not in self.buffer:
            self.more()
        head, _, self.buffer = self.buffer.partition(b"\r\n\r\n")
        lines = head.decode("latin-1").split("\r\n")
        fields = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:])}
        count = int(fields["content-length"])
        while len(self.buffer) < count:
            self.more()
        body, self.buffer = self.buffer[:count], self.buffer[count:]
        return int(lines[0].split(" ")[1]), body.decode(), "close" in fields.get("connection", "").lower()


def run(host, port, identities, method, outcomes):
    connection = None
    for identity in identities:
        try:
            connection = connection or Connection(host, port)
            status, body, is_last = connection.ask(method, identity)
        except (OSError, KeyError, ValueError) as error:
            outcomes[f"{type(error).__name__}: {error}"] += 1
            connection = None
            continue
        outcomes["right" if (status, body) == (200, identity) else f"{status}: {body[:80]!r}"] += 1
        if is_last:
            connection = None


def main():
    host, port, threads, count, method, prefix = sys.argv[1:]
    outcomes = [collections.Counter() for _ in range(int(threads))]
    workers = []
    for index in range(int(threads)):
        identities = [f"{prefix}-{number}" for number in range(index, int(count), int(threads))]
        arguments = (host, int(port), identities, method, outcomes[index])
        workers.append(threading.Thread(target=run, args=arguments))
        workers[-1].start()
    for worker in workers:
        worker.join()
    print(json.dumps(sum(outcomes, collections.Counter())), flush=True)


main()
