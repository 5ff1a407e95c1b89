"""A small seccomp filter: system calls no child of ours needs fail with EPERM. Never kills, never loosens."""

from __future__ import annotations

import ctypes
import platform
import struct

from leadglass.supervise.prctl import PR_SET_SECCOMP, prctl

AF_UNIX, AF_INET, AF_INET6 = 1, 2, 10

_MODE_FILTER = 2
_ALLOW, _EPERM = 0x7FFF0000, 0x00050001
_LOAD, _EQUAL, _AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16  # struct seccomp_data, little endian
_X32 = 0x40000000

# Per machine: audit architecture, number of socket(2), numbers of what is denied to all: execve, execveat, ptrace,
# process_vm_readv, process_vm_writev, mount, umount2, pivot_root, chroot, setns, unshare, init_module, finit_module,
# delete_module, kexec_load, bpf, perf_event_open, keyctl, add_key, request_key, userfaultfd, io_uring_setup (which
# could open sockets past this filter), open_by_handle_at, memfd_create.
_MACHINES = {
    "x86_64": (
        0xC000003E,
        41,
        (59, 322, 101, 310, 311, 165, 166, 155, 161, 308, 272, 175, 313, 176, 246, 321, 298, 250, 248, 249, 323, 425,
         304, 319),
    ),
    "aarch64": (
        0xC00000B7,
        198,
        (221, 281, 117, 270, 271, 40, 39, 41, 51, 268, 97, 105, 273, 106, 104, 280, 241, 219, 217, 218, 282, 425,
         265, 279),
    ),
}  # fmt: skip


def program(machine: str, families: tuple[int, ...]) -> bytes:
    """The BPF program for a machine ("x86_64"): denied calls and socket families not listed return EPERM.

    Raises:
        KeyError: no numbers are known for this machine.
    """
    architecture, socket_number, denied = _MACHINES[machine]
    body: list[tuple[int, int, int, int]] = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, architecture),
        (_RETURN, 0, 0, _EPERM),  # a foreign call table is nobody's business here
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _EPERM),
    ]
    for number in denied:
        body += [(_EQUAL, 0, 1, number), (_RETURN, 0, 0, _EPERM)]
    body += [(_EQUAL, 1, 0, socket_number), (_RETURN, 0, 0, _ALLOW), (_LOAD, 0, 0, _FIRST_ARGUMENT_AT)]
    for family in families:
        body += [(_EQUAL, 0, 1, family), (_RETURN, 0, 0, _ALLOW)]
    body.append((_RETURN, 0, 0, _EPERM))
    return b"".join(struct.pack("=HBBI", code, yes, no, value) for code, yes, no, value in body)


def restrict(families: tuple[int, ...]) -> bool:
    """Install the filter in this thread; False when this machine's call numbers are not known here.

    Raises:
        OSError: the kernel refuses (no seccomp, or no_new_privs is not set).
    """
    machine = platform.machine()
    if machine not in _MACHINES:
        return False
    code = program(machine, families)
    buffer = ctypes.create_string_buffer(code, len(code))
    # struct sock_fprog: u16 count of instructions, padding, pointer
    header = ctypes.create_string_buffer(struct.pack("@HP", len(code) // 8, ctypes.addressof(buffer)))
    prctl(PR_SET_SECCOMP, _MODE_FILTER, ctypes.addressof(header))
    return True
