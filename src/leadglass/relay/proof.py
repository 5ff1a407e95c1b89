"""Whether what answers at an archive's address is that archive, by its certificate. Pure; it connects nothing."""

from __future__ import annotations

from cryptography import x509

from leadglass.io.tls_leaf import serves
from leadglass.io.tls_verification import Verification
from leadglass.model.certificate import Certificate
from leadglass.model.route import Archive

NAMED = "name:"
DAY = 86_400  # seconds


def unproved(archive: Archive, verification: Verification, at: int, grace_days: int) -> str:
    """Why it is not proved to be ``archive``, in words; empty when it is.

    Args:
        archive: with TLS.
        verification: of a handshake that stands.
        at: UTC seconds.
        grace_days: for how long after its end a pinned certificate counts.
    """
    certificate, leaf = verification.certificate, verification.leaf
    if certificate is None or leaf is None:
        return "it showed no certificate"
    if archive.certificates:
        return _by_certificates(archive, certificate, at, grace_days)
    return _by_host(archive, certificate, leaf)


def _by_certificates(archive: Archive, certificate: Certificate, at: int, grace_days: int) -> str:
    if certificate.fingerprint in archive.certificates:
        if at >= certificate.not_after + grace_days * DAY:
            return f"its certificate expired more than {grace_days} days ago"
        return ""
    wanted = {proof.removeprefix(NAMED).lower() for proof in archive.certificates if proof.startswith(NAMED)}
    if not wanted.intersection(name.lower() for name in certificate.names):
        return f"it showed another certificate, {certificate.fingerprint} of {certificate.subject!r}"
    return "" if certificate.trusted else f"its certificate is not trusted: {certificate.error}"


def _by_host(archive: Archive, certificate: Certificate, leaf: x509.Certificate) -> str:
    if not certificate.trusted:
        return f"its certificate is not trusted: {certificate.error}"
    if not serves(leaf, archive.host):
        return f"its certificate is not for {archive.host}, but for {', '.join(certificate.names) or 'no name'}"
    return ""
