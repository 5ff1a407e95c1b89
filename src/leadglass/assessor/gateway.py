"""What the gateway knows by itself, as evidence about controls. Asks no device, changes nothing, keeps nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime

from sqlalchemy import Engine

from leadglass.assessor.facts import (
    archives,
    bypasses,
    callers,
    certificates,
    impaired,
    listeners,
    recording,
    registry,
    routes,
    waiting,
)
from leadglass.assessor.noted import Noted
from leadglass.assessor.sight import Sight, nanoseconds, sight
from leadglass.config import Configuration
from leadglass.model.peer import Peer
from leadglass.model.status import CertificateEnd, UnknownPeer
from leadglass.policy.registry import DAY
from leadglass.registrar.certificate_ends import ends
from leadglass.store.appstate.certificates import load_certificates
from leadglass.store.appstate.peers import load_peers
from leadglass.store.appstate.unknown_peers import list_unknown
from leadglass.store.projection.interface import Projection

__all__ = ["FACTS", "Noted", "gateway_evidence", "gather"]

FACTS: tuple[Callable[[Sight], Iterable[Noted]], ...] = (
    listeners.found,
    archives.found,
    registry.found,
    certificates.found,
    routes.found,
    bypasses.found,
    callers.found,
    waiting.found,
    recording.found,
    impaired.found,
)
"""One a kind of fact."""

_SECOND = 1_000_000_000


def gather(engine: Engine, configuration: Configuration, projection: Projection, at: datetime) -> tuple[Noted, ...]:
    """All the gateway knows now: `gateway_evidence` with the registry, who waits, and certificates that end.

    Raises:
        ProjectionError: the record cannot be read.
        SQLAlchemyError: the application state cannot be read.
    """
    known = load_certificates(engine)
    peers = load_peers(engine)  # after them: a pin is stored together with what is known of it
    grace = configuration.settings.expired_grace_days * DAY
    found = ends(peers, (), known, grace, nanoseconds(at) // _SECOND)
    return gateway_evidence(configuration, peers, projection, at, waiting=list_unknown(engine), ends=found)


def gateway_evidence(
    configuration: Configuration,
    peers: Sequence[Peer],
    projection: Projection,
    at: datetime,
    *,
    waiting: Sequence[UnknownPeer] = (),
    ends: Sequence[CertificateEnd] = (),
) -> tuple[Noted, ...]:
    """What the gateway knows, in the order of `FACTS`.

    Args:
        configuration: in force.
        peers: the registry.
        projection: the record.
        at: now, aware; what happened later is left out.
        waiting: callers nobody decided about.
        ends: certificates of peers that end soon or have ended.

    Raises:
        ProjectionError: the record cannot be read.
    """
    seen = sight(configuration, peers, projection, at, waiting, ends)
    return tuple(noted for fact in FACTS for noted in fact(seen))
