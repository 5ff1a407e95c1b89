"""The console's certificate: the hospital's own where it lies in ``tls/``, else a self-signed one. Never renews."""

from __future__ import annotations

import datetime as dt
import ipaddress
import os
import socket
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from leadglass.errors import LeadglassError

VALID_DAYS = 825


class CertificateError(LeadglassError):
    """The console's certificate cannot be used."""


def ensure_certificate(directory: Path, address: str) -> tuple[Path, Path]:
    """The files (certificate, key) in ``directory``, made where both are missing.

    Args:
        directory: ``tls/`` of the data directory.
        address: the console's bind address, among the names the certificate holds.

    Raises:
        CertificateError: only one of the two is there, or they cannot be written.
    """
    certificate, key = directory / "console.crt", directory / "console.key"
    if certificate.exists() and key.exists():
        return certificate, key
    if certificate.exists() or key.exists():
        raise CertificateError(
            f"only one of {certificate} and {key} is there", "put both there, or remove both to have them made"
        )
    try:
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        made, secret = self_signed(address, socket.gethostname(), dt.datetime.now(dt.UTC))
        _write(key, secret)
        _write(certificate, made)
    except OSError as error:
        raise CertificateError(f"the console's certificate cannot be written: {error}", "check site.data") from error
    return certificate, key


def self_signed(address: str, hostname: str, now: dt.datetime) -> tuple[bytes, bytes]:
    """A P-256 certificate and its key, PEM, valid for `VALID_DAYS` days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Leadglass console")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(hours=1))
        .not_valid_after(now + dt.timedelta(days=VALID_DAYS))
        .add_extension(x509.SubjectAlternativeName(_names(address, hostname)), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return certificate.public_bytes(serialization.Encoding.PEM), secret


def _names(address: str, hostname: str) -> list[x509.GeneralName]:
    hosts = dict.fromkeys(("127.0.0.1", "::1", address))
    ips = [ipaddress.ip_address(host) for host in hosts]
    return [
        *(x509.IPAddress(ip) for ip in ips if not ip.is_unspecified),
        *(x509.DNSName(name) for name in dict.fromkeys(("localhost", hostname)) if name and name.isascii()),
    ]


def _write(path: Path, data: bytes) -> None:
    draft = path.with_name(path.name + ".new")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)
