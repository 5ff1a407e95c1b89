"""A leaf that TLS was shown: what it says of itself, and whether it is for a host. It trusts nothing."""

from __future__ import annotations

import ipaddress
from functools import lru_cache

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from leadglass.model.certificate import Certificate
from leadglass.wire import certificate

REMEMBERED = 1_024


def describe(leaf: x509.Certificate) -> Certificate:
    """What it says of itself; not ``trusted``, without ``error``."""
    return _describe(leaf.public_bytes(Encoding.DER))


@lru_cache(maxsize=REMEMBERED)
def _describe(der: bytes) -> Certificate:
    return certificate.describe(x509.load_der_x509_certificate(der), der)


def serves(leaf: x509.Certificate, host: str) -> bool:
    """Whether a certificate is for this host (RFC 9525 6.3): a SAN of its kind, a wildcard for one label only."""
    names = certificate.alternative_names(leaf)
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
