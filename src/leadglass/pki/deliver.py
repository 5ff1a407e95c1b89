"""Puts a bundle into a directory, whole or not at all, and readable by its owner only. Knows no authority."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from leadglass.errors import Place
from leadglass.pki.errors import PkiError
from leadglass.store.durable import fsync_directory


def deliver(directory: Path, public: Mapping[str, bytes], secret: Mapping[str, bytes]) -> None:
    """Make ``directory`` (0700) with these files, secret ones 0600.

    Raises:
        PkiError: something is there already.
        OSError: it cannot be written.
    """
    check_vacant(directory)
    directory.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = directory.with_name(f".{directory.name}.{secrets.token_hex(4)}")
    draft.mkdir(mode=0o700)
    try:
        for files, mode in ((public, 0o644), (secret, 0o600)):
            for name, content in files.items():
                _write(draft / name, content, mode)
        fsync_directory(draft)
        draft.rename(directory)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    fsync_directory(directory.parent)


def check_vacant(directory: Path) -> None:
    """That a bundle can be put there.

    Raises:
        PkiError: something is there already.
    """
    if directory.exists() and (not directory.is_dir() or any(directory.iterdir())):
        raise PkiError("something is there already", "name a new directory with --out", Place(str(directory)))


def _write(path: Path, content: bytes, mode: int) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, mode)
    with os.fdopen(descriptor, "wb") as file:
        os.fchmod(descriptor, mode)
        file.write(content)
        file.flush()
        os.fsync(descriptor)
