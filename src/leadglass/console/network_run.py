"""The comparison of the network as pages see it: made outside of requests, one at a time. Decides nothing."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from leadglass.assessor.network import Compared, compare_network, described, told
from leadglass.errors import LeadglassError
from leadglass.store.appstate.network import (
    NetworkFile,
    fingerprint,
    keep_outcome,
    network_files,
    network_texts,
    outcome_fingerprint,
)

PATIENCE = 1.5  # seconds that a page waits before it shows progress instead
_SECOND = 1_000_000_000
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Running:
    """A comparison under way.

    Attributes:
        what: is done now. done, of: how much of it; 0 of 0 where that is not known.
    """

    what: str
    done: int = 0
    of: int = 0


@dataclass(frozen=True, slots=True)
class Failed:
    """One that could not be made."""

    error: LeadglassError


State = Compared | Running | Failed | None
"""None: nobody described a network."""


class NetworkRuns:
    """Used from several threads; holds the last comparison, and makes at most one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._done = threading.Condition(self._lock)
        self._of = ""  # what is under way, or was made last
        self._state: Compared | Running | Failed = Running("")
        self._thread: threading.Thread | None = None

    def look(
        self, engine: Engine, proven: Callable[[], frozenset[str]], clock: int, patience: float = PATIENCE
    ) -> State:
        """How it stands with the files that are kept now; starts a comparison where there is none of them.

        Args:
            engine: the application state.
            proven: tells the ids of controls that are met, for a comparison that begins now.
            clock: UTC ns.
            patience: seconds to wait for one under way.

        Raises:
            SQLAlchemyError: the application state cannot be read.
        """
        files = network_files(engine)
        if described(files) is None:
            return None
        of = fingerprint(files)
        with self._done:
            if self._of != of and not self._busy:
                self._of, self._state = of, Running("reading the files")
                self._thread = threading.Thread(
                    target=self._make, args=(engine, of, proven(), clock), name="network", daemon=True
                )
                self._thread.start()
            self._done.wait_for(lambda: not self._busy, patience)
            return self._state if self._of == of else Running("an earlier comparison")

    def again(self) -> None:
        """The next look compares anew: what is proven may have changed."""
        with self._lock:
            if not self._busy:
                self._of = ""

    @property
    def _busy(self) -> bool:
        return self._thread is not None and isinstance(self._state, Running)

    def _make(self, engine: Engine, of: str, proven: frozenset[str], clock: int) -> None:
        state: Compared | Failed
        try:
            files, texts = network_texts(engine)
            state = self._compared(engine, files, texts, of, proven, clock)
        except LeadglassError as error:
            state = Failed(error)
        except (SQLAlchemyError, MemoryError) as error:
            _LOG.exception("the network could not be compared")
            state = Failed(LeadglassError(f"the comparison ended: {type(error).__name__}", "look again later"))
        except Exception as error:  # noqa: BLE001 (a fault of ours must not leave pages waiting for ever)
            _LOG.exception("the network could not be compared")
            state = Failed(LeadglassError(f"a fault of Leadglass: {type(error).__name__}", "report it, with the log"))
        with self._done:
            self._state = state
            self._thread = None
            self._done.notify_all()

    def _compared(
        self,
        engine: Engine,
        files: Sequence[NetworkFile],
        texts: Mapping[str, str],
        of: str,
        proven: frozenset[str],
        clock: int,
    ) -> Compared:
        found = compare_network(files, texts, proven, self._progress)
        if found.fingerprint == of and outcome_fingerprint(engine) != of:
            keep_outcome(engine, of, told(found), datetime.fromtimestamp(clock / _SECOND, UTC))
        return found

    def _progress(self, what: str, done: int, of: int) -> None:
        with self._lock:
            self._state = Running(what, done, of)
