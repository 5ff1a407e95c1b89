from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec

from leadglass.console.certificate import CertificateError, ensure_certificate


def test_makes_a_p256_certificate_for_the_address_and_keeps_it(tmp_path: Path) -> None:
    certificate, key = ensure_certificate(tmp_path / "tls", "10.1.2.3")
    made = x509.load_pem_x509_certificate(certificate.read_bytes())
    names = made.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert "10.1.2.3" in {str(ip) for ip in names.get_values_for_type(x509.IPAddress)}
    assert "localhost" in names.get_values_for_type(x509.DNSName)
    public = made.public_key()
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == "secp256r1"
    assert key.stat().st_mode & 0o777 == 0o600
    ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key)
    before = certificate.read_bytes()
    ensure_certificate(tmp_path / "tls", "10.9.9.9")
    assert certificate.read_bytes() == before


def test_an_unspecified_address_is_no_name(tmp_path: Path) -> None:
    certificate, _ = ensure_certificate(tmp_path, "::")
    names = x509.load_pem_x509_certificate(certificate.read_bytes()).extensions
    ips = names.get_extension_for_class(x509.SubjectAlternativeName).value.get_values_for_type(x509.IPAddress)
    assert "::" not in {str(ip) for ip in ips}


def test_half_a_pair_is_an_error_not_a_replacement(tmp_path: Path) -> None:
    (tmp_path / "console.crt").write_text("the hospital's")
    with pytest.raises(CertificateError):
        ensure_certificate(tmp_path, "127.0.0.1")
    assert (tmp_path / "console.crt").read_text() == "the hospital's"
