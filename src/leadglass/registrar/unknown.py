"""Callers nobody knows: gathered, kept in the application state, shown until somebody decides. Never judges one.

A flood of them costs one write a second each. A call that was gathered before somebody decided about its caller is
dropped after that: who a peer covers, approved or blocked, does not wait. TLS handshakes that failed wait here too,
without a title: none was told.
"""

from __future__ import annotations

import asyncio

import msgspec
import structlog
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from leadglass.model.status import UnknownPeer
from leadglass.policy.registry import Registry
from leadglass.registrar.messages import Ask, HandshakeFailed
from leadglass.store.appstate.engine import reason_of
from leadglass.store.appstate.unknown_peers import Caller, caller_of, forget_callers, list_unknown, record_unknown

MAX_GATHERED = 500  # different callers between two writes; more of them are counted, not kept
MAX_TRIED = 128  # SOP classes kept a caller

_log = structlog.get_logger()


class UnknownCallers:
    """Sightings since the last `take`, one for each address, title and certificate."""

    def __init__(self) -> None:
        self._seen: dict[Caller, UnknownPeer] = {}
        self.dropped = 0  # sightings of callers beyond MAX_GATHERED, since the start

    def add(self, ask: Ask, now: int) -> None:
        """Note one question about a caller that no peer matches, at ``now`` (UTC ns)."""
        shown = ask.certificate
        self._add(
            UnknownPeer(
                ask.address,
                ask.calling,
                ask.called,
                now,
                now,
                1,
                ask.sop_classes[:MAX_TRIED],
                ask.implementation_uid,
                ask.implementation_version,
                ask.tls or shown is not None,
                "" if shown is None else shown.error,
                shown,
            )
        )

    def add_handshake(self, failed: HandshakeFailed, now: int) -> None:
        """Note a TLS handshake that failed, at ``now`` (UTC ns)."""
        self._add(
            UnknownPeer(
                failed.address, "", "", now, now, 1, tls=True, error=failed.error, certificate=failed.certificate
            )
        )

    def _add(self, seen: UnknownPeer) -> None:
        key = caller_of(seen)
        before = self._seen.get(key)
        if before is None:
            if len(self._seen) >= MAX_GATHERED:
                self.dropped += 1
                return
            self._seen[key] = seen
            return
        tried = dict.fromkeys((*before.sop_classes, *seen.sop_classes))
        self._seen[key] = msgspec.structs.replace(
            seen,
            first_seen=before.first_seen,
            attempts=before.attempts + 1,
            sop_classes=tuple(tried)[:MAX_TRIED],
        )

    def take(self) -> tuple[UnknownPeer, ...]:
        """All sightings, which are then forgotten here."""
        seen = tuple(self._seen.values())
        self._seen.clear()
        return seen


class Waiting:
    """Unknown callers that wait for a decision, in the application state and here.

    Args:
        engine: the application state.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._gathered = UnknownCallers()
        self._storing = asyncio.Lock()
        self._fault = ""
        self.callers: tuple[UnknownPeer, ...] = ()

    def add(self, ask: Ask, now: int) -> None:
        """Note a caller that no peer matches, at ``now`` (UTC ns)."""
        self._gathered.add(ask, now)

    def add_handshake(self, failed: HandshakeFailed, now: int) -> None:
        """Note a TLS handshake that failed, at ``now`` (UTC ns)."""
        self._gathered.add_handshake(failed, now)

    async def store(self, registry: Registry) -> None:
        """Write what was gathered, and let go of those whom ``registry`` covers; a fault is logged, not raised.

        When this returns after a change of the registry, nobody the change decided about waits any more, neither by a
        call that was gathered before it nor by one that was being written meanwhile.
        """
        async with self._storing:
            try:
                self.callers = await asyncio.to_thread(self._write, self._gathered.take(), registry)
                self._fault = ""
            except SQLAlchemyError as error:
                if self._fault != (reason := reason_of(error)):  # said once, not every second
                    _log.error("unknown callers could not be stored", reason=reason)
                self._fault = reason
                self.callers = tuple(caller for caller in self.callers if not _covers(registry, caller))

    def _write(self, seen: tuple[UnknownPeer, ...], registry: Registry) -> tuple[UnknownPeer, ...]:
        for caller in seen:
            if not _covers(registry, caller):
                record_unknown(self._engine, caller)
        listed = list_unknown(self._engine)
        decided = [caller for caller in listed if _covers(registry, caller)]
        if decided:
            forget_callers(self._engine, decided)
        return tuple(caller for caller in listed if caller not in decided)


def _covers(registry: Registry, caller: UnknownPeer) -> bool:
    """Whether somebody has decided about exactly this caller.

    A handshake that failed gave no title: whoever pinned its certificate has decided.
    """
    if not caller.title and caller.certificate is not None:
        return bool(registry.owners(caller.certificate))
    at = caller.last_seen // 1_000_000_000
    found = registry.match(caller.address, caller.title, caller.certificate, caller.tls, at)
    return found.peer is not None and not found.unpinned
