"""Serves expected moves and storage commitments: stored first, answered then. Never answers Kept for what is not.

Both are rows of the application state, and memory is its working copy: so they hold over all workers, survive the end
of a worker as of the registrar (a worker that told its moves again could not: its successor knows none), and are still
found while the database is gone. Rows that another registrar stored in a shared database are taken in once a second.
Extensions of moves are stored at that pace too: a crash can take back no more than the last second's.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from sqlalchemy import Engine

from leadglass.model.event import Alarm, Body
from leadglass.model.expectation import Expectation, ExpectedMove
from leadglass.registrar.expectations import Expectations
from leadglass.registrar.messages import AskExpected, Expected, ExpectMove, ExpectReport, Extend, Frame, Kept
from leadglass.store.appstate.engine import reason_of
from leadglass.store.appstate.expectations import (
    delete_expired,
    expectations_since,
    expired_expectations,
    store_expectations,
)

MAX_WAITING = 256  # to be stored, at one time; also how much is stored in one transaction
PAGE = 1_000  # rows read or deleted in one transaction
INTERVAL = 1.0  # seconds between two looks at the database
SWEEP = 60.0  # seconds between two sweeps of memory

Send = Callable[[Frame], None]
_Rows = tuple[tuple[int, Expectation | None], ...]

_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class _Question:
    """A request that is held until this is stored."""

    number: int
    expectation: Expectation
    send: Send


class Keeper:
    """Expectations, kept.

    Args:
        engine: the application state.
        now: UTC nanoseconds.
        record: writes an event into the registrar's journal.

    Attributes:
        fault: why the application state could not be used at the last look, in words; empty when it could.
    """

    def __init__(self, engine: Engine, now: Callable[[], int], record: Callable[[Body], object]) -> None:
        self._engine = engine
        self._now = now
        self._record = record
        self._held = Expectations()
        self._waiting: list[_Question] = []
        self._extended: dict[str, ExpectedMove] = {}  # not stored yet, the latest last
        self._last = 0  # number of the last row taken in
        self._wake = asyncio.Event()
        self.fault = ""

    def take(self, frame: ExpectMove | ExpectReport | Extend | AskExpected, send: Send) -> None:
        """Serve a worker's frame; ``send`` takes the answer, now or when it is stored."""
        match frame:
            case ExpectMove():
                self._keep(_Question(frame.question, frame.move, send))
            case ExpectReport():
                self._keep(_Question(frame.question, frame.report, send))
            case Extend():
                self._note(self._held.extend(frame.id, frame.until, self._now()))
            case AskExpected():
                send(self._expected(frame))

    def _keep(self, question: _Question) -> None:
        full = len(self._waiting) >= MAX_WAITING
        error = "too many wait to be stored" if full else self._held.refusal(question.expectation, self._now())
        if error:
            _log.warning("an expectation was refused", reason=error)
            question.send(Kept(question.number, error))
            return
        self._waiting.append(question)
        self._wake.set()

    def _note(self, extended: ExpectedMove | None) -> None:
        if extended is not None:
            self._extended.pop(extended.id, None)
            self._extended[extended.id] = extended

    def _expected(self, ask: AskExpected) -> Expected:
        now = self._now()
        if ask.transaction:
            return Expected(ask.question, report=self._held.report(ask.archive, ask.transaction, now))
        return Expected(ask.question, self._held.moves(ask.archive, ask.destination, now, ask.named))

    async def load(self) -> None:
        """Take in everything stored.

        Raises:
            SQLAlchemyError: it cannot be read.
        """
        while self._take_in(await asyncio.to_thread(expectations_since, self._engine, self._last, PAGE)):
            pass

    async def run(self) -> None:
        """Store, answer and keep house until cancelled."""
        clock = asyncio.get_running_loop().time
        look_at, sweep_at = clock() + INTERVAL, clock() + SWEEP
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), max(look_at - clock(), 0))
            self._wake.clear()
            if self._waiting:
                await self._store()
            if clock() >= look_at:
                await self.look()
                look_at = clock() + INTERVAL
            if clock() >= sweep_at:
                self._held.sweep(self._now())
                sweep_at = clock() + SWEEP

    async def _store(self) -> None:
        questions, self._waiting = self._waiting, []
        try:
            await asyncio.to_thread(store_expectations, self._engine, [one.expectation for one in questions])
        except Exception as error:  # noqa: BLE001 (whatever a driver raises: it is not stored, and the registrar lives)
            self._failed(error)
            for question in questions:
                question.send(Kept(question.number, f"it cannot be stored: {self.fault}"))
            return
        for question in questions:
            self._held.add(question.expectation)
            question.send(Kept(question.number))

    async def look(self) -> None:
        """Store what was extended, take in what others stored, delete what is over; a fault is logged, not raised."""
        extended, self._extended = self._extended, {}
        try:
            rows = await asyncio.to_thread(self._keep_house, list(extended.values()))
        except Exception as error:  # noqa: BLE001 (as above; it is tried again)
            self._extended = extended | self._extended
            self._failed(error)
            return
        self._take_in(rows)
        if self.fault:
            _log.info("the application state can be used again")
            self._record(Alarm("warning", "application-state", "the application state can be used again"))
            self.fault = ""

    def _keep_house(self, extended: list[ExpectedMove]) -> _Rows:
        if extended:
            store_expectations(self._engine, extended)
        if expired_expectations(self._engine, now := self._now()):
            delete_expired(self._engine, now, PAGE)
        return expectations_since(self._engine, self._last, PAGE)

    def _take_in(self, rows: _Rows) -> bool:
        now = self._now()
        for number, expectation in rows:
            self._last = number
            if expectation is None:
                _log.error("an expectation in the application state cannot be read", number=number)
            elif expectation.until > now:
                if error := self._held.refusal(expectation, now):
                    _log.error("a stored expectation cannot be held", number=number, reason=error)
                else:
                    self._held.add(expectation)
        return bool(rows)

    def _failed(self, error: Exception) -> None:
        reason = reason_of(error)
        if reason != self.fault:
            _log.error("the application state cannot be used: moves and commitments are refused", reason=reason)
        if not self.fault:
            self._record(Alarm("critical", "application-state", f"the application state cannot be used: {reason}"))
        self.fault = reason
