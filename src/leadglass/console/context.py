"""What every page of one console shares. Built once by `app.build`; holds no page."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import Engine

from leadglass.assessor.cohort import LastPrinted
from leadglass.assessor.current import Assessment
from leadglass.config import Configuration
from leadglass.console.assessing import Assessing
from leadglass.console.live import Live
from leadglass.console.network_offers import MAX_NETWORK_OFFERS, NetworkOffer
from leadglass.console.network_run import NetworkRuns
from leadglass.console.offers import Offer, Offers
from leadglass.console.passwords import Passwords
from leadglass.console.signed_in import SignedIn
from leadglass.console.throttle import Throttle
from leadglass.errors import IntegrityError
from leadglass.model.bypass import ActiveBypass
from leadglass.store.bypasses import read
from leadglass.store.leaves import LedgerReader
from leadglass.store.projection.interface import Projection

MAX_NOTICES = 1_000


@dataclass(frozen=True, slots=True)
class Notice:
    """What an action came to, shown on the next page. ``tone``: "good", "warn", "bad"."""

    tone: str
    text: str


class Notices:
    """One waiting notice a session, in memory, bounded."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[str, Notice] = OrderedDict()
        self._lock = threading.Lock()

    def put(self, session: str, notice: Notice) -> None:
        """Leave a notice for the session's next page."""
        with self._lock:
            self._waiting[session] = notice
            while len(self._waiting) > MAX_NOTICES:
                self._waiting.popitem(last=False)

    def take(self, session: str) -> Notice | None:
        """The waiting notice, once."""
        with self._lock:
            return self._waiting.pop(session, None)


@dataclass(frozen=True, slots=True)
class Console:
    """Everything pages read and act on.

    Attributes:
        configuration: the configuration in force, read anew where the file has changed.
        engine: the application state.
        projection: shared by all threads of this process.
        live: the registrar.
        ledger: proofs and checkpoints.
        setup_token: file of the one-time token.
        feed_fault: why the projection does not follow the ledger now; empty when it does.
        clock: UTC ns.
    """

    configuration: Callable[[], Configuration]
    engine: Engine
    projection: Projection
    live: Live
    ledger: LedgerReader
    setup_token: Path
    feed_fault: Callable[[], str] = str
    passwords: Passwords = field(default_factory=Passwords)
    throttle: Throttle = field(default_factory=Throttle)
    notices: Notices = field(default_factory=Notices)
    signed_in: SignedIn = field(default_factory=SignedIn)
    offers: Offers[Offer] = field(default_factory=Offers)
    assessing: Assessing = field(default_factory=Assessing)
    last_printed: LastPrinted = field(default_factory=LastPrinted)
    network: NetworkRuns = field(default_factory=NetworkRuns)
    network_offers: Offers[NetworkOffer] = field(default_factory=lambda: Offers(MAX_NETWORK_OFFERS))
    clock: Callable[[], int] = time.time_ns

    def bypasses(self) -> tuple[ActiveBypass, ...]:
        """Routes that relay without policy now: as the registrar says, else as it left them on disk."""
        status, now = self.live.look().status, self.clock()
        if status is not None:
            return tuple(row for row in status.bypasses if row.until > now)
        try:
            kept = read(self.configuration().data.accepted)
        except IntegrityError:  # the registrar alarms it at its start, and bypasses nothing
            return ()
        return tuple(row for row in kept.bypasses if row.until > now)

    def assessment(self) -> Assessment:
        """How the hospital stands now.

        Raises:
            LeadglassError: something it needs cannot be read.
        """
        return self.assessing.now(self.configuration(), self.engine, self.projection, self.clock())

    @property
    def zone(self) -> ZoneInfo:
        """The hospital's time zone."""
        return ZoneInfo(self.configuration().site.timezone)
