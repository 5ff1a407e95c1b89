"""A generation: everything a worker needs to judge and route, numbered. Prepared in all workers, then committed."""

from __future__ import annotations

from dataclasses import dataclass

from leadglass.model.peer import Peer
from leadglass.model.route import Archive, Route, Settings
from leadglass.model.tls import Tls


@dataclass(frozen=True, slots=True)
class Generation:
    """One state of configuration and registry together.

    Attributes:
        number: rises by one at each commit, never reused, also after a restart.
        zone: the hospital's IANA time zone.
        policies: Cedar policy text, all files joined.
        digest: SHA-256 (hex) over the content, the number left out: equal content, equal digest.
        tls: certificates of the data plane, None where nothing is said over TLS.
    """

    number: int
    zone: str
    settings: Settings
    archives: tuple[Archive, ...]
    routes: tuple[Route, ...]
    peers: tuple[Peer, ...]
    policies: str
    digest: str
    tls: Tls | None = None
