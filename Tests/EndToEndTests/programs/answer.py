"""A server of HTTP with one answer for every request. Prints `listening on ADDRESS` and serves until it is ended.

    answer.py whole|missing|cut|malformed
"""

import socket
import sys

ANSWERS = {
    "whole": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
    "missing": b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
    "cut": b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel",
    "malformed": b"HTTP/1.1 two hundred\r\n\r\n",
}


def main(kind):
    listener = socket.create_server(("127.0.0.1", 0))
    print(f"listening on 127.0.0.1:{listener.getsockname()[1]}", flush=True)
    while True:
        connection = listener.accept()[0]
        with connection:
            head = b""
            while b"\r\n\r\n" not in head:
                piece = connection.recv(65536)
                if not piece:
                    break
                head += piece
            else:
                connection.sendall(ANSWERS[kind])


main(*sys.argv[1:])
