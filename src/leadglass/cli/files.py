"""How a command reads a file to a bound and writes one whole. Knows no format."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from leadglass.errors import LeadglassError, Place

STANDARD = Path("-")
"""Standard output, or input."""


def read_bounded(file: Path, bound: int) -> bytes:
    """The content of a file, `STANDARD` included.

    Raises:
        LeadglassError: more than ``bound`` bytes.
        OSError: it cannot be read.
    """
    if file == STANDARD:
        data = sys.stdin.buffer.read(bound + 1)
    else:
        with file.open("rb") as stream:
            data = stream.read(bound + 1)
    if len(data) > bound:
        raise LeadglassError(f"larger than {bound} bytes", "is this the right file?", Place(str(file)))
    return data


def write_whole(file: Path, data: bytes) -> None:
    """Write a file whole or not at all, for its owner alone, replacing the one that is there; or to `STANDARD`.

    Raises:
        OSError: it cannot be written.
    """
    if file == STANDARD:
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    with tempfile.NamedTemporaryFile(dir=file.parent, prefix=f".{file.name[:100]}-", delete=False) as stream:
        new = Path(stream.name)
        try:
            stream.write(data)
            stream.flush()
            os.fsync(stream.fileno())
            new.replace(file)
        except BaseException:
            new.unlink(missing_ok=True)
            raise
