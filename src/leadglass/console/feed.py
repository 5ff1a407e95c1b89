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

BUSY = 0.2  # seconds between two looks while something moves
IDLE = 1.0  # seconds, reached by doubling while nothing does
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
        self._seen: object = None  # mark of the ledger that the projection is up to

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
        delay = BUSY
        while not self._stopping.is_set():
            wanted = min(self._step("projection", self._follow), self._step("outbox", self._publish))
            delay = wanted if wanted < IDLE else min(delay * 2 or BUSY, IDLE)
            self._stopping.wait(delay)
        self._step("outbox", self._publish)
        if self._journal is not None:
            self._journal.close()

    def _follow(self) -> float:
        """Take in what is new; costs a look at a file's times when nothing is."""
        mark = self._mark()  # before reading: what is committed meanwhile makes another one
        if mark == self._seen:
            return IDLE
        if catch_up(self._projection, self._ledger, LEAVES).behind:
            return 0.0
        self._seen = mark
        return BUSY

    def _mark(self) -> tuple[str, int, int] | None:
        """The newest checkpoint, as its file's name, time and inode: each one replaces the file."""
        logs = self._ledger.logs()
        if not logs:
            return None
        found = (self._ledger.path / logs[-1] / "checkpoint").stat()
        return logs[-1], found.st_mtime_ns, found.st_ino

    def _publish(self) -> float:
        if self._publisher is None:
            self._publisher = Publisher(self._engine, self._open())
        moved = self._publisher.publish()
        return 0.0 if moved == BATCH else BUSY if moved else IDLE

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

    def _step(self, name: str, step: Callable[[], float]) -> float:
        """Seconds until it wants to be looked at again."""
        try:
            wanted = step()
        except (LeadglassError, JournalUnavailable, SQLAlchemyError, OSError) as error:
            text = error.message if isinstance(error, LeadglassError) else str(error)
            if self._faults[name] != text:
                structlog.get_logger().warning("feed", step=name, fault=text)
            self._faults[name] = text
            return IDLE
        self._faults[name] = ""
        return wanted
