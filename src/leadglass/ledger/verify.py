"""Proves a ledger offline: leaves, tiles, roots, signatures, counters, the chain of months. Never repairs anything."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from leadglass.errors import IntegrityError
from leadglass.ledger.counters import Counters
from leadglass.ledger.log_check import LogCheck
from leadglass.model.event import Event, LedgerContinued
from leadglass.store.leaves import LedgerReader
from leadglass.store.note import Checkpoint, Verifier

Progress = Callable[[str, int, int], None]
"""Called with (log, leaves checked, leaves in all)."""


class LogReport(msgspec.Struct, frozen=True):
    """What was proven of one month's log.

    Attributes:
        size, root: under the newest checkpoint; root in hex.
        bodies: leaves whose event was recomputed; the others are pruned, and only their digest is proven.
        unproven: what could not be told, in words.
    """

    log: str
    size: int
    root: str
    bodies: int
    unproven: tuple[str, ...] = ()


class Report(msgspec.Struct, frozen=True):
    """What was proven.

    Attributes:
        key: name of the key that signed.
        gaps: entries that never reached the ledger and are declared missing, in words.
        older: what the older checkpoint proved, in words; empty when none was given.
    """

    key: str
    logs: tuple[LogReport, ...]
    gaps: tuple[str, ...]
    older: str = ""


def verify(
    ledger: Path,
    verifier: Verifier,
    *,
    older: str = "",
    progress: Progress = lambda _log, _done, _size: None,
) -> Report:
    """Check everything under ``ledger``.

    Args:
        ledger: the ledger directory.
        verifier: the public key; take it from a place that an attacker of this machine does not reach.
        older: a checkpoint kept elsewhere: the log must still contain all that it covered.
        progress: told now and then.

    Raises:
        IntegrityError: at the first thing that does not hold; the message names log and position.
        LeadglassError: a file cannot be read.
    """
    reader = LedgerReader(ledger)
    logs = reader.logs()
    kept = verifier.open(older) if older else None
    known = [f"{verifier.name}/{log}" for log in logs]
    if kept is not None and kept.origin not in known:
        raise IntegrityError(
            f"the log of the given checkpoint is gone: {kept.origin}", "it was there when that was signed"
        )
    counters = Counters()
    reports: list[LogReport] = []
    previous: tuple[str, Checkpoint] | None = None
    if not logs:
        raise IntegrityError(f"no signed log in {ledger}", "name the data directory with --data")
    for log, origin in zip(logs, known, strict=True):
        head = verifier.open(reader.checkpoint(log))
        if head.origin != origin:
            raise IntegrityError(f"the checkpoint of {log} belongs to {head.origin}")
        kept_here = kept if kept is not None and kept.origin == origin else None
        check = LogCheck(ledger / log, head, counters, kept_here, first_log=previous is None)
        check.run(progress)
        unproven = list(check.unproven)
        unproven += _binding(log, check.first_event, previous, verifier)
        reports.append(LogReport(log, head.size, head.root.hex(), check.bodies, tuple(unproven)))
        previous = (log, head)
    proven = f"{kept.origin} still begins with the {kept.size} leaves of the given checkpoint" if kept else ""
    return Report(verifier.name, tuple(reports), tuple(counters.declared_gaps), proven)


def _binding(
    log: str, first: Event | None, previous: tuple[str, Checkpoint] | None, verifier: Verifier
) -> tuple[str, ...]:
    """Check that the first leaf binds the log before; what cannot be told, in words."""
    body = first.body if first is not None else None
    if isinstance(body, LedgerContinued):
        if previous is None:
            return (f"{log} goes on from {body.log}, which is not here: nothing before {log} is proven",)
        if body.log != previous[0] or verifier.open(body.checkpoint) != previous[1]:
            raise IntegrityError(f"leaf 0 of {log} does not bind the last checkpoint of {previous[0]}")
        return ()
    if previous is None:
        return (
            () if first is not None else (f"the first body of {log} is pruned: whether a log came before is not told",)
        )
    if first is not None:
        raise IntegrityError(f"leaf 0 of {log} does not bind the log before it, {previous[0]}")
    return (f"the first body of {log} is pruned: its tie to {previous[0]} is not proven",)
