"""An X.509 leaf as bytes into what the project knows of it (RFC 5280). Judges no chain: it proves nothing here."""

from __future__ import annotations

import hashlib
import warnings

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from leadglass.model.certificate import Certificate

MAX_CERTIFICATE = 65_536  # bytes of one leaf, DER or PEM
MAX_NAMES = 16  # kept of one leaf
MAX_NAME = 253  # characters of a name that is kept (RFC 1035 2.3.4)
MAX_SUBJECT = 256  # characters of a distinguished name that are kept

_BEGIN = b"-----BEGIN CERTIFICATE-----"
_END = b"-----END CERTIFICATE-----"


def leaf(der: bytes) -> Certificate:
    """What stands in a certificate; not trusted, as nobody has looked at its chain.

    Args:
        der: one certificate, at most `MAX_CERTIFICATE` bytes.

    Raises:
        ValueError: it is none.
    """
    if len(der) > MAX_CERTIFICATE:
        raise ValueError(f"longer than {MAX_CERTIFICATE} bytes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old devices sign with what the library would rather not see
        try:
            found = x509.load_der_x509_certificate(der)
            int(found.not_valid_after_utc.timestamp())  # what is pinned by hand must have a readable end
            return describe(found, der)
        except (ValueError, TypeError, OverflowError, x509.InvalidVersion) as error:
            raise ValueError(f"no X.509 certificate: {str(error)[:200]}") from None


def describe(found: x509.Certificate, der: bytes) -> Certificate:
    """What a parsed certificate says of itself, as far as it can be read; not ``trusted``, without ``error``."""
    return Certificate(
        fingerprint="sha256:" + hashlib.sha256(der).hexdigest(),
        names=_names(found),
        subject=_distinguished(found, "subject"),
        issuer=_distinguished(found, "issuer"),
        not_after=_end(found),
    )


def alternative_names(found: x509.Certificate) -> x509.SubjectAlternativeName | None:
    """Its SAN; None where there is none, or none that can be read."""
    try:
        return found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, x509.DuplicateExtension, x509.UnsupportedGeneralNameType, ValueError):
        return None


def leaf_of_file(content: bytes) -> Certificate:
    """The leaf of a file: its first certificate in PEM, else the one it is in DER.

    Raises:
        ValueError: there is none.
    """
    begin = content.find(_BEGIN)
    if begin < 0:
        return leaf(content)
    end = content.find(_END, begin)
    if end < 0 or end - begin > 2 * MAX_CERTIFICATE:
        raise ValueError(f"a certificate begins and does not end within {2 * MAX_CERTIFICATE} bytes")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            der = x509.load_pem_x509_certificate(content[begin : end + len(_END)] + b"\n")
        except (ValueError, TypeError, x509.InvalidVersion) as error:
            raise ValueError(f"no X.509 certificate: {str(error)[:200]}") from None
        return leaf(der.public_bytes(Encoding.DER))


def _distinguished(found: x509.Certificate, which: str) -> str:
    """Subject or issuer in words, as far as it can be read: devices write what they like there."""
    try:
        name: x509.Name = getattr(found, which)
        return name.rfc4514_string()[:MAX_SUBJECT]
    except ValueError:
        return ""


def _names(found: x509.Certificate) -> tuple[str, ...]:
    """SAN dNSNames, else the CN (RFC 6125 6.4.4)."""
    san = alternative_names(found)
    names = [] if san is None else san.get_values_for_type(x509.DNSName)
    if not names:
        try:
            names = [str(row.value) for row in found.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        except ValueError:
            names = []
    clean = [name for name in names if 0 < len(name) <= MAX_NAME and name.isascii() and name.isprintable()]
    return tuple(dict.fromkeys(clean))[:MAX_NAMES]


def _end(found: x509.Certificate) -> int:
    try:
        return int(found.not_valid_after_utc.timestamp())
    except (ValueError, OverflowError):
        return 0
