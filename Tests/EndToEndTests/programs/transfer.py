"""One end of a long transfer, in a process of its own.

    transfer.py listen|connect ADDRESS send|receive BYTES

The sender sends blocks of random bytes, each stamped with its place, and ends its half of the connection; the
receiver then answers with the count and the checksum of what came. Each side prints what it knows as JSON. A
listener prints `listening on ADDRESS` first.
"""

import json
import random
import socket
import sys
import time
import zlib

BLOCK_BYTES = 1 << 20
STAMP_BYTES = 8
SEED = 20


def send(connection, total):
    block = bytearray(random.Random(SEED).randbytes(BLOCK_BYTES))
    checksum = 0
    for number in range(total // BLOCK_BYTES):
        block[:STAMP_BYTES] = number.to_bytes(STAMP_BYTES, "little")
        checksum = zlib.crc32(block, checksum)
        connection.sendall(block)
    connection.shutdown(socket.SHUT_WR)
    answer = b""
    while piece := connection.recv(4096):
        answer += piece
    received, received_checksum = map(int, answer.split())
    return {"bytes": total, "checksum": checksum, "received": received, "received checksum": received_checksum}


def receive(connection):
    count = checksum = 0
    block = bytearray(BLOCK_BYTES)
    view = memoryview(block)
    while received := connection.recv_into(block):
        checksum = zlib.crc32(view[:received], checksum)
        count += received
    connection.sendall(f"{count} {checksum}".encode())
    return {"bytes": count, "checksum": checksum}


def main():
    role, address, direction, total = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    host, _, port = address.rpartition(":")
    if role == "listen":
        with socket.create_server((host, int(port))) as listener:
            print(f"listening on {host}:{listener.getsockname()[1]}", flush=True)
            connection, _ = listener.accept()
    else:
        connection = socket.create_connection((host, int(port)))
    began = time.monotonic()
    with connection:
        result = send(connection, total) if direction == "send" else receive(connection)
    print(json.dumps(result | {"seconds": round(time.monotonic() - began, 2)}), flush=True)


main()
