"""Runs a command where io_uring is forbidden, as under Docker's default seccomp profile.

    without_io_uring.py COMMAND ARGUMENT...

The filter answers io_uring_setup with EPERM and lets every other call through; the command inherits it.
"""

import ctypes
import errno
import os
import struct
import sys

IO_URING_SETUP = 425
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
# Classic BPF: load a word, jump where it equals, return.
LOAD_WORD, JUMP_EQUAL, RETURN = 0x20, 0x15, 0x06
SECCOMP_RET_ERRNO, SECCOMP_RET_ALLOW = 0x00050000, 0x7FFF0000
CALL_NUMBER_OFFSET = 0


def instruction(code, jump_true, jump_false, value):
    return struct.pack("=HBBI", code, jump_true, jump_false, value)


class Program(ctypes.Structure):
    _fields_ = [("count", ctypes.c_ushort), ("instructions", ctypes.c_void_p)]


def forbid_io_uring():
    code = (
        instruction(LOAD_WORD, 0, 0, CALL_NUMBER_OFFSET)
        + instruction(JUMP_EQUAL, 0, 1, IO_URING_SETUP)
        + instruction(RETURN, 0, 0, SECCOMP_RET_ERRNO | errno.EPERM)
        + instruction(RETURN, 0, 0, SECCOMP_RET_ALLOW)
    )
    buffer = ctypes.create_string_buffer(code, len(code))
    program = Program(len(code) // 8, ctypes.addressof(buffer))
    libc = ctypes.CDLL(None, use_errno=True)
    zero = ctypes.c_ulong(0)
    if libc.prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), zero, zero, zero) != 0:
        raise OSError(ctypes.get_errno(), "no_new_privs")
    if libc.prctl(PR_SET_SECCOMP, ctypes.c_ulong(SECCOMP_MODE_FILTER), ctypes.byref(program), zero, zero) != 0:
        raise OSError(ctypes.get_errno(), "seccomp")


forbid_io_uring()
os.execv(sys.argv[1], sys.argv[1:])
