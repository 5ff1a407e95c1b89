"""Which certificates a hospital's authorities have taken back. A list must be signed by one of them to count."""

from __future__ import annotations

from collections.abc import Iterable

from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from leadglass.errors import ConfigurationError, Place
from leadglass.io.tls_files import revocation_list

_SIMPLE = frozenset(  # extensions of a complete list of one authority (RFC 5280 5.2)
    {
        ExtensionOID.AUTHORITY_KEY_IDENTIFIER,
        ExtensionOID.CRL_NUMBER,
    }
)


class Revocations:
    """Serial numbers by issuer.

    A list whose next update is overdue still counts: a late list must not stop a department, nor let the revoked in.

    Args:
        paths: revocation lists, PEM or DER.
        authorities: who may have signed them.

    Raises:
        ConfigurationError: a file holds no list, nobody in ``authorities`` signed it, or it is not complete.
    """

    def __init__(self, paths: Iterable[str], authorities: Iterable[x509.Certificate]) -> None:
        self._serials: dict[bytes, set[int]] = {}
        trusted = tuple(authorities)
        for path in paths:
            found = revocation_list(path)
            _check(found, trusted, path)
            serials = self._serials.setdefault(found.issuer.public_bytes(), set())
            serials.update(entry.serial_number for entry in found if not _taken_off(entry))

    def __bool__(self) -> bool:
        return bool(self._serials)

    def names(self, certificate: x509.Certificate) -> bool:
        """Whether a list names this certificate."""
        serials = self._serials.get(certificate.issuer.public_bytes())
        return serials is not None and certificate.serial_number in serials


def _check(found: x509.CertificateRevocationList, trusted: tuple[x509.Certificate, ...], path: str) -> None:
    place = Place(path)
    unknown = next((e.oid for e in found.extensions if e.critical and e.oid not in _SIMPLE), None)
    if unknown is not None:  # a delta, or a part: what it leaves out is not known
        raise ConfigurationError(
            f"a revocation list of a kind that is not read (critical extension {unknown.dotted_string})",
            "give the authority's complete list",
            place,
        )
    if not any(_signed(found, authority) for authority in trusted):
        raise ConfigurationError(
            f"no authority in tls.trust has signed this revocation list of {found.issuer.rfc4514_string()}",
            "add its issuer's certificate to tls.trust",
            place,
        )


def _signed(found: x509.CertificateRevocationList, authority: x509.Certificate) -> bool:
    if authority.subject != found.issuer:
        return False
    try:
        return found.is_signature_valid(authority.public_key())  # type: ignore[arg-type]  # TypeError for other keys
    except (TypeError, ValueError):
        return False


def _taken_off(entry: x509.RevokedCertificate) -> bool:
    try:
        reason = entry.extensions.get_extension_for_class(x509.CRLReason).value.reason
    except (x509.ExtensionNotFound, ValueError):
        return False
    return reason is x509.ReasonFlags.remove_from_crl
