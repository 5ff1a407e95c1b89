"""What the authority issued, on disk: a readable file each, written before it is handed out. Never deletes.

``issued/<serial>.json`` and ``issued/<serial>.pem``; ``index.txt`` is all of it in the form of ``openssl ca``, made
anew from them at each change.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from pathlib import Path
from typing import Literal

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from leadglass.errors import IntegrityError, Place
from leadglass.pki.errors import PkiError
from leadglass.store.durable import replace_file

MAX_ISSUED = 20_000
MAX_RECORD = 65_536  # bytes

State = Literal["reserved", "issued", "revoked"]


class Issued(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One certificate.

    Attributes:
        serial: 40 hex digits, lower case.
        device: the device's id; `GATEWAY` for the gateway itself.
        title: its AE title; empty for the gateway.
        names: host names and addresses it proves.
        key: "P-256", "RSA 3072".
        key_digest: SHA-256 (hex) of its SubjectPublicKeyInfo.
        own_key: the device made the key itself and sent a signing request.
        not_before, not_after: aware datetimes.
        by: who issued it.
        state: "reserved" was never handed out: something interrupted it.
        fingerprint: "sha256:" and the hex digest of its DER; empty while reserved.
        revoked_at, reason, revoked_by: of a revoked one.
    """

    serial: str
    device: str
    title: str
    names: tuple[str, ...]
    key: str
    key_digest: str
    own_key: bool
    not_before: dt.datetime
    not_after: dt.datetime
    by: str
    state: State = "reserved"
    fingerprint: str = ""
    revoked_at: dt.datetime | None = None
    reason: str = ""
    revoked_by: str = ""

    def live(self, now: dt.datetime) -> bool:
        """Handed out, not revoked and not expired."""
        return self.state == "issued" and now < self.not_after


GATEWAY = "gateway"
"""The id under which the gateway's own certificates stand; no device can have it."""

_decoder = msgspec.json.Decoder(Issued)


class Records:
    """The files of one authority; whoever writes holds its lock."""

    def __init__(self, directory: Path) -> None:
        """``directory`` is the authority's, with ``issued/`` in it."""
        self._issued = directory / "issued"
        self._index = directory / "index.txt"

    def all(self) -> tuple[Issued, ...]:
        """Everything, the latest last.

        Raises:
            IntegrityError: a file is damaged.
            PkiError: more than `MAX_ISSUED`.
        """
        paths = sorted(self._issued.glob("*.json"))
        if len(paths) > MAX_ISSUED:
            raise PkiError(f"more than {MAX_ISSUED} certificates", "begin a new authority in another directory")
        return tuple(sorted(map(_read, paths), key=lambda record: (record.not_before, record.not_after, record.serial)))

    def write(self, record: Issued) -> None:
        """Put ``record`` on disk, durably, in the place of the one with its serial."""
        text = msgspec.json.format(msgspec.json.encode(record), indent=2)
        replace_file(self._issued / f"{record.serial}.json", text + b"\n", 0o600)

    def write_certificate(self, serial: str, certificate: x509.Certificate) -> None:
        """Put the certificate beside its record, durably."""
        replace_file(self._issued / f"{serial}.pem", certificate.public_bytes(Encoding.PEM), 0o644)

    def certificate(self, serial: str) -> x509.Certificate:
        """The certificate itself.

        Raises:
            IntegrityError: its file is missing or damaged.
        """
        path = self._issued / f"{serial}.pem"
        try:
            return x509.load_pem_x509_certificate(path.read_bytes())
        except (OSError, ValueError) as error:
            raise IntegrityError(f"not readable: {error}", "restore it from a backup", Place(str(path))) from None

    def write_index(self, records: Iterable[Issued], now: dt.datetime) -> None:
        """Write ``index.txt``: state, expiry, revocation, serial, file, subject, with tabs between them."""
        text = "".join(f"{_line(record, now)}\n" for record in records if record.state != "reserved")
        replace_file(self._index, text.encode(), 0o600)


def _read(path: Path) -> Issued:
    try:
        with path.open("rb") as file:
            record = _decoder.decode(file.read(MAX_RECORD))
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        raise IntegrityError(f"not readable: {error}", "restore it from a backup", Place(str(path))) from None
    if record.serial != path.stem:
        raise IntegrityError("holds another serial", "restore it from a backup", Place(str(path)))
    return record


def _line(record: Issued, now: dt.datetime) -> str:
    revoked = f"{_utc(record.revoked_at)},{record.reason}" if record.revoked_at else ""
    letter = "R" if record.state == "revoked" else "V" if now < record.not_after else "E"
    serial = record.serial.upper()
    return f"{letter}\t{_utc(record.not_after)}\t{revoked}\t{serial}\tunknown\t/CN={record.title or record.names[0]}"


def _utc(moment: dt.datetime) -> str:
    """UTCTime until 2049, then GeneralizedTime (RFC 5280 4.1.2.5)."""
    return moment.strftime("%y%m%d%H%M%SZ" if moment.year < 2050 else "%Y%m%d%H%M%SZ")
