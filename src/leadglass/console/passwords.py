"""Passwords: argon2id, a bound on how many are computed at once, and what a good one is. Stores nothing."""

from __future__ import annotations

import secrets
import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

MIN_LENGTH = 12
MAX_LENGTH = 256
_AT_ONCE = 2  # each takes 64 MiB for its time
_ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # no look-alikes


class Passwords:
    """Encodes and verifies.

    Args:
        hasher: argon2's parameters; the library's defaults are RFC 9106's second choice.
    """

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._slots = threading.BoundedSemaphore(_AT_ONCE)
        self._nobody = self._hasher.hash(secrets.token_urlsafe(16))

    def encode(self, password: str) -> str:
        """The argon2 encoding to store."""
        with self._slots:
            return self._hasher.hash(password)

    def verify(self, encoded: str | None, password: str) -> bool:
        """Whether ``password`` is the encoded one; takes as long for a user who does not exist (None)."""
        with self._slots:
            try:
                return self._hasher.verify(encoded or self._nobody, password[:MAX_LENGTH]) and encoded is not None
            except (VerificationError, InvalidHashError):
                return False


def objection(password: str, again: str, name: str) -> str:
    """Why a new password is not taken; empty when it is."""
    if password != again:
        return "The two passwords differ."
    if not MIN_LENGTH <= len(password) <= MAX_LENGTH:
        return f"A password has {MIN_LENGTH} to {MAX_LENGTH} characters; several words make a good one."
    if len(name) >= 4 and name.lower() in password.lower():
        return "The password must not contain the user name."
    if len(set(password)) < 5:
        return "The password repeats too few characters."
    return ""


def invent() -> str:
    """A password for somebody else's first sign-in, 80 bits and more."""
    return "-".join("".join(secrets.choice(_ALPHABET) for _ in range(4)) for _ in range(5))
