"""The because of a verdict in lines of text, the same for page, paper and file. Never decides, never marks up."""

from __future__ import annotations

from collections.abc import Iterator

from leadglass.assess.control import ASSURANCE
from leadglass.assess.evidence import Evidence
from leadglass.assess.question import Bearing
from leadglass.assess.verdict import Judgement

MAX_RECORDS = 20  # named of each kind; the rest are counted


def lines(judgement: Judgement) -> list[str]:
    """Why the verdict is what it is: the row's words, then the records, then what did not count and why.

    Names and places in it may come from outside: they are text, and whoever shows them escapes them.
    """
    return [
        judgement.because,
        *_exemption(judgement),
        *_records("Confirmed{} by", judgement.confirming),
        *_records("Refuted{} by", judgement.refuting),
        *_records("Says neither:", judgement.neutral),
        *_records("Too old:", judgement.stale),
        *(f"Disputed by {one.by} on {one.at.date().isoformat()}{_note(one.note)}." for one in judgement.disputed),
        *(f"Not counted, {one.reason}: {_record(one.evidence)}." for one in judgement.aside[:MAX_RECORDS]),
        *_more(len(judgement.aside)),
    ]


def _exemption(judgement: Judgement) -> Iterator[str]:
    one = judgement.exemption
    if one is not None:
        decided, review = one.decided.isoformat(), one.review.isoformat()
        yield f"Not applicable, says {one.approver} on {decided}, to be reviewed by {review}: {one.reason}"


def _records(words: str, records: tuple[Evidence, ...]) -> Iterator[str]:
    for record in records[:MAX_RECORDS]:
        part = ", for a part," if record.bearing is Bearing.PARTLY else ""
        yield f"{words.format(part)} {_record(record)}."
    yield from _more(len(records))


def _record(record: Evidence) -> str:
    scope = f", of {', '.join(sorted(record.scope))}" if record.scope else ""
    seen = record.seen.date().isoformat()
    return f"{record.kind.value} ({ASSURANCE[record.kind].value}), {record.source}: {record.where}, {seen}{scope}"


def _more(number: int) -> Iterator[str]:
    if number > MAX_RECORDS:
        yield f"And {number - MAX_RECORDS} more."


def _note(note: str) -> str:
    return f": {note}" if note else ""
