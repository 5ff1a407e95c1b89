"""What is read of a certificate, whatever stands in it."""

from __future__ import annotations

import datetime as dt
import hashlib

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from leadglass.wire.certificate import MAX_CERTIFICATE, MAX_NAME, MAX_NAMES, MAX_SUBJECT, leaf, leaf_of_file

KEY = ec.generate_private_key(ec.SECP256R1())
END = dt.datetime(2030, 3, 17, 17, 46, 40, tzinfo=dt.UTC)


def made(common_name: str = "ct1", *names: str, issuer: str = "ct1") -> x509.Certificate:
    """A self-signed leaf without key usage, as devices make them."""
    named, by = (x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)]) for text in (common_name, issuer))
    builder = (
        x509.CertificateBuilder()
        .subject_name(named)
        .issuer_name(by)
        .public_key(KEY.public_key())
        .serial_number(7)
        .not_valid_before(END - dt.timedelta(days=90))
        .not_valid_after(END)
    )
    if names:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.DNSName(name) for name in names]), False)
    return builder.sign(KEY, hashes.SHA256())


DER = made("ct1", "ct1.example", "ct1.local").public_bytes(Encoding.DER)


def test_a_leaf_says_its_digest_names_and_end_and_is_not_trusted() -> None:
    found = leaf(DER)
    assert found.fingerprint == "sha256:" + hashlib.sha256(DER).hexdigest()
    assert found.names == ("ct1.example", "ct1.local")
    assert (found.subject, found.issuer, found.not_after) == ("CN=ct1", "CN=ct1", 1_900_000_000)
    assert not found.trusted


def test_without_names_the_common_name_is_the_name() -> None:
    assert leaf(made("CT one").public_bytes(Encoding.DER)).names == ("CT one",)


def test_what_is_kept_of_a_certificate_is_bounded() -> None:
    names = [f"{number}.example" for number in range(MAX_NAMES + 5)]
    found = leaf(made("x" * 60, "n" * (MAX_NAME + 1), *names, issuer="y" * 64).public_bytes(Encoding.DER))
    assert len(found.names) < MAX_NAMES + 1
    assert all(len(name) <= MAX_NAME for name in found.names)
    assert len(found.subject) <= MAX_SUBJECT
    with pytest.raises(ValueError, match="longer than"):
        leaf(b"0" * (MAX_CERTIFICATE + 1))


@pytest.mark.parametrize("before", [b"", b"Bag Attributes\n  friendlyName: ct1\n", b"\xff\xfe\n"])
def test_a_file_is_read_in_pem_or_der_and_its_first_certificate_is_the_leaf(before: bytes) -> None:
    pem = made("ct1").public_bytes(Encoding.PEM)
    assert leaf_of_file(before + pem + made("ca").public_bytes(Encoding.PEM)).subject == "CN=ct1"
    assert leaf_of_file(DER).subject == "CN=ct1"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"nonsense",
        DER[:-1],
        b"-----BEGIN CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        b"-----BEGIN CERTIFICATE-----" + b"A" * (2 * MAX_CERTIFICATE + 1) + b"-----END CERTIFICATE-----",
        b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
    ],
)
def test_what_is_no_certificate_is_told(content: bytes) -> None:
    with pytest.raises(ValueError, match="certificate"):
        leaf_of_file(content)


@given(st.integers(0, len(DER) - 1), st.integers(0, 255))
def test_a_changed_byte_is_another_certificate_or_none(at: int, byte: int) -> None:
    changed = DER[:at] + bytes([byte]) + DER[at + 1 :]
    try:
        found = leaf(changed)
    except ValueError:
        return
    assert (found.fingerprint == leaf(DER).fingerprint) == (changed == DER)
