"""What changed since an earlier report, from its file. Never fails on a file it does not understand: it says so."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from leadglass.assess.control import Assurance
from leadglass.assess.plain import plain
from leadglass.assess.report_finding import Finding
from leadglass.assess.report_parts import Change, Direction, Moved, When
from leadglass.assess.truth import Verdict

MAX_FILE = 16_777_216  # bytes of a report: as many findings as may stand in it, with all their records
MAX_FINDINGS = 1_000

FAMILY = "leadglass-report-"
"""How the format of every report begins; a number follows."""


class _Counts(msgspec.Struct, frozen=True):
    words: str = ""


class _Finding(msgspec.Struct, frozen=True):
    """Of a finding what every format of report must have."""

    control: str
    verdict: str
    assurance: str | None = None


class _Earlier(msgspec.Struct, frozen=True):
    """An earlier report; fields that this version does not know are passed over."""

    format: str
    findings: Annotated[tuple[_Finding, ...], msgspec.Meta(max_length=MAX_FINDINGS)]
    id: str = ""
    at: When | None = None
    instrument: str = ""
    truth_table: int = 0
    standing: _Counts = _Counts()


def changed(
    previous: bytes, findings: Mapping[str, Finding], *, format_: str, instrument: str, truth_table: int
) -> Change:
    """What differs from an earlier report.

    Args:
        previous: its file, as JSON.
        findings: of this one, by control id.
        format_: of this one.
        instrument: its version now.
        truth_table: its version now.
    """
    earlier = _read(previous)
    if isinstance(earlier, str):
        words = f"The report before could not be read ({earlier}): nothing is compared."
        return Change(report="", at=None, instrument="", truth_table=0, words=words, compared=0)
    before = {one.control: one for one in earlier.findings}
    both = [name for name in findings if name in before]
    moved = [one for name in both if (one := _moved(before[name], findings[name])) is not None]
    return Change(
        report=plain(earlier.id),
        at=earlier.at,
        instrument=plain(earlier.instrument),
        truth_table=earlier.truth_table,
        words=_words(earlier, format_, instrument, truth_table),
        compared=len(both),
        moved=tuple(sorted(moved, key=lambda one: _ORDER.index(one.direction))),  # stable: within, as the catalogue
        appeared=tuple(findings[name].title for name in findings if name not in before),
        gone=tuple(plain(name) for name in before if name not in findings),
        before=plain(earlier.standing.words),
    )


def _read(previous: bytes) -> _Earlier | str:
    """The earlier report, or why it is none."""
    if len(previous) > MAX_FILE:
        return f"larger than {MAX_FILE} bytes"
    try:
        earlier = msgspec.json.decode(previous, type=_Earlier)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as error:
        return plain(str(error))
    return earlier if earlier.format.startswith(FAMILY) else "it is no report"


def _words(earlier: _Earlier, format_: str, instrument: str, truth_table: int) -> str:
    """How far both can be compared."""
    found = []
    if earlier.format != format_:
        found.append(f"the report before has another format ({plain(earlier.format)}, this one {format_})")
    if earlier.instrument != instrument:
        before = plain(earlier.instrument) or "not named"
        found.append(f"its questions are of another version ({before}, now {instrument})")
    if earlier.truth_table != truth_table:
        before = str(earlier.truth_table or "not named")
        found.append(f"its verdicts come from another truth table ({before}, now {truth_table})")
    if not found:
        return "Same questions, same truth table: what differs is the hospital, or what is known of it."
    said = "; ".join(found)
    return f"{said[0].upper()}{said[1:]}. What differs may be due to that."


def _moved(before: _Finding, now: Finding) -> Moved | None:
    assurance = now.assurance.value if now.assurance is not None else None
    if (before.verdict, before.assurance) == (now.verdict.value, assurance):
        return None
    shown = f"{before.verdict} ({before.assurance})" if before.assurance is not None else before.verdict
    return Moved(
        control=now.control,
        title=now.title,
        before=plain(shown),
        now=now.verdict_words,
        direction=_direction(_standing(before.verdict, before.assurance), _standing(now.verdict.value, assurance)),
    )


_ORDER = list(Direction)
_STANDINGS = {Verdict.NOT_MET: 1, Verdict.CONTRADICTED: 1, Verdict.PARTLY: 2, Verdict.MET: 4}
_CLAIMED = 3  # met by answers alone
_UNSEEN = 0


def _standing(verdict: str, assurance: str | None) -> int | None:
    """How good a verdict is, from 1; 0 where nothing is known, None where it is no state of the hospital."""
    if verdict == Verdict.MET and assurance == Assurance.CLAIMED:
        return _CLAIMED
    if verdict in {Verdict.UNKNOWN, Verdict.STALE, Verdict.NOT_ASSESSED}:
        return _UNSEEN
    return next((rank for one, rank in _STANDINGS.items() if one == verdict), None)


def _direction(before: int | None, now: int | None) -> Direction:
    if before is None or now is None or before == now:
        return Direction.OTHER
    if before == _UNSEEN:
        return Direction.NOW_SEEN
    if now == _UNSEEN:
        return Direction.NO_LONGER_SEEN
    return Direction.BETTER if now > before else Direction.WORSE
