"""Makes an authority, and renews its intermediate with the root's key from where that is kept. Issues nothing else."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import shutil
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding

from leadglass.errors import Place
from leadglass.pki import issue
from leadglass.pki.authority import Authority, load_root
from leadglass.pki.errors import PassphraseError, PkiError
from leadglass.pki.files import AuthorityFiles, read_secret
from leadglass.pki.sealed_key import SALT, VECTOR, PrivateKey, check_passphrase, seal, unseal
from leadglass.store.durable import fsync_directory, replace_file

DEVICE_RSA, ROOT_RSA = 3_072, 4_096  # bits


def new_key(*, rsa_bits: int = 0) -> PrivateKey:
    """A P-256 key, or an RSA key of that many bits."""
    return rsa.generate_private_key(65_537, rsa_bits) if rsa_bits else ec.generate_private_key(ec.SECP256R1())


def found(
    files: AuthorityFiles,
    name: str,
    root_passphrase: bytes,
    passphrase: bytes,
    now: dt.datetime,
    *,
    root_key: Path | None = None,
    with_rsa: bool = False,
) -> Path:
    """Make root and intermediate: all of it, or nothing. Returns the file of the root's key.

    Args:
        files: an empty or missing directory.
        name: the hospital's.
        root_passphrase: opens the root's key, once in years.
        passphrase: opens the intermediate's key, whenever something is issued.
        now: aware.
        root_key: where the root's key goes; in the directory when None.
        with_rsa: RSA keys, for devices that know no other.

    Raises:
        PkiError: there is one already, or a file stands in the way.
        PassphraseError: they are too short, or the same.
        OSError: it cannot be written.
    """
    check_passphrase(root_passphrase)
    check_passphrase(passphrase)
    if root_passphrase == passphrase:
        raise PassphraseError(
            "root and intermediate have the same passphrase", "the one used every day must not open the root"
        )
    if files.directory.exists() and any(files.directory.iterdir()):
        raise PkiError(f"{files.directory} is not empty", "an authority is made once; see 'leadglass pki list'")
    if root_key is not None and root_key.exists():
        raise PkiError("there is a file already", "name a new file for the root's key", Place(str(root_key)))
    above = _root(name, now, ROOT_RSA if with_rsa else 0)
    below = new_key(rsa_bits=DEVICE_RSA if with_rsa else 0)
    certificate = issue.intermediate(name, below.public_key(), above, x509.random_serial_number(), now)
    files.directory.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
    draft = AuthorityFiles(files.directory.with_name(f".{files.directory.name}.{secrets.token_hex(4)}"))
    draft.directory.mkdir(mode=0o700)
    try:
        for inner in ("issued", "devices"):
            (draft.directory / inner).mkdir(mode=0o700)
        _write_secret(root_key or draft.root_key, _sealed(above.key, root_passphrase))
        _write_secret(draft.key, _sealed(below, passphrase))
        replace_file(draft.root_certificate, above.certificate.public_bytes(Encoding.PEM), 0o644)
        replace_file(draft.root_list, issue.revocation_list(above, (), 1, now).public_bytes(Encoding.PEM), 0o644)
        _write_public(draft, certificate, above.certificate)
        Authority(draft, issue.Signer(certificate, below), above.certificate, "").write_list((), now)
        draft.directory.rename(files.directory)
    except BaseException:
        shutil.rmtree(draft.directory, ignore_errors=True)
        raise
    fsync_directory(files.directory.parent)
    return root_key or files.root_key


def renew_intermediate(authority: Authority, root_key: Path, root_passphrase: bytes, now: dt.datetime) -> None:
    """Certify the intermediate's key again, for another `issue.INTERMEDIATE_DAYS`.

    Same name, same key: all it issued stays valid, and both certificates vouch for it.

    Raises:
        PassphraseError: wrong, or not the root's key.
        PkiError: the root itself has expired.
    """
    files, root = authority.files, load_root(authority.files)
    key = unseal(read_secret(root_key), root_passphrase, "the root's key")
    if key.public_key() != root.public_key():
        raise PassphraseError("this is not the root's key", "name the file that 'pki init' wrote", Place(str(root_key)))
    if now >= root.not_valid_after_utc:
        raise PkiError("the root has expired", "make a new authority in another directory, and trust both meanwhile")
    name = root.subject.get_attributes_for_oid(x509.NameOID.ORGANIZATION_NAME)[0].value
    public = authority.certificate.public_key()
    assert isinstance(public, issue.PublicKey)
    made = issue.intermediate(str(name), public, issue.Signer(root, key), x509.random_serial_number(), now)
    _write_public(files, made, root)
    renewed = Authority(files, issue.Signer(made, authority.signer.key), root, "")
    renewed.write_list(files.records.all(), now)  # its list lasts as long as it does


def _root(name: str, now: dt.datetime, rsa_bits: int) -> issue.Signer:
    key = new_key(rsa_bits=rsa_bits)
    return issue.Signer(issue.root(name, key, x509.random_serial_number(), now), key)


def _sealed(key: PrivateKey, passphrase: bytes) -> bytes:
    return seal(key, passphrase, secrets.token_bytes(SALT), secrets.token_bytes(VECTOR))


def _write_public(files: AuthorityFiles, certificate: x509.Certificate, root: x509.Certificate) -> None:
    pem = certificate.public_bytes(Encoding.PEM)
    replace_file(files.trust, pem + root.public_bytes(Encoding.PEM), 0o644)
    replace_file(files.certificate, pem, 0o644)


def _write_secret(path: Path, data: bytes) -> None:
    """Write a new file, 0600, durably; an existing one stays as it is."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fsync_directory(path.parent)
