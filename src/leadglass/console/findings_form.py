"""What people decide about a control, as forms: a document as evidence, an exemption. Stores nothing."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from leadglass.assess.control import Control, Kind
from leadglass.assess.evidence import Evidence, Exemption
from leadglass.assess.question import Bearing
from leadglass.console.reading import Reading
from leadglass.console.survey_form import Fault

MAX_TITLE = 160  # characters of a document's title
MAX_PAGE = 40
MAX_REASON = 1_000
MAX_SCOPE = 20  # names of what a document covers
MAX_THING = 64  # characters of one
MAX_AGE = 3_660  # days a document may be old when it is filed: older ones say nothing of now
MAX_REVIEW = 1_096  # days from a decision to its review

DOCUMENT_FIELDS = ("title", "page", "says", "seen", "scope", "digest")
EXEMPTION_FIELDS = ("reason", "review")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Filed:
    """A form that was sent: the evidence it makes, its id still to be given, or what is wrong with it."""

    evidence: Evidence | None
    faults: tuple[Fault, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """The same for a control that is said not to apply."""

    exemption: Exemption | None
    faults: tuple[Fault, ...]


def offered(control: Control) -> dict[str, str]:
    """What a document can say about a control, by the code in the form."""
    ground = control.ground(Kind.DOCUMENT)
    if ground is None:
        return {}
    words = {
        Bearing.CONFIRMS: ground.confirms and f"It confirms: {ground.confirms}",
        Bearing.REFUTES: ground.refutes and f"It refutes: {ground.refutes}",
        Bearing.PARTLY: ground.confirms and ground.refutes and "It shows both, for different parts",
    }
    return {bearing.value: text for bearing, text in words.items() if text}


def document(control: Control, form: Mapping[str, Sequence[str]], now: datetime, zone: ZoneInfo) -> Filed:
    """The evidence that a form describes.

    Args:
        control: what it is about.
        form: fields `DOCUMENT_FIELDS`.
        now: aware.
        zone: the hospital's, in which days are meant.
    """
    reading, today = Reading(form), now.astimezone(zone).date()
    title = reading.text("title", "The title", MAX_TITLE, lines=False)
    page = reading.text("page", "The page", MAX_PAGE, needed=False, lines=False)
    says = reading.choice("says", "What it says", offered(control))
    day = reading.day("seen", "The day", needed=True, today=today, past=True, most=MAX_AGE)
    scope = _scope(reading)
    digest = reading.raw("digest").lower().removeprefix("sha256:").strip()
    if digest and not _DIGEST.fullmatch(digest):
        reading.fault("digest", "A SHA-256 digest has 64 characters, 0 to 9 and a to f: paste what sha256sum prints")
    if reading.faults or day is None:
        return Filed(None, tuple(reading.faults))
    where = f"{title}, page {page}" if page else title
    seen = min(now, datetime.combine(day, time(12), zone))  # a day, not an hour: its middle
    return Filed(
        Evidence(
            id="",
            control=control.id,
            kind=Kind.DOCUMENT,
            bearing=Bearing(says),
            source=title,
            where=where,
            seen=seen,
            scope=scope,
            digest=digest,
        ),
        (),
    )


def same(one: Evidence, other: Evidence) -> bool:
    """Whether two records are of one document and say the same; days are as near as they were written."""
    return replace(one, id="", seen=other.seen) == replace(other, id="") and one.seen.date() == other.seen.date()


def exemption(control: Control, form: Mapping[str, Sequence[str]], approver: str, today: date) -> Decided:
    """The decision that a form describes: fields `EXEMPTION_FIELDS`."""
    reading = Reading(form)
    reason = reading.text("reason", "The reason", MAX_REASON)
    review = reading.day("review", "The day of review", needed=True, today=today + timedelta(1), most=MAX_REVIEW)
    if reading.faults or review is None:
        return Decided(None, tuple(reading.faults))
    return Decided(Exemption(control.id, reason, approver, today, review), ())


def _scope(reading: Reading) -> frozenset[str]:
    """Names of what is covered, one a line or between commas; empty: everything."""
    typed = reading.text("scope", "What it covers", MAX_SCOPE * MAX_THING, needed=False)
    names = {name.strip() for line in typed.split("\n") for name in line.split(",")} - {""}
    if len(names) > MAX_SCOPE or any(len(name) > MAX_THING for name in names):
        reading.fault("scope", f"What it covers: at most {MAX_SCOPE} names of {MAX_THING} characters")
    return frozenset(names)
