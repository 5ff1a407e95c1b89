"""The Linux calls by which a process gives up rights for good (prctl(2), capset(2)). Never gives any back."""

from __future__ import annotations

import ctypes
import os
import struct

PR_SET_PDEATHSIG = 1
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_READ = 23
PR_CAPBSET_DROP = 24
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

CAP_NET_BIND_SERVICE = 10
_LAST_CAPABILITY = 63
_CAPABILITY_VERSION_3 = 0x20080522

libc = ctypes.CDLL(None, use_errno=True)


def prctl(option: int, argument: int = 0, more: int = 0) -> int:
    """One call of the kernel's process control; its value.

    Raises:
        OSError: the kernel refuses.
    """
    result = libc.prctl(
        ctypes.c_int(option), ctypes.c_ulong(argument), ctypes.c_ulong(more), ctypes.c_ulong(0), ctypes.c_ulong(0)
    )
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return int(result)


def drop_capabilities(keep: frozenset[int] = frozenset()) -> bool:
    """Give up all capabilities but ``keep`` (of those held); True when the bounding set could be emptied too.

    Raises:
        OSError: the kernel refuses to lower the sets, which it never should.
    """
    bounding = True
    for capability in range(_LAST_CAPABILITY + 1):
        if capability in keep:
            continue
        try:
            if prctl(PR_CAPBSET_READ, capability):
                prctl(PR_CAPBSET_DROP, capability)
        except OSError as error:
            if error.errno == 22:  # EINVAL: past the last capability of this kernel
                break
            bounding = False  # without CAP_SETPCAP; no_new_privs makes the bounding set moot
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL)
    header = ctypes.create_string_buffer(struct.pack("=Ii", _CAPABILITY_VERSION_3, 0))
    data = ctypes.create_string_buffer(24)
    _capability_call(libc.capget, header, data)
    words = list(struct.unpack("=6I", data.raw[:24]))  # effective, permitted, inheritable; low then high
    mask = sum(1 << capability for capability in keep)
    low, high = mask & 0xFFFFFFFF, mask >> 32
    kept = (words[1] & low, words[4] & high)
    lowered = struct.pack("=6I", kept[0], kept[0], 0, kept[1], kept[1], 0)
    _capability_call(libc.capset, header, ctypes.create_string_buffer(lowered, 24))
    return bounding


def _capability_call(call: ctypes._NamedFuncPointer, header: object, data: object) -> None:
    if call(header, data) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
