"""Certificates and revocation lists as values (RFC 5280). Pure: keys, serials and times come in; reads no file.

A device both calls and is called, so its certificate serves client and server. The intermediate issues nothing but
leaves (pathlen 0), and only such as prove a client or a server.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from leadglass.pki.sealed_key import PrivateKey

ROOT_DAYS = 7_305  # 20 years
INTERMEDIATE_DAYS = 3_653  # 10 years
DEVICE_DAYS = 825
MAX_DEVICE_DAYS = 3_650
SLACK = dt.timedelta(hours=1)  # clocks of devices that are behind
MAX_COMMON_NAME = 64  # RFC 5280 appendix A, ub-common-name

PublicKey = ec.EllipticCurvePublicKey | rsa.RSAPublicKey
_PURPOSES = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH, ExtendedKeyUsageOID.SERVER_AUTH])
_SIGNS_CERTIFICATES = {"key_cert_sign": True, "crl_sign": True}


@dataclass(frozen=True, slots=True)
class Signer:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: PrivateKey


@dataclass(frozen=True, slots=True)
class Revocation:
    """One line of a revocation list; ``reason`` as `x509.ReasonFlags` names it ("keyCompromise")."""

    serial: int
    at: dt.datetime
    reason: str


def root(name: str, key: PrivateKey, serial: int, now: dt.datetime) -> x509.Certificate:
    """The root of ``name``'s authority, self-signed, for `ROOT_DAYS`."""
    subject = _name("imaging root CA", name)
    builder = _builder(subject, subject, key.public_key(), serial, now, now + dt.timedelta(days=ROOT_DAYS))
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=1), critical=True)
    return builder.add_extension(_usage(**_SIGNS_CERTIFICATES), critical=True).sign(key, hashes.SHA256())


def intermediate(name: str, public: PublicKey, above: Signer, serial: int, now: dt.datetime) -> x509.Certificate:
    """The authority in use, for `INTERMEDIATE_DAYS`, never longer than its root."""
    end = min(now + dt.timedelta(days=INTERMEDIATE_DAYS), above.certificate.not_valid_after_utc)
    builder = _builder(_name("imaging CA", name), above.certificate.subject, public, serial, now, end)
    builder = builder.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    builder = builder.add_extension(_usage(**_SIGNS_CERTIFICATES), critical=True)
    builder = builder.add_extension(_PURPOSES, critical=False).add_extension(_issuer(above), critical=False)
    return builder.sign(above.key, hashes.SHA256())


def leaf(
    common_name: str,
    names: tuple[str, ...],
    public: PublicKey,
    above: Signer,
    serial: int,
    now: dt.datetime,
    not_after: dt.datetime,
) -> x509.Certificate:
    """A certificate that proves a device or the gateway, as client and as server.

    Args:
        common_name: for people, the AE title.
        names: host names (SAN dNSName) and addresses (SAN iPAddress); names are what a registry entry asks for.
        public: of the device's key.
        above: the intermediate.
        serial: recorded before.
        now: its validity begins `SLACK` earlier.
        not_after: its end.
    """
    organization = above.certificate.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)[0].value
    subject = _name("", str(organization), common_name)
    builder = _builder(subject, above.certificate.subject, public, serial, now, not_after)
    builder = builder.add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
    rsa_key = isinstance(public, rsa.RSAPublicKey)  # TLS 1.2 without ECDHE, which old devices still choose
    builder = builder.add_extension(_usage(digital_signature=True, key_encipherment=rsa_key), critical=True)
    builder = builder.add_extension(_PURPOSES, critical=False).add_extension(_issuer(above), critical=False)
    builder = builder.add_extension(x509.SubjectAlternativeName(list(map(_general, names))), critical=False)
    return builder.sign(above.key, hashes.SHA256())


def revocation_list(
    above: Signer, revoked: Iterable[Revocation], number: int, now: dt.datetime
) -> x509.CertificateRevocationList:
    """The list of an issuer, valid as long as the issuer is.

    An earlier end would stop every device at the day somebody forgets to write a new one; the gateway reads the file
    again when it changes, so nothing is gained by it.
    """
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(above.certificate.subject)
        .last_update(_second(now - SLACK))
        .next_update(above.certificate.not_valid_after_utc)
        .add_extension(x509.CRLNumber(number), critical=False)
        .add_extension(_issuer(above), critical=False)
    )
    for line in revoked:
        entry = x509.RevokedCertificateBuilder().serial_number(line.serial).revocation_date(_second(line.at))
        if line.reason != x509.ReasonFlags.unspecified.value:  # RFC 5280 5.3.1: left out rather than unspecified
            entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags(line.reason)), critical=False)
        builder = builder.add_revoked_certificate(entry.build())
    return builder.sign(above.key, hashes.SHA256())


def _general(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


def _name(role: str, organization: str, common_name: str = "") -> x509.Name:
    common = common_name or f"{organization[: MAX_COMMON_NAME - len(role) - 1]} {role}"
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization[:64]),
            x509.NameAttribute(NameOID.COMMON_NAME, common),
        ]
    )


def _builder(
    subject: x509.Name, issuer: x509.Name, public: PublicKey, serial: int, now: dt.datetime, end: dt.datetime
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(serial)
        .not_valid_before(_second(now - SLACK))
        .not_valid_after(_second(end))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
    )


def _issuer(above: Signer) -> x509.AuthorityKeyIdentifier:
    identifier = above.certificate.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(identifier)


def _usage(**used: bool) -> x509.KeyUsage:
    names = (
        "digital_signature",
        "content_commitment",
        "key_encipherment",
        "data_encipherment",
        "key_agreement",
        "key_cert_sign",
        "crl_sign",
        "encipher_only",
        "decipher_only",
    )
    return x509.KeyUsage(**{name: used.get(name, False) for name in names})


def _second(moment: dt.datetime) -> dt.datetime:
    return moment.replace(microsecond=0)
