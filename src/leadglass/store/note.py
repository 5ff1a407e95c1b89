"""Checkpoints as C2SP signed notes (signed-note, tlog-checkpoint) with Ed25519. Never holds more than one key."""

from __future__ import annotations

import base64
import binascii
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from leadglass.errors import IntegrityError, LeadglassError
from leadglass.store.durable import replace_file
from leadglass.store.merkle import HASH_BYTES

_ED25519 = b"\x01"
_SIGNATURE_MARK = "— "
MAX_NOTE = 64 * 1024  # bytes; a checkpoint of ours has some 200
MAX_SIZE_DIGITS = 20  # of a tree of 2**64 leaves


class Checkpoint(NamedTuple):
    """What a log's head says: ``origin`` names the log, ``root`` is the RFC 6962 root of its first ``size`` leaves."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The note's body, final newline included."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n"


class Verifier(NamedTuple):
    """A public key under its name."""

    name: str
    public: bytes  # 32 bytes

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name ‖ newline ‖ type ‖ key)."""
        return sha256(self.name.encode() + b"\n" + _ED25519 + self.public).digest()[:4]

    def line(self) -> str:
        """``name+keyid+base64(type ‖ key)``, as in ``key.pub``."""
        return f"{self.name}+{self.key_id.hex()}+{base64.b64encode(_ED25519 + self.public).decode()}"

    def open(self, note: str) -> Checkpoint:
        """The checkpoint in ``note`` if this key signed it.

        Raises:
            IntegrityError: not a checkpoint, or not signed by this key.
        """
        body, separator, signatures = note.partition("\n\n")
        if len(note) > MAX_NOTE or not separator or not signatures.endswith("\n"):
            raise IntegrityError("the checkpoint is no signed note", "take ledger/<month>/checkpoint unchanged")
        text = body + "\n"
        for line in signatures[:-1].split("\n"):
            name, _, encoded = line.removeprefix(_SIGNATURE_MARK).partition(" ")
            signature = _base64(encoded)
            if not line.startswith(_SIGNATURE_MARK) or signature is None:
                raise IntegrityError("the checkpoint has a broken signature line")
            if name == self.name and signature[:4] == self.key_id:
                try:
                    Ed25519PublicKey.from_public_bytes(self.public).verify(signature[4:], text.encode())
                except InvalidSignature as fault:
                    raise IntegrityError("the checkpoint's signature is wrong") from fault
                return _parse(text)
        raise IntegrityError(f"the checkpoint is not signed by {self.name}", "give the key that signed it")


class Signer:
    """The signing key, held in memory.

    Attributes:
        verifier: its public half.
    """

    def __init__(self, name: str, private: Ed25519PrivateKey) -> None:
        self.verifier = Verifier(name, private.public_key().public_bytes_raw())
        self._private = private

    def sign(self, checkpoint: Checkpoint) -> str:
        """The signed note."""
        text = checkpoint.text()
        signature = base64.b64encode(self.verifier.key_id + self._private.sign(text.encode())).decode()
        return f"{text}\n{_SIGNATURE_MARK}{self.verifier.name} {signature}\n"


def _base64(text: str) -> bytes | None:
    """Bytes of canonical base64, or None: two spellings of one signature would be one undetected change."""
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return data if base64.b64encode(data).decode() == text else None


def _parse(text: str) -> Checkpoint:
    lines = text.split("\n")
    root = _base64(lines[2]) if len(lines) >= 4 else None
    if root is None or len(root) != HASH_BYTES or not lines[1].isdecimal() or len(lines[1]) > MAX_SIZE_DIGITS:
        raise IntegrityError("the checkpoint is not origin, size and root")
    return Checkpoint(lines[0], int(lines[1]), root)


def read_verifier(path: Path) -> Verifier:
    """The key in a ``key.pub`` file.

    Raises:
        LeadglassError: absent or unreadable.
        IntegrityError: not a verifier key.
    """
    try:
        line = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as fault:
        raise LeadglassError(f"no public key at {path}", "give it with --public-key FILE") from fault
    name, _, rest = line.partition("+")
    key = _base64(rest.partition("+")[2])
    if key is not None and len(key) == 33 and key[:1] == _ED25519:
        verifier = Verifier(name, key[1:])
        if verifier.line() == line:
            return verifier
    raise IntegrityError(f"{path} is no Ed25519 verifier key", "expected name+id+base64, as in ledger/key.pub")


def open_signer(path: Path, public: Path, name: str) -> Signer:
    """The key of a ledger, made at the first start.

    Args:
        path: of the private key, 32 raw bytes, mode 0600, in a directory that only the ledger may read.
        public: of its verifier line.
        name: of a new key.

    Raises:
        IntegrityError: the private key is damaged or gone, or ``public`` belongs to another.
    """
    if not path.exists():
        if public.exists():
            raise IntegrityError(f"{path} is missing beside {public}", "restore the signing key from its backup")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        replace_file(path, Ed25519PrivateKey.generate().private_bytes_raw(), 0o600)
    raw = path.read_bytes()
    if len(raw) != 32:
        raise IntegrityError(f"{path} is no Ed25519 key", "restore the signing key from its backup")
    signer = Signer(name, Ed25519PrivateKey.from_private_bytes(raw))
    if not public.exists():
        replace_file(public, signer.verifier.line().encode() + b"\n", 0o644)
    verifier = read_verifier(public)
    if verifier.public != signer.verifier.public:
        raise IntegrityError(f"{public} does not belong to {path}", "restore both from one backup")
    return Signer(verifier.name, Ed25519PrivateKey.from_private_bytes(raw))
