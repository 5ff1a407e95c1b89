"""Reads certificates, keys, trust and revocation lists, bounded, and says what is wrong with a file. Trusts nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from leadglass.errors import ConfigurationError, Place
from leadglass.model.tls import Tls

MAX_CERTIFICATE_FILE = 1_048_576  # bytes
MAX_REVOCATION_FILE = 67_108_864  # bytes: a million entries
MAX_CERTIFICATES = 1_000  # in one file

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


def read(path: str | Path, limit: int) -> bytes:
    """The file.

    Raises:
        ConfigurationError: it cannot be read, or has more than ``limit`` bytes.
    """
    try:
        with Path(path).open("rb") as file:
            raw = file.read(limit + 1)
    except OSError as error:
        raise _fault(path, f"cannot be read: {error.strerror}", "check [tls] in the configuration") from None
    if len(raw) > limit:
        raise _fault(path, f"larger than {limit} bytes", "is this the right file?")
    return raw


def certificates(path: str | Path) -> list[x509.Certificate]:
    """The certificates in a PEM file, at least one.

    Raises:
        ConfigurationError: there is none, or one cannot be read.
    """
    raw = read(path, MAX_CERTIFICATE_FILE)
    try:
        found = x509.load_pem_x509_certificates(raw)
    except ValueError as error:
        raise _fault(path, f"no certificates: {error}", "a PEM file: BEGIN CERTIFICATE") from None
    if len(found) > MAX_CERTIFICATES:
        raise _fault(path, f"more than {MAX_CERTIFICATES} certificates", "keep those of the hospital's authorities")
    return found


def private_key(path: str | Path) -> PrivateKey:
    """The key in a PEM file.

    Raises:
        ConfigurationError: there is none that TLS could use.
    """
    try:
        key = load_pem_private_key(read(path, MAX_CERTIFICATE_FILE), None)
    except TypeError:
        raise _fault(path, "the key has a pass phrase", "nobody can type it at night: store it without") from None
    except ValueError:
        raise _fault(path, "no private key", "a PEM file: BEGIN PRIVATE KEY") from None
    if not isinstance(key, PrivateKey):
        raise _fault(path, "a key of another kind than RSA or ECDSA", "make one with 'leadglass pki'")
    return key


def revocation_list(path: str | Path) -> x509.CertificateRevocationList:
    """The revocation list in a PEM or DER file.

    Raises:
        ConfigurationError: there is none.
    """
    raw = read(path, MAX_REVOCATION_FILE)
    try:
        if raw.lstrip().startswith(b"-----"):
            return x509.load_pem_x509_crl(raw)
        return x509.load_der_x509_crl(raw)
    except ValueError:
        raise _fault(path, "no revocation list", "PEM (BEGIN X509 CRL) or DER") from None


def digest(tls: Tls) -> str:
    """SHA-256 (hex) over what is public of these files, names left out: it changes when, and only when, they do.

    Raises:
        ConfigurationError: a file cannot be read.
    """
    total = hashlib.sha256()
    groups: tuple[Iterable[str], ...] = ((tls.certificate,), (tls.client_certificate,), tls.trust, tls.revocation)
    for group in groups:
        total.update(b"\0group")
        for path in group:
            total.update(hashlib.sha256(read(path, MAX_REVOCATION_FILE)).digest())
    return total.hexdigest()


def _fault(path: str | Path, message: str, hint: str) -> ConfigurationError:
    return ConfigurationError(message, hint, Place(str(path)))
