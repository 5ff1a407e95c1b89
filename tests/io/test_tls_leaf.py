"""Claims about reading a leaf, and about the host a certificate is for (RFC 9525)."""

from __future__ import annotations

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from tests.peers.authority import make

from leadglass.io.tls_leaf import describe, serves
from leadglass.wire.certificate import MAX_NAME, MAX_NAMES


@pytest.mark.parametrize(
    ("host", "hosts", "addresses", "expected"),
    [
        ("pacs.example.org", ("pacs.example.org",), (), True),
        ("PACS.Example.org", ("pacs.example.ORG",), (), True),
        ("pacs.example.org.", ("pacs.example.org",), (), True),
        ("other.example.org", ("pacs.example.org",), (), False),
        ("pacs.example.org", ("*.example.org",), (), True),
        ("a.pacs.example.org", ("*.example.org",), (), False),
        ("example.org", ("*.example.org",), (), False),
        ("example.org", ("*.org",), (), False),
        ("10.20.0.5", (), ("10.20.0.5",), True),
        ("10.20.0.6", (), ("10.20.0.5",), False),
        ("10.20.0.5", ("10.20.0.5",), (), False),  # an address in a DNS name proves no address
        ("2001:db8::1", (), ("2001:db8:0::1",), True),
        ("common", (), (), False),  # the CN names no host
    ],
)
def test_a_certificate_is_for_the_hosts_its_alternative_names_say(
    host: str, hosts: tuple[str, ...], addresses: tuple[str, ...], expected: bool
) -> None:
    assert serves(make("common", hosts=hosts, addresses=addresses).certificate, host) is expected


def test_names_are_bounded_and_printable() -> None:
    many = tuple(f"n{number}.example" for number in range(50))
    assert describe(make("x", hosts=many).certificate).names == many[:MAX_NAMES]
    assert describe(make("x", hosts=("a" * (MAX_NAME + 1), "ok")).certificate).names == ("ok",)
    assert describe(make("caf\u00e9\x07", hosts=()).certificate).names == ()


def test_the_same_leaf_is_the_same_certificate_and_never_trusted_by_reading() -> None:
    leaf = make("ct1").certificate
    assert describe(leaf) == describe(x509.load_der_x509_certificate(leaf.public_bytes(Encoding.DER)))
    assert not describe(leaf).trusted
