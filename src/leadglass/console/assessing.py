"""The assessment as pages see it: people's words read anew for each page, the gateway's evidence at most seconds old.

Never keeps a verdict: what somebody just decided is on the next page.
"""

from __future__ import annotations

import threading
from datetime import UTC, datetime

from sqlalchemy import Engine

from leadglass.assessor.current import Assessment, assess_now
from leadglass.assessor.gateway import gather
from leadglass.assessor.knowledge import knowledge
from leadglass.assessor.network_noted import NetworkNoted
from leadglass.assessor.noted import Noted
from leadglass.config import Configuration
from leadglass.store.projection.interface import Projection

_SECOND = 1_000_000_000
KEPT = 5 * _SECOND  # ns for which the gateway's evidence is taken as it was


class Assessing:
    """Used from several threads; holds the last gathering."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._gathered: tuple[Noted, ...] = ()
        self._network = NetworkNoted()
        self._configuration: Configuration | None = None
        self._at = 0

    def now(self, configuration: Configuration, engine: Engine, projection: Projection, clock: int) -> Assessment:
        """How the hospital stands at ``clock``, UTC ns.

        Raises:
            LeadglassError: something it needs cannot be read.
            SQLAlchemyError: the application state cannot be read.
        """
        at = datetime.fromtimestamp(clock / _SECOND, UTC)
        gathered = self._gather(configuration, engine, projection, clock, at)
        return assess_now(engine, knowledge(), configuration.site.name, at, gathered)

    def look_again(self) -> None:
        """Somebody says that what was seen is so no longer: the next page looks anew instead of taking their word."""
        with self._lock:
            self._configuration = None

    def _gather(
        self, configuration: Configuration, engine: Engine, projection: Projection, clock: int, at: datetime
    ) -> tuple[Noted, ...]:
        with self._lock:  # one thread looks, the others wait for what it finds
            if self._configuration is not configuration or not 0 <= clock - self._at < KEPT:
                self._gathered = gather(engine, configuration, projection, at)
                self._configuration, self._at = configuration, clock
            return (*self._gathered, *self._network.now(engine))
