"""When pinned certificates and our own end: told at 60, 30 and 7 days, and when they have. Never refuses one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from leadglass.model.certificate import Certificate
from leadglass.model.event import Alarm
from leadglass.model.peer import Peer
from leadglass.model.status import MAX_ENDS_SHOWN, CertificateEnd
from leadglass.model.tls import Tls
from leadglass.policy.bindings import PINNED
from leadglass.policy.registry import DAY
from leadglass.store.appstate.certificates import (
    NOT_YET,
    KnownCertificate,
    forget_certificates,
    learn_certificates,
    load_certificates,
    set_alarmed,
)
from leadglass.store.appstate.peers import load_peers
from leadglass.wire.certificate import MAX_CERTIFICATE, leaf_of_file

THRESHOLDS = (60, 30, 7, 0)  # days left; 0 is the end itself
MAX_CHAIN = 4 * MAX_CERTIFICATE  # bytes read of a file of ours, whose first certificate is the leaf
KEPT_AFTER = 90 * DAY  # seconds after its end for which a certificate that nobody pins is remembered
_SECOND = 1_000_000_000

_log = structlog.get_logger()


def ends(
    peers: Iterable[Peer], own: Iterable[str], known: Mapping[str, KnownCertificate], grace: int, now: int
) -> tuple[CertificateEnd, ...]:
    """Certificates that end within 60 days or have ended, the soonest first.

    Args:
        peers: the registry; the certificates of blocked ones do not count.
        own: fingerprints of this gateway's.
        known: what is known of certificates, by fingerprint; a pin that was never seen as a certificate is left out.
        grace: seconds for which a pin holds after its end.
        now: UTC seconds.
    """
    owners: dict[str, list[Peer]] = {}
    for peer in peers:
        if peer.status == "approved":
            for proof in peer.certificates:
                if proof.startswith(PINNED):
                    owners.setdefault(proof, []).append(peer)
    horizon = now + THRESHOLDS[0] * DAY
    lasting = {fingerprint for fingerprint, one in known.items() if one.not_after > horizon}
    found = [
        CertificateEnd(
            tuple(peer.id for peer in pinning),
            fingerprint,
            known[fingerprint].subject,
            known[fingerprint].not_after,
            known[fingerprint].not_after + (grace if pinning else 0),
            bool(pinning) and all(_goes_on(peer, fingerprint, lasting, known) for peer in pinning),
        )
        for fingerprint, pinning in {**{one: [] for one in own}, **owners}.items()
        if fingerprint in known and known[fingerprint].not_after <= horizon
    ]
    return tuple(sorted(found, key=lambda end: (end.not_after, end.owners)))


def _goes_on(peer: Peer, ending: str, lasting: set[str], known: Mapping[str, KnownCertificate]) -> bool:
    """Whether something else proves ``peer`` after this certificate: a name, or a pin not known to end soon."""
    return any(proof in lasting or proof not in known for proof in peer.certificates if proof != ending)


def alarms(
    found: Iterable[CertificateEnd], known: Mapping[str, KnownCertificate], now: int
) -> Iterator[tuple[str, int, Alarm]]:
    """What is to be told now and was not yet: fingerprint, threshold in days, and the alarm.

    Args:
        found: from `ends`.
        known: with the thresholds that were told.
        now: UTC seconds.
    """
    for end in found:
        left = end.not_after - now
        reached = min((days for days in THRESHOLDS if left <= days * DAY), default=NOT_YET)
        if reached < known[end.fingerprint].alarmed:
            yield end.fingerprint, reached, _alarm(end, left)


def _alarm(end: CertificateEnd, left: int) -> Alarm:
    what = f"the certificate of {' and '.join(end.owners)}" if end.owners else "the gateway's own certificate"
    if end.subject:
        what += f" ({end.subject})"
    if left > 0:
        days = max(left // DAY, 1)
        text = f"{what} ends in {days} day{'' if days == 1 else 's'}"
        return Alarm("warning", "certificate-expiring", text + _next(end))
    if end.renewed:
        return Alarm("warning", "certificate-expired", f"{what} has ended{_next(end)}")
    if not end.owners:
        return Alarm("critical", "certificate-expired", f"{what} has ended: devices and archives may refuse it")
    days = max((end.refused - end.not_after) // DAY, 0)
    after = f"refused after {days} days of grace" if days else "refused from now on"
    return Alarm("critical", "certificate-expired", f"{what} has ended; it is {after}")


def _next(end: CertificateEnd) -> str:
    return "; another one is pinned beside it" if end.renewed else ""


def _own(tls: Tls) -> list[Certificate]:
    """The certificates this gateway shows; one that cannot be read is logged and left out."""
    found = {}
    for path in dict.fromkeys((tls.certificate, tls.client_certificate)):
        try:
            with Path(path).open("rb") as file:
                leaf = leaf_of_file(file.read(MAX_CHAIN))
        except (OSError, ValueError) as error:
            _log.error("an own certificate could not be read", path=path, reason=str(error))
            continue
        found[leaf.fingerprint] = leaf
    return list(found.values())


class CertificateEnds:
    """The ends of certificates, looked at again and again.

    Args:
        engine: the application state.
        record: takes each alarm.
        now: UTC nanoseconds.

    Attributes:
        found: as of the last look, at most `MAX_ENDS_SHOWN`.
    """

    def __init__(self, engine: Engine, record: Callable[[Alarm], object], now: Callable[[], int]) -> None:
        self._engine = engine
        self._record = record
        self._now = now
        self._looking = asyncio.Lock()
        self.found: tuple[CertificateEnd, ...] = ()

    async def look(self, grace: int, tls: Tls | None) -> None:
        """Look, and tell what is to be told, each threshold of each certificate once; a fault is logged, not raised.

        Args:
            grace: seconds for which a pin holds after its end.
            tls: where this gateway's own certificates are.
        """
        async with self._looking:
            try:
                self.found, told = await asyncio.to_thread(self._look, grace, tls)
                for _, _, alarm in told:
                    self._record(alarm)
                if told:
                    days = {fingerprint: reached for fingerprint, reached, _ in told}
                    await asyncio.to_thread(set_alarmed, self._engine, days)
            except SQLAlchemyError as error:
                _log.error("the ends of certificates could not be looked up", reason=str(error))

    def _look(self, grace: int, tls: Tls | None) -> tuple[tuple[CertificateEnd, ...], list[tuple[str, int, Alarm]]]:
        own = [] if tls is None else _own(tls)
        if own:
            learn_certificates(self._engine, own)
        known = load_certificates(self._engine)
        peers = load_peers(self._engine)  # after them: a pin is stored together with what is known of it
        now = self._now() // _SECOND
        ours = [certificate.fingerprint for certificate in own]
        found = ends(peers, ours, known, grace, now)
        kept = {proof for peer in peers for proof in peer.certificates} | set(ours)
        over = [one for one, row in known.items() if one not in kept and row.not_after + KEPT_AFTER < now]
        if over:
            forget_certificates(self._engine, over)
        return found[:MAX_ENDS_SHOWN], list(alarms(found, known, now))
