"""Makes the data directory and takes its lock. Never touches what is inside already, spilled temporaries excepted."""

from __future__ import annotations

import fcntl
import os
import shutil

from leadglass.config import Configuration
from leadglass.errors import LeadglassError


class DirectoryError(LeadglassError):
    """The data directory cannot be used."""


def prepare(configuration: Configuration) -> int:
    """Make the tree (each directory 0700) and lock it.

    Returns:
        The descriptor that holds the lock: keep it open.

    Raises:
        DirectoryError: it cannot be made, or another supervisor runs on it.
    """
    data = configuration.data
    try:
        data.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        data.run.mkdir(exist_ok=True, mode=0o700)
        descriptor = _lock(configuration)
        shutil.rmtree(data.temporary, ignore_errors=True)
        for directory in data.directories(configuration.writers):
            directory.mkdir(exist_ok=True, mode=0o700)
    except OSError as error:
        raise DirectoryError(
            f"data directory {data.root}: {error.strerror} ({error.filename})", "check owner, mode and free space"
        ) from None
    return descriptor


def _lock(configuration: Configuration) -> int:
    path = configuration.data.lock
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        other = os.read(descriptor, 32).decode("ascii", "replace").strip()
        os.close(descriptor)
        raise DirectoryError(
            f"Leadglass already runs on {configuration.data.root} (process {other})",
            f"stop it, or reload it with 'kill -HUP {other}'",
        ) from None
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
    return descriptor
