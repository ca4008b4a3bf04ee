"""What the running kernel allows, asked without Swivel: a wrong answer of Swivel's must not hide a test."""

import ctypes
import os
import platform
import socket
from pathlib import Path

IO_URING_SETUP = 425  # The same number on every architecture that has it.
IO_URING_KERNEL_MIN = (6, 1)


def io_uring_refusal():
    """Why io_uring cannot be used here, or None where it can."""
    release = platform.release()
    version = tuple(int(part) for part in release.split("-")[0].split(".")[:2])
    if version < IO_URING_KERNEL_MIN:
        return f"kernel {release} is older than 6.1"
    libc = ctypes.CDLL(None, use_errno=True)
    parameters = ctypes.create_string_buffer(256)
    ring = libc.syscall(IO_URING_SETUP, 4, parameters)
    if ring < 0:
        return f"io_uring_setup: {os.strerror(ctypes.get_errno())}"
    os.close(ring)
    return None


def ipv6_refusal():
    """Why IPv6 cannot be used on loopback, or None where it can."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError as error:
        return f"no IPv6 on loopback: {error}"
    return None


def unprivileged_port_start():
    return int(Path("/proc/sys/net/ipv4/ip_unprivileged_port_start").read_text())
