"""Keeps the projection up to the ledger and moves the outbox to the journal, in one thread. Never stops at a fault."""

from __future__ import annotations

import threading
from collections.abc import Callable

import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from leadglass.config import Configuration
from leadglass.errors import LeadglassError
from leadglass.ledger import state
from leadglass.store.appstate.outbox import WRITER
from leadglass.store.appstate.publisher import BATCH, Publisher, delivered, settle, unsettled
from leadglass.store.journal import Journal, JournalUnavailable
from leadglass.store.leaves import LedgerReader
from leadglass.store.projection.feed import catch_up
from leadglass.store.projection.interface import Projection

EVERY = 0.5  # seconds
LEAVES = 20_000  # taken in before looking at the outbox again
RESERVE = 1  # journal segments kept ahead: people act rarely


class Feed:
    """The thread; `fault` is what pages say while it does not get on.

    Args:
        configuration: where everything lies.
        engine: whose outbox is emptied.
        projection: this process owns it.
    """

    def __init__(self, configuration: Configuration, engine: Engine, projection: Projection) -> None:
        self._configuration, self._engine, self._projection = configuration, engine, projection
        self._ledger = LedgerReader(configuration.data.ledger)
        self._journal: Journal | None = None
        self._publisher: Publisher | None = None
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="feed", daemon=True)
        self._faults = {"projection": "", "outbox": ""}

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
            more = self._step("projection", self._follow)
            more = self._step("outbox", self._publish) or more
            if not more:
                self._stopping.wait(EVERY)
        self._step("outbox", self._publish)
        if self._journal is not None:
            self._journal.close()

    def _follow(self) -> bool:
        return catch_up(self._projection, self._ledger, LEAVES).behind > 0

    def _publish(self) -> bool:
        if self._publisher is None:
            self._publisher = Publisher(self._engine, self._open())
        return self._publisher.publish() == BATCH

    def _open(self) -> Journal:
        """The journal, with what an earlier boot left behind settled under its lock."""
        data, settings = self._configuration.data, self._configuration.journal
        if self._journal is None:
            self._journal = Journal(
                data.journals,
                WRITER,
                segment_bytes=settings.segment_bytes,
                reserve=RESERVE,
                limit_bytes=settings.limit_bytes,
            )
        for boot in unsettled(self._engine):
            last = delivered(data.journal(WRITER), boot, 0)
            merged = state.load(data.ledger / "state").writers.get(WRITER)
            if merged is not None and merged.position.boot == boot:
                last = max(last, merged.next_counter - 1)
            settle(self._engine, boot, last)
        return self._journal

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
