"""Writing whole files so that a power cut leaves the old or the new content. Never leaves an error unreported."""

from __future__ import annotations

import os
from pathlib import Path


def fsync_directory(directory: Path) -> None:
    """Make the names in ``directory`` durable."""
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _write(path: Path | str, data: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, mode)
    try:
        os.fchmod(descriptor, mode)  # whatever the umask, and whatever an earlier attempt left
        rest = memoryview(data)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_file(path: Path, data: bytes, root: Path, mode: int = 0o640) -> list[Path]:
    """Write and synchronise a file, making directories below ``root`` as needed. Readers see it whole or not at all.

    Returns:
        Directories whose names changed: synchronise them before anybody relies on the file.
    """
    changed = [path.parent]
    new = path.with_name(path.name + ".new")
    try:
        _write(new, data, mode)
    except FileNotFoundError:
        missing = path.parent
        while not missing.exists() and missing != root:
            missing = missing.parent
            changed.append(missing)
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        _write(new, data, mode)
    new.rename(path)
    return changed


def replace_file(path: Path, data: bytes, mode: int = 0o640) -> None:
    """Replace a file's content atomically and durably."""
    new = path.with_name(path.name + ".new")
    _write(new, data, mode)
    new.rename(path)
    fsync_directory(path.parent)
