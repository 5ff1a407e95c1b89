"""Keeps the projection up to the ledger and moves the outbox to the journal, in one thread. Never stops at a fault."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from leadglass.errors import LeadglassError
from leadglass.store.appstate.outbox import BATCH, Journal, publish
from leadglass.store.journal import JournalUnavailable
from leadglass.store.leaves import LedgerReader
from leadglass.store.projection.feed import catch_up
from leadglass.store.projection.interface import Projection

EVERY = 0.5  # seconds
LEAVES = 20_000  # taken in before looking at the outbox again


class Feed:
    """The thread; `fault` is what pages say while it does not get on.

    Args:
        projection: this process owns it.
        ledger: read from here.
        engine: whose outbox is emptied.
        open_journal: the console's own journal, opened by the thread (it may have no room at start).
    """

    def __init__(
        self, projection: Projection, ledger: LedgerReader, engine: Engine, open_journal: Callable[[], Journal]
    ) -> None:
        self._projection, self._ledger, self._engine = projection, ledger, engine
        self._open_journal = open_journal
        self._journal: Journal | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._faults = {"ledger": "", "outbox": ""}

    def fault(self) -> str:
        """In words; empty while all is well."""
        return "; ".join(text for text in self._faults.values() if text)

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End after the step under way, and empty the outbox once more."""
        self._stopping.set()
        self._thread.join(timeout=15.0)

    def _run(self) -> None:
        while not self._stopping.is_set():
            if not self._step("ledger", self._follow):
                self._stopping.wait(EVERY)
            self._step("outbox", self._publish)
        self._step("outbox", self._publish)

    def _follow(self) -> bool:
        return catch_up(self._projection, self._ledger, LEAVES).behind > 0

    def _publish(self) -> bool:
        if self._journal is None:
            self._journal = self._open_journal()
        return publish(self._engine, self._journal) == BATCH

    def _step(self, name: str, step: Callable[[], bool]) -> bool:
        """Whether there is more to do at once."""
        try:
            more = step()
        except (LeadglassError, JournalUnavailable, SQLAlchemyError, OSError) as error:
            text = error.message if isinstance(error, LeadglassError) else str(error)
            if self._faults[name] != text:
                structlog.get_logger().warning("feed", step=name, fault=text)
            self._faults[name] = text
            return False
        self._faults[name] = ""
        return more
