"""Landlock (landlock(7)): file and TCP rights of this process, given up for good. Never widens anything."""

from __future__ import annotations

import ctypes
import os
import struct
from dataclasses import dataclass
from pathlib import Path

from leadglass.supervise.prctl import libc

_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446  # the same on every architecture
_VERSION_FLAG = 1
_RULE_PATH_BENEATH, _RULE_NET_PORT = 1, 2

EXECUTE = 1 << 0
WRITE_FILE = 1 << 1
READ_FILE = 1 << 2
READ_DIR = 1 << 3
REMOVE_DIR = 1 << 4
REMOVE_FILE = 1 << 5
MAKE_DIR = 1 << 7
MAKE_REG = 1 << 8
MAKE_SOCK = 1 << 9
REFER = 1 << 13
TRUNCATE = 1 << 14

READ = READ_FILE | READ_DIR
DELETE = READ | REMOVE_FILE
SOCKETS = READ | MAKE_SOCK | REMOVE_FILE
WRITE = READ | WRITE_FILE | REMOVE_DIR | REMOVE_FILE | MAKE_DIR | MAKE_REG | REFER | TRUNCATE
_ON_FILES = EXECUTE | WRITE_FILE | READ_FILE | TRUNCATE

_FILE_RIGHTS_BY_ABI = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 4: (1 << 15) - 1, 5: (1 << 16) - 1}
_BIND_TCP, _CONNECT_TCP = 1, 2
_SCOPE_ALL = 3  # abstract Unix sockets and signals stay inside


@dataclass(frozen=True, slots=True)
class Rights:
    """What remains allowed.

    Attributes:
        paths: rights beneath each path; a path that does not exist is passed over.
        bind: TCP ports that may be bound; None leaves binding alone.
        connect: TCP ports that may be connected to; None leaves connecting alone.
    """

    paths: tuple[tuple[Path, int], ...]
    bind: tuple[int, ...] | None = ()
    connect: tuple[int, ...] | None = ()


def abi() -> int:
    """The Landlock version of the running kernel, 0 when it has none."""
    return max(int(libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), ctypes.c_uint32(_VERSION_FLAG))), 0)


def restrict(rights: Rights) -> int:
    """Keep only ``rights``, from now on, in this process and its children. Call before any thread is started.

    Returns:
        The ABI applied: 0 nothing, 1 to 3 files only, from 4 on TCP, from 6 on abstract sockets and signals.

    Raises:
        OSError: the kernel has Landlock and refuses.
    """
    version = abi()
    if version == 0:
        return 0
    files = _FILE_RIGHTS_BY_ABI[min(version, 5)]
    net = 0
    if version >= 4:
        net = (_BIND_TCP if rights.bind is not None else 0) | (_CONNECT_TCP if rights.connect is not None else 0)
    attributes = struct.pack("=Q", files)
    if version >= 4:
        attributes += struct.pack("=Q", net)
    if version >= 6:
        attributes += struct.pack("=Q", _SCOPE_ALL)
    ruleset = _call(_CREATE_RULESET, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint32(0))
    try:
        for path, allowed in rights.paths:
            _add_path(ruleset, path, allowed & files)
        for access, ports in ((_BIND_TCP, rights.bind), (_CONNECT_TCP, rights.connect)):
            if net & access:
                for port in ports or ():
                    _add_rule(ruleset, _RULE_NET_PORT, struct.pack("=QQ", access, port))
        _call(_RESTRICT_SELF, ctypes.c_int(ruleset), ctypes.c_uint32(0))
    finally:
        os.close(ruleset)
    return version


def _add_path(ruleset: int, path: Path, allowed: int) -> None:
    try:
        descriptor = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    try:
        if not path.is_dir():
            allowed &= _ON_FILES
        _add_rule(ruleset, _RULE_PATH_BENEATH, struct.pack("=Qi", allowed, descriptor))
    finally:
        os.close(descriptor)


def _add_rule(ruleset: int, kind: int, attributes: bytes) -> None:
    _call(_ADD_RULE, ctypes.c_int(ruleset), ctypes.c_int(kind), attributes, ctypes.c_uint32(0))


def _call(number: int, *arguments: object) -> int:
    result = libc.syscall(ctypes.c_long(number), *arguments)
    if result < 0:
        error = ctypes.get_errno()
        raise OSError(error, f"Landlock: {os.strerror(error)}")
    return int(result)
