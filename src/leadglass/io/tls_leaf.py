"""A leaf as a `Certificate`, from hostile DER: bounded, and readable where it is not. It trusts nothing."""

from __future__ import annotations

import hashlib
import ipaddress
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from leadglass.model.certificate import Certificate

MAX_NAMES = 16
MAX_NAME = 253  # characters of a DNS name (RFC 1035 2.3.4)
MAX_DISTINGUISHED = 512  # characters shown of a subject or issuer
REMEMBERED = 1_024


def describe(leaf: x509.Certificate) -> Certificate:
    """What it says of itself; not ``trusted``, without ``error``."""
    return _describe(leaf.public_bytes(Encoding.DER))


@lru_cache(maxsize=REMEMBERED)
def _describe(der: bytes) -> Certificate:
    leaf = x509.load_der_x509_certificate(der)
    return Certificate(
        fingerprint="sha256:" + hashlib.sha256(der).hexdigest(),
        names=_names(leaf),
        subject=_distinguished(leaf, "subject"),
        issuer=_distinguished(leaf, "issuer"),
        not_after=_end(leaf),
    )


def serves(leaf: x509.Certificate, host: str) -> bool:
    """Whether a certificate is for this host (RFC 9525 6.3): a SAN of its kind, a wildcard for one label only."""
    names = _alternative_names(leaf)
    if names is None:
        return False
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        wanted = host.lower().rstrip(".")
        rest = wanted.partition(".")[2]
        own = {name.lower() for name in names.get_values_for_type(x509.DNSName)}
        return wanted in own or (rest.count(".") >= 1 and f"*.{rest}" in own)
    return address in names.get_values_for_type(x509.IPAddress)


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    alternative = _alternative_names(leaf)
    found = [] if alternative is None else alternative.get_values_for_type(x509.DNSName)
    if not found:
        try:
            found = [str(row.value) for row in leaf.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        except ValueError:
            found = []
    clean = [name for name in found if 0 < len(name) <= MAX_NAME and name.isascii() and name.isprintable()]
    return tuple(dict.fromkeys(clean))[:MAX_NAMES]


def _alternative_names(leaf: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        return leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return None


def _distinguished(leaf: x509.Certificate, which: str) -> str:
    try:
        name: x509.Name = getattr(leaf, which)
        return name.rfc4514_string()[:MAX_DISTINGUISHED]
    except ValueError:
        return ""


def _end(leaf: x509.Certificate) -> int:
    try:
        return int(leaf.not_valid_after_utc.timestamp())
    except (ValueError, OverflowError):
        return 0
