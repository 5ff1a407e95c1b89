"""Begins and ends bypasses of routes, on disk first, then on record. Brings no generation into any worker."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import msgspec
import structlog

from leadglass.errors import IntegrityError, LeadglassError
from leadglass.model.bypass import MAX_BYPASSES, MAX_MINUTES, MAX_REASON, MIN_MINUTES, MIN_REASON, ActiveBypass
from leadglass.model.event import Alarm, Body, BypassChanged
from leadglass.model.generation import Generation
from leadglass.registrar.generations import digest
from leadglass.store import bypasses
from leadglass.store.bypasses import Kept
from leadglass.store.journal import JournalUnavailable

_MINUTE = 60_000_000_000  # ns

_log = structlog.get_logger()


class BypassError(LeadglassError):
    """A bypass cannot begin or end as asked."""


class Bypasses:
    """Those that last.

    Args:
        directory: ``<data>/accepted``.
        record: writes an event into the registrar's journal.
        now: UTC nanoseconds.
    """

    def __init__(self, directory: Path, record: Callable[[Body], object], now: Callable[[], int]) -> None:
        self._directory = directory
        self._record = record
        self._now = now
        self._kept = Kept()
        self.unwritten = ""  # why the file does not hold what is kept; empty when it does

    def load(self) -> None:
        """Take over what an earlier registrar kept; a damaged file counts as none, and is alarmed."""
        try:
            self._kept = bypasses.read(self._directory)
        except IntegrityError as error:
            self._record(Alarm("critical", "bypass-lost", f"no route is bypassed any more: {error}"))

    @property
    def active(self) -> tuple[ActiveBypass, ...]:
        """Those that last now, by route."""
        now = self._now()
        return tuple(row for row in self._kept.bypasses if row.until > now)

    @property
    def number(self) -> int:
        """No later generation may have this number or a smaller one."""
        return self._kept.number

    def used(self, number: int) -> None:
        """Remember a generation number that the application state knows nothing of."""
        self._keep(msgspec.structs.replace(self._kept, number=number))

    def apply(self, generation: Generation) -> Generation:
        """The generation with its routes bypassed as they are now, and its digest; itself where that is so already."""
        until = {row.route: row.until for row in self.active}
        routes = tuple(
            dataclasses.replace(route, bypassed_until=until.get(route.called, 0)) for route in generation.routes
        )
        if routes == generation.routes:
            return generation
        changed = dataclasses.replace(generation, routes=routes)
        return dataclasses.replace(changed, digest=digest(changed))

    def begin(self, generation: Generation | None, route: str, minutes: int, reason: str, who: str) -> ActiveBypass:
        """Keep a bypass of ``route``, and tell; one that lasts is replaced.

        Neither a full disk nor a journal that takes nothing stops it: both are tried again by `tell`.

        Raises:
            BypassError: there is no such route, or minutes or reason are out of bounds.
        """
        reason = " ".join(reason.split())
        routes = [] if generation is None else [row.called for row in generation.routes]
        if route not in routes:
            raise BypassError(f"there is no route for the called title {route!r}", f"routes are: {', '.join(routes)}")
        if not MIN_MINUTES <= minutes <= MAX_MINUTES:
            raise BypassError(f"a bypass lasts {MIN_MINUTES} to {MAX_MINUTES} minutes", "it can be begun again")
        if not MIN_REASON <= len(reason) <= MAX_REASON or not reason.isprintable():
            raise BypassError(
                f"a reason has {MIN_REASON} to {MAX_REASON} characters",
                "say what happened, for whoever reads the record",
            )
        if len(self._kept.bypasses) >= MAX_BYPASSES:
            raise BypassError(f"more than {MAX_BYPASSES} bypasses", "end some with 'leadglass bypass end'")
        now = self._now()
        begun = ActiveBypass(route, now, now + minutes * _MINUTE, reason, who)
        others = [row for row in self._kept.bypasses if row.route != route]
        self._replace((*others, begun))
        self.tell()
        return begun

    def end(self, route: str, who: str) -> None:
        """End the bypass of ``route`` before its time, and tell.

        Raises:
            BypassError: none lasts.
        """
        ended = next((row for row in self.active if row.route == route), None)
        if ended is None:
            raise BypassError(f"no bypass of {route!r} lasts", "'leadglass bypass list' shows those that do")
        rest = tuple(row for row in self._kept.bypasses if row.route != route)
        over = msgspec.structs.replace(ended, until=self._now(), ended="ended by hand", ended_by=who)
        self._replace((*rest, over))
        self.tell()

    def tell(self) -> None:
        """Put on record and on disk what is not yet: beginnings, and ends. An event may stand twice, never not."""
        now, left = self._now(), []
        for row in self._kept.bypasses:
            over = row.until <= now
            if not row.told and not self._recorded(*_beginning(row)):
                left.append(row)
            elif not over or not self._recorded(_end(row)):
                left.append(msgspec.structs.replace(row, told=True))
            else:
                _log.warning("bypass over", route=row.route, who=row.ended_by)
        if tuple(left) != self._kept.bypasses or self.unwritten:
            self._replace(tuple(left))

    def _recorded(self, *bodies: Body) -> bool:
        try:
            for body in bodies:
                self._record(body)
        except JournalUnavailable as error:
            _log.error("a bypass cannot be recorded now", error=error.reason)
            return False
        return True

    def _replace(self, rows: tuple[ActiveBypass, ...]) -> None:
        self._keep(msgspec.structs.replace(self._kept, bypasses=tuple(sorted(rows, key=lambda row: row.route))))

    def _keep(self, kept: Kept) -> None:
        self._kept = kept
        try:
            bypasses.write(self._directory, kept)
            self.unwritten = ""
        except OSError as error:
            self.unwritten = error.strerror or str(error)
            _log.error("bypasses cannot be written", error=self.unwritten)


def _end(row: ActiveBypass) -> BypassChanged:
    return BypassChanged(row.route, 0, row.ended or "its time is over", row.ended_by)


def _beginning(row: ActiveBypass) -> tuple[Body, ...]:
    minutes = (row.until - row.since) // _MINUTE
    text = f"route {row.route} relays without policy for {minutes} min, by {row.who}: {row.reason}"
    return BypassChanged(row.route, row.until, row.reason, row.who), Alarm("critical", "bypass", text)
