"""Questions in words: "may CT2 send MR to PACS at 03:00?". Never answers them, never reads a clock."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from leadglass.errors import LeadglassError
from leadglass.model.decision import Request
from leadglass.model.generation import Generation
from leadglass.policy.check import local_time
from leadglass.policy.hours import DAY_NAMES
from leadglass.policy.names import listed, shown, sop_class_of
from leadglass.policy.operations import C_FIND, C_GET, C_MOVE, OPERATIONS, service_of
from leadglass.policy.shipped import text_of

MAX_QUESTION = 300
EXAMPLE = "may CT2 send MR to PACS on Tuesday at 03:00?"

_WORDS = tomllib.loads(text_of("question.toml"))
_VERBS: dict[str, str] = _WORDS["verb"] | {operation.lower(): operation for operation in OPERATIONS}
_ABOUT: dict[str, str] = _WORDS["about"]
_THINGS: dict[str, str] = _WORDS["thing"]

_TIME = r"(?:\d{4}-\d\d-\d\d[T ])?\d{1,2}:\d\d(?::\d\d)?(?:Z|[+-]\d\d:?\d\d)?"
_AT = re.compile(rf"\s+at\s+(?P<time>{_TIME})\Z", re.IGNORECASE)
_ON = re.compile(
    r"\s+(?:on\s+)?(?P<day>today|tomorrow|\d{4}-\d\d-\d\d|(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*)\Z", re.IGNORECASE
)
_ASK = re.compile(r"\A(?:may|can|is|does|could|would)\s+", re.IGNORECASE)
_VERB = re.compile(
    rf"\s(?:allowed\s+to\s+|permitted\s+to\s+)?(?P<verb>{'|'.join(map(re.escape, _VERBS))})(?=\s|\Z)", re.IGNORECASE
)
_TO = re.compile(r"(?:\A|\s)(?:to|at|from|in|into|with|on)\s+(?P<archive>\S+)\Z", re.IGNORECASE)
_DESTINATION = re.compile(r"(?:\A|\s)to\s+(?P<title>\S+)(?=\s|\Z)", re.IGNORECASE)
_LEVEL = {"worklist": "WORKLIST", "query": "STUDY", "retrieve": "STUDY"}
_LEVELS = {"patient": "PATIENT", "patients": "PATIENT", "series": "SERIES", "image": "IMAGE", "images": "IMAGE"}
_ARTICLES = frozenset(("a", "an", "the", "any", "some"))
_FILLERS = _ARTICLES | {"image", "images", "object", "objects", "for", "studies", "of"}


class QuestionError(LeadglassError):
    """A question that cannot be understood, or names what is not there."""

    exit_code = 2


def parse(text: str, generation: Generation, now: datetime) -> Request:
    """A question in words as a request.

    Args:
        text: "may PEER VERB [WHAT] to|at|from ARCHIVE [on DAY] [at TIME]", for moves also "to DESTINATION from
            ARCHIVE"; the archive may be left out where there is one only, the time means now.
        generation: whose peers and archives are meant.
        now: aware; the moment of asking.

    Raises:
        QuestionError: it cannot be understood; the hint has an example.
    """
    if len(text) > MAX_QUESTION:
        raise _unclear(f"longer than {MAX_QUESTION} characters")
    rest = " ".join(text.split()).rstrip("?!. ")
    rest, clock, day = _cut_time(rest)
    asked = _ASK.match(rest)
    verb = _VERB.search(rest, asked.end() - 1 if asked else 0)
    if verb is None:
        raise _unclear(f"no operation in {shown(text)!r}")
    subject, what = rest[asked.end() if asked else 0 : verb.start()].strip(), rest[verb.end() :]
    operation = _VERBS[verb["verb"].lower()]
    what, destination = _cut_destination(what, generation) if operation == C_MOVE else (what, "")
    what, archive = _cut_archive(what, generation)
    level = _LEVELS.get(what.strip().lower(), "") if operation in {C_FIND, C_MOVE, C_GET} else ""
    zone = ZoneInfo(generation.zone)
    return request(
        generation,
        peer=subject,
        operation=operation,
        sop_class=_thing(what, verb["verb"].lower(), operation),
        archive=archive,
        at=_moment(clock, day, now.astimezone(zone), zone),
        level=level,
        destination=destination,
    )


def request(
    generation: Generation,
    *,
    peer: str,
    operation: str,
    sop_class: str,
    archive: str,
    at: datetime,
    level: str = "",
    destination: str = "",
    patient: str = "",
    issuer: str = "",
    keys: tuple[str, ...] = (),
    is_object: bool = False,
) -> Request:
    """A request from names as people write them: ids or titles, in any case; SOP classes by any name.

    The rest is what the message says, as in `Request`; queries and retrieves are meant at level STUDY.

    Raises:
        QuestionError: a name means nothing, or several things.
    """
    operation = _VERBS.get(operation.lower(), "")
    if not operation:
        raise _unclear("no such operation", f"write one of {', '.join(OPERATIONS)}")
    uid = sop_class_of(sop_class or _ABOUT.get(operation, ""))
    if not uid:
        raise _unclear(f"no SOP class is named {shown(sop_class)!r}" if sop_class else f"{operation} of what?")
    peers = [(found.id, (found.title,)) for found in generation.peers]
    titles = {
        found.id: (found.title, *(route.called for route in generation.routes if route.archive == found.id))
        for found in generation.archives
    }
    if not archive and len(titles) == 1:
        archive = next(iter(titles))
    level = level.upper() or ("" if is_object else _LEVEL.get(service_of(uid, operation), ""))
    return Request(
        _meant("peer", peer, peers), operation, uid, _meant("archive", archive, titles.items()), at,
        level, destination, patient, issuer, keys, is_object,
    )  # fmt: skip


def _cut_archive(what: str, generation: Generation) -> tuple[str, str]:
    """What is asked for, and the archive: the word after "to", or a last word that names one."""
    if target := _TO.search(what):
        return what[: target.start()], target["archive"]
    head, _, last = what.rpartition(" ")
    return (head, last) if last and last.casefold() in _archive_names(generation) else (what, "")


def _cut_destination(what: str, generation: Generation) -> tuple[str, str]:
    """What is asked for, and the destination of a C-MOVE: a word after "to" that names no archive."""
    target = _DESTINATION.search(what)
    if target is None or target["title"].casefold() in _archive_names(generation):
        return what, ""
    return what[: target.start()] + what[target.end() :], target["title"]


def _archive_names(generation: Generation) -> set[str]:
    titles = {found.title for found in generation.archives} | {route.called for route in generation.routes}
    return {name.casefold() for name in titles | {found.id for found in generation.archives}}


def _meant(kind: str, name: str, known: Iterable[tuple[str, tuple[str, ...]]]) -> str:
    """The id of what has this id or title; an exact id first, then an exact title, then either in any case."""
    known = tuple(known)
    folded = name.casefold()
    for candidates in (
        [id_ for id_, _ in known if id_ == name],
        [id_ for id_, titles in known if name in titles],
        [id_ for id_, titles in known if folded in {text.casefold() for text in (id_, *titles)}],
    ):
        if len(candidates) == 1:
            return candidates[0]
        if candidates:
            raise _unclear(
                f"{len(candidates)} {kind}s are called {shown(name)}", f"say which: {listed(tuple(candidates))}"
            )
    ids = tuple(id_ for id_, _ in known)
    raise _unclear(f"no {kind} is called {shown(name)!r}" if name else f"which {kind}?", f"there is {listed(ids)}")


def _thing(what: str, verb: str, operation: str) -> str:
    """The UID of what a question is about."""
    plain = " ".join(word for word in what.split() if word.lower() not in _FILLERS)
    if not plain:
        keyword = _ABOUT.get(verb) or _ABOUT.get(operation, "")
        if not keyword:
            raise _unclear(f"{operation} of what?")
        return keyword
    whole = " ".join(word for word in what.split() if word.lower() not in _ARTICLES)
    for name in (_THINGS.get(plain.lower(), ""), whole, plain, f"{plain} Image Storage", f"{plain} Storage"):
        if name and (uid := sop_class_of(name)):
            return uid
    if operation in {C_FIND, C_MOVE, C_GET} and plain.lower() in {"patient", "patients", "study", "series"}:
        return _ABOUT[operation]
    raise _unclear(f"no SOP class is named {shown(plain)!r}", f"write a UID, keyword, name or modality: {EXAMPLE}")


def _cut_time(text: str) -> tuple[str, str, str]:
    """The question without its day and time, in either order at its end."""
    clock = day = ""
    for _ in range(2):
        if not clock and (found := _AT.search(text)):
            text, clock = text[: found.start()], found["time"]
        elif not day and (found := _ON.search(text)):
            text, day = text[: found.start()], found["day"].lower()
    return text.removesuffix(" now"), clock, day


def _moment(clock: str, day: str, now: datetime, zone: ZoneInfo) -> datetime:
    """The instant meant by a day and a time; without a day today, without a time the time of asking."""
    if not clock and not day:
        return now
    try:
        if len(clock) > len("00:00:00+00:00"):
            return local_time(clock, zone)
        hour = time.fromisoformat(clock.zfill(5)) if clock else now.time()
        return local_time(datetime.combine(_day(day, now.date()), hour), zone)
    except ValueError as error:
        raise _unclear(str(error), f"a time is 03:00, a day is Tuesday or 2026-11-24: {EXAMPLE}") from None


def _day(day: str, today: date) -> date:
    if day in {"", "today"}:
        return today
    if day == "tomorrow":
        return today + timedelta(days=1)
    if day[0].isdigit():
        return date.fromisoformat(day)
    weekday = [name.lower() for name in DAY_NAMES].index(day[:3])
    return today + timedelta(days=(weekday - today.weekday()) % 7)


def _unclear(message: str, hint: str = "") -> QuestionError:
    return QuestionError(message, hint or f"ask like this: {EXAMPLE}")
