"""What is known of certificates that are pinned, or ours: whose they are and when they end. Judges none.

A pin is a digest and does not say when its certificate ends; that is learnt where the certificate itself was seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from sqlalchemy import Connection, Engine, delete, insert, select, update

from leadglass.model.certificate import Certificate
from leadglass.store.appstate.engine import reading, writing
from leadglass.store.appstate.tables import certificates

NOT_YET = 32_767  # `KnownCertificate.alarmed` before the first alarm
_TEXT = 256
_IN_STATEMENT = 500  # values in one statement


@dataclass(frozen=True, slots=True)
class KnownCertificate:
    """One certificate.

    Attributes:
        fingerprint: "sha256:" and hex, of its DER.
        subject, issuer: distinguished names, cut at 256 characters.
        not_after: UTC seconds.
        alarmed: the lowest threshold in days at which an alarm about its end was given, `NOT_YET` before.
    """

    fingerprint: str
    subject: str
    issuer: str
    not_after: int
    alarmed: int


def load_certificates(engine: Engine) -> dict[str, KnownCertificate]:
    """All that is known, by fingerprint."""
    with reading(engine) as connection:
        return {row.fingerprint: KnownCertificate(**row._mapping) for row in connection.execute(select(certificates))}


def learn_certificates(engine: Engine, seen: Iterable[Certificate]) -> None:
    """`learn` in a transaction of its own."""
    with writing(engine) as connection:
        learn(connection, seen)


def learn(connection: Connection, seen: Iterable[Certificate]) -> None:
    """Keep what these certificates say of themselves; what is known already stays, as a digest has one certificate.

    One whose end cannot be read is left out: nothing could be told about it.
    """
    new = {certificate.fingerprint: certificate for certificate in seen if certificate.not_after > 0}
    for fingerprint in _known(connection, new):
        del new[fingerprint]
    for certificate in new.values():
        connection.execute(
            insert(certificates).values(
                fingerprint=certificate.fingerprint,
                subject=certificate.subject[:_TEXT],
                issuer=certificate.issuer[:_TEXT],
                not_after=certificate.not_after,
                alarmed=NOT_YET,
            )
        )


def set_alarmed(engine: Engine, days: Mapping[str, int]) -> None:
    """Note at which threshold, in days, an alarm was given about each certificate."""
    with writing(engine) as connection:
        for fingerprint, threshold in days.items():
            connection.execute(
                update(certificates).where(certificates.c.fingerprint == fingerprint).values(alarmed=threshold)
            )


def forget_certificates(engine: Engine, fingerprints: Collection[str]) -> None:
    """Let go of certificates that nobody pins any more."""
    with writing(engine) as connection:
        for some in _slices(fingerprints):
            connection.execute(delete(certificates).where(certificates.c.fingerprint.in_(some)))


def _known(connection: Connection, fingerprints: Collection[str]) -> list[str]:
    return [
        row.fingerprint
        for some in _slices(fingerprints)
        for row in connection.execute(select(certificates.c.fingerprint).where(certificates.c.fingerprint.in_(some)))
    ]


def _slices(values: Collection[str]) -> list[list[str]]:
    whole = list(values)
    return [whole[start : start + _IN_STATEMENT] for start in range(0, len(whole), _IN_STATEMENT)]
