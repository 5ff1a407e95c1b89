"""The one-time token that lets the first person sign up. Exists only while nobody has; never a password."""

from __future__ import annotations

import hmac
import os
import secrets
from pathlib import Path

from sqlalchemy import Engine

from leadglass.store.appstate.users import has_users


def awaited_token(engine: Engine, path: Path) -> str:
    """The token in ``path`` for the first person to sign up, made where there is none; empty when somebody has.

    Raises:
        OSError: the file cannot be written or read.
    """
    return "" if has_users(engine) else ensure_setup_token(path)


def ensure_setup_token(path: Path) -> str:
    """The token in ``path``, made (mode 0600) where there is none; whoever comes second reads the first one's.

    Raises:
        OSError: the file cannot be written or read.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(24) + "\n")
    try:
        path.hardlink_to(draft)  # appears whole or not at all
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text().strip()


def matches(path: Path, token: str) -> bool:
    """Whether ``token`` is the one in ``path``; False where there is none."""
    try:
        held = path.read_text().strip()
    except OSError:
        return False
    return bool(held) and hmac.compare_digest(held.encode(), token.strip().encode())
