"""PROXY headers as their specification has them, made and read without Swivel's code."""

import ipaddress
import socket
import struct

from harness.clients import receive_exactly, receive_line

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"


def v1(source, destination):
    """Both as pairs of host and port."""
    family = "TCP6" if ":" in source[0] else "TCP4"
    return f"PROXY {family} {source[0]} {destination[0]} {source[1]} {destination[1]}\r\n".encode()


def v2(source, destination, extensions=b""):
    """`extensions`: the bytes behind the addresses."""
    hosts = [ipaddress.ip_address(host) for host, _ in (source, destination)]
    family = 0x21 if hosts[0].version == 6 else 0x11
    body = b"".join(host.packed for host in hosts) + struct.pack("!HH", source[1], destination[1]) + extensions
    return SIGNATURE + struct.pack("!BBH", 0x21, family, len(body)) + body


def read(connection):
    """The header that a connection begins with: its version, source and destination, as above."""
    start = receive_exactly(connection, 6)
    if start == b"PROXY ":
        family, *fields = receive_line(connection).rstrip("\r").split(" ")
        assert family in ("TCP4", "TCP6"), family
        return "v1", (fields[0], int(fields[2])), (fields[1], int(fields[3]))
    assert start == SIGNATURE[:6], start
    assert receive_exactly(connection, 6) == SIGNATURE[6:]
    command, family, count = struct.unpack("!BBH", receive_exactly(connection, 4))
    body = receive_exactly(connection, count)
    assert command == 0x21 and family in (0x11, 0x21), (command, family)
    address_bytes, kind = (4, socket.AF_INET) if family == 0x11 else (16, socket.AF_INET6)
    hosts = [socket.inet_ntop(kind, body[start : start + address_bytes]) for start in (0, address_bytes)]
    ports = struct.unpack("!HH", body[2 * address_bytes : 2 * address_bytes + 4])
    return "v2", (hosts[0], ports[0]), (hosts[1], ports[1])
