"""An authority in use: issues, revokes, renews itself. Nothing is handed out before it is on disk.

The order is: the serial and all that will stand in the certificate, durably; then the certificate, durably; then the
record says "issued". A process that dies between leaves a reserved serial and nothing else.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding

from leadglass.errors import IntegrityError, Place
from leadglass.pki import issue
from leadglass.pki.errors import PkiError
from leadglass.pki.files import AuthorityFiles, locked, read_secret
from leadglass.pki.records import Issued
from leadglass.pki.request import key_digest, key_kind
from leadglass.pki.sealed_key import unseal
from leadglass.pki.subject import Subject, check_free
from leadglass.store.durable import replace_file


@dataclass(frozen=True, slots=True)
class Certified:
    """What was issued: its record and the certificate."""

    record: Issued
    certificate: x509.Certificate


class Authority:
    """The intermediate with its key, under the lock."""

    def __init__(self, files: AuthorityFiles, signer: issue.Signer, root: x509.Certificate, by: str) -> None:
        """Used by `opened`. ``by``: who works with it, on record."""
        self.files = files
        self.root = root
        self.certificate = signer.certificate
        self.signer = signer  # the intermediate and its key
        self._by = by
        self._records = files.records

    @property
    def issues_rsa(self) -> bool:
        """It was made for devices that know RSA only."""
        return isinstance(self.signer.key, rsa.RSAPrivateKey)

    def certify(
        self, subject: Subject, public: issue.PublicKey, days: int, now: dt.datetime, *, own_key: bool, again: bool
    ) -> Certified:
        """Issue a certificate.

        Args:
            subject: whom it proves.
            public: its key.
            days: how long; never longer than the intermediate itself.
            now: aware.
            own_key: the subject made the key itself.
            again: it has a certificate already, and this is the next.

        Raises:
            PkiError: the intermediate expired, a name or the key is another's, or it has one and this is not ``again``.
        """
        end = min(now + dt.timedelta(days=days), self.certificate.not_valid_after_utc)
        if now >= self.certificate.not_valid_after_utc:
            raise PkiError("the authority has expired", "renew it with 'leadglass pki renew-authority'")
        records = self._records.all()
        digest = key_digest(public)
        if digest in {key_digest(self.signer.key.public_key()), key_digest(_public(self.root))}:
            raise PkiError("this is the authority's own key", "make a key for the device")
        check_free(subject, digest, records, now, again=again)
        number = x509.random_serial_number()
        certificate = issue.leaf(subject.common_name, subject.names, public, self.signer, number, now, end)
        record = Issued(
            serial=f"{number:040x}",
            device=subject.device,
            title=subject.title,
            names=subject.names,
            key=key_kind(public),
            key_digest=digest,
            own_key=own_key,
            not_before=certificate.not_valid_before_utc,
            not_after=certificate.not_valid_after_utc,
            by=self._by,
        )
        self._records.write(record)
        self._records.write_certificate(record.serial, certificate)
        fingerprint = f"sha256:{certificate.fingerprint(SHA256()).hex()}"
        record = msgspec.structs.replace(record, state="issued", fingerprint=fingerprint)
        self._records.write(record)
        self._records.write_index((*records, record), now)
        return Certified(record, certificate)

    def revoke(self, which: str, reason: str, now: dt.datetime) -> tuple[Issued, ...]:
        """Revoke a certificate by its serial, or all of a device that were handed out; then write the list.

        What is revoked already is listed again, so a call that was interrupted can be repeated.

        Raises:
            PkiError: there is none.
        """
        records = self._records.all()
        wanted = which.lower().replace(":", "")
        found = [
            record
            for record in records
            if record.serial == wanted or (record.device == which and (record.live(now) or record.state == "revoked"))
        ]
        if not found:
            raise PkiError(f"no certificate of {which!r}", "'leadglass pki list' shows devices and serials")
        revoked = tuple(
            record
            if record.state == "revoked"
            else msgspec.structs.replace(
                record, state="revoked", revoked_at=now.replace(microsecond=0), reason=reason, revoked_by=self._by
            )
            for record in found
        )
        for record in revoked:
            self._records.write(record)
        changed = {record.serial: record for record in revoked}
        self.write_list(tuple(changed.get(record.serial, record) for record in records), now)
        return revoked

    def write_list(self, records: tuple[Issued, ...], now: dt.datetime) -> None:
        """Write the revocation lists that the gateway reads, and the index."""
        lines = [
            issue.Revocation(int(record.serial, 16), record.revoked_at, record.reason)
            for record in records
            if record.revoked_at is not None
        ]
        number = max(int(now.timestamp() * 1000), _number(self.files) + 1)
        made = issue.revocation_list(self.signer, lines, number, now)
        replace_file(self.files.revocation, made.public_bytes(Encoding.PEM) + self.files.root_list.read_bytes(), 0o644)
        self._records.write_index(records, now)


@contextmanager
def opened(files: AuthorityFiles, passphrase: Callable[[], bytes], by: str) -> Iterator[Authority]:
    """The authority in ``files``, under its lock.

    Args:
        files: where it lies.
        passphrase: asked before the lock is taken, so that a prompt holds nobody up.
        by: who works with it.

    Raises:
        PkiError: there is none, or somebody else is at work.
        PassphraseError: wrong.
        IntegrityError: files are damaged or do not belong together.
    """
    if not files.there():
        with locked(files):  # says so
            pass
    word = passphrase()
    with locked(files):
        key = unseal(read_secret(files.key), word, "the intermediate's key")
        certificate, root = load_certificate(files.certificate.read_bytes(), files.certificate.name), load_root(files)
        if key_digest(key.public_key()) != key_digest(_public(certificate)):
            raise IntegrityError("certificate and key differ", "restore both", Place(str(files.certificate)))
        yield Authority(files, issue.Signer(certificate, key), root, by)


def load_root(files: AuthorityFiles) -> x509.Certificate:
    """The root's certificate."""
    return load_certificate(files.root_certificate.read_bytes(), files.root_certificate.name)


def load_certificate(data: bytes, name: str) -> x509.Certificate:
    """A certificate in PEM.

    Raises:
        IntegrityError: it is none.
    """
    try:
        return x509.load_pem_x509_certificate(data)
    except ValueError as error:
        raise IntegrityError(f"no certificate: {error}", "restore it from a backup", Place(name)) from None


def listed(files: AuthorityFiles) -> frozenset[str]:
    """Serials on the revocation list that the gateway reads."""
    return frozenset(f"{line.serial_number:040x}" for line in _list(files))


def _list(files: AuthorityFiles) -> x509.CertificateRevocationList:
    try:
        return x509.load_pem_x509_crl(files.revocation.read_bytes())
    except (OSError, ValueError) as error:
        place = Place(os.fspath(files.revocation))
        raise IntegrityError(f"no revocation list: {error}", "'leadglass pki revoke' writes it again", place) from None


def _number(files: AuthorityFiles) -> int:
    try:
        return _list(files).extensions.get_extension_for_class(x509.CRLNumber).value.crl_number
    except (IntegrityError, x509.ExtensionNotFound):  # gone or damaged: the clock alone is enough
        return 0


def _public(certificate: x509.Certificate) -> issue.PublicKey:
    public = certificate.public_key()
    assert isinstance(public, issue.PublicKey)  # nothing else is ever issued
    return public
