"""A device's own certificate signing request (PKCS#10, RFC 2986): read, proved, judged. Never signs anything.

Nothing of what it asks for is taken over but its key: names, usages and validity come from the person who signs.
"""

from __future__ import annotations

import hashlib
import ipaddress
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from leadglass.pki.errors import RequestError
from leadglass.pki.issue import PublicKey

MAX_REQUEST = 16_384  # bytes
MIN_RSA, MAX_RSA = 2_048, 8_192  # bits; the least of BCP 195 (RFC 9325 4.5)
MAX_REQUEST_NAMES = 32
CURVES = ("secp256r1", "secp384r1", "secp521r1")


@dataclass(frozen=True, slots=True)
class SigningRequest:
    """What a request proves and wants.

    Attributes:
        public: the key its sender holds.
        names: host names and addresses it asks for.
    """

    public: PublicKey
    names: tuple[str, ...]


def read_request(data: bytes) -> SigningRequest:
    """The request in ``data``, PEM or DER.

    Raises:
        RequestError: too large, unreadable, not signed by its own key, or with a key too weak or of a kind TLS devices
            do not use.
    """
    if len(data) > MAX_REQUEST:
        raise RequestError(f"a signing request has at most {MAX_REQUEST} bytes", "is this the right file?")
    try:
        pem = b"-----BEGIN" in data
        request = x509.load_pem_x509_csr(data) if pem else x509.load_der_x509_csr(data)
        public = request.public_key()
        if not request.is_signature_valid:
            raise InvalidSignature
    except InvalidSignature:
        raise RequestError(
            "the signing request is not signed by its own key", "make it again on the device; it may be damaged"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise RequestError("this is no signing request", "PKCS#10 is needed, in PEM or DER") from None
    return SigningRequest(check_key(public), _names(request))


def check_key(public: object) -> PublicKey:
    """The key, if it is one that DICOM's TLS profile can use (PS3.15 B.12, RFC 9325).

    Raises:
        RequestError: another kind, or too weak.
    """
    if isinstance(public, rsa.RSAPublicKey):
        if not MIN_RSA <= public.key_size <= MAX_RSA:
            raise RequestError(
                f"an RSA key of {public.key_size} bits", f"{MIN_RSA} to {MAX_RSA} bits are taken; 3072 is right"
            )
        if public.public_numbers().e < 65_537:
            raise RequestError("an RSA key with a small exponent", "make a key with exponent 65537")
        return public
    if isinstance(public, ec.EllipticCurvePublicKey):
        if public.curve.name not in CURVES:
            raise RequestError(f"a key on the curve {public.curve.name}", "use P-256, P-384 or P-521")
        return public
    raise RequestError(f"a key of the kind {type(public).__name__.removesuffix('PublicKey')}", "use P-256 or RSA 3072")


def check_names(request: SigningRequest, allowed: tuple[str, ...]) -> None:
    """That a request asks for no name but those it will get.

    Raises:
        RequestError: it asks for another: perhaps another device's.
    """
    if others := [name for name in request.names if name.lower() not in {own.lower() for own in allowed}]:
        raise RequestError(
            f"the request asks for the name {ascii(others[0])[1:-1]}, which is not this device's",
            "if it is, add --host with that name; else find out where the request comes from",
        )


def key_digest(public: PublicKey) -> str:
    """SHA-256 (hex) of the SubjectPublicKeyInfo."""
    return hashlib.sha256(public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)).hexdigest()


def key_kind(public: PublicKey) -> str:
    """The key's kind for people, "P-256" or "RSA 3072"."""
    if isinstance(public, rsa.RSAPublicKey):
        return f"RSA {public.key_size}"
    return {"secp256r1": "P-256", "secp384r1": "P-384", "secp521r1": "P-521"}[public.curve.name]


def _names(request: x509.CertificateSigningRequest) -> tuple[str, ...]:
    try:
        found = request.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    except (ValueError, UnsupportedAlgorithm, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise RequestError("the request's names cannot be read", "make it without alternative names") from None
    if len(found) > MAX_REQUEST_NAMES:
        raise RequestError(f"the request asks for more than {MAX_REQUEST_NAMES} names", "make it without them")
    names = []
    for name in found:
        if not isinstance(name, x509.DNSName | x509.IPAddress):
            raise RequestError(
                "the request asks for a name that is neither host nor address", "make it without alternative names"
            )
        names.append(
            str(name.value)
            if isinstance(name.value, str | ipaddress.IPv4Address | ipaddress.IPv6Address)
            else "a network"
        )
    return tuple(names)
