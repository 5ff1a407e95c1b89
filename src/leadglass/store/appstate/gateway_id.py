"""Which gateway this is, among those that share a database: a random name in a file. Made once; never a secret."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

MAX_ID = 32


def gateway_id(file: Path) -> str:
    """The name in ``file``, made where there is none; whoever comes second reads the first one's.

    Raises:
        OSError: the file cannot be written or read, or holds something else.
    """
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        draft = file.with_name(f"{file.name}.{os.getpid()}")
        draft.write_text(secrets.token_hex(MAX_ID // 2) + "\n")
        try:
            file.hardlink_to(draft)  # appears whole or not at all
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    with file.open("rb") as opened:
        name = opened.read(MAX_ID + 2).strip().decode("ascii", "replace")
    if len(name) != MAX_ID or not name.isalnum():
        raise OSError(f"{file} holds no name of a gateway")
    return name
