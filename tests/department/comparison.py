"""Two days compared: every step status by status, every object in every place. Pure.

It forgives one thing: a C-CANCEL may come when all is said, and is then without effect (PS3.4 C.4.1.3.2). Which of
the two it was, a millisecond decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields

Counters = tuple[int, int, int, int]
CANCELLED_OR_COMPLETE = frozenset({("FE00",), ("0000",)})
UNCOUNTED: Counters = (-1, -1, -1, -1)


def counters(rows: Iterable[Counters]) -> tuple[Counters, ...]:
    """The counters of an operation's responses; one that counts zeros is as good as one that counts nothing.

    A response may hold them or not (PS3.7 9.1.4.1.8), and who refuses has done no sub-operation.
    """
    said = tuple(row if any(count > 0 for count in row) else UNCOUNTED for row in rows)
    return said if any(row != UNCOUNTED for row in said) else ()


@dataclass(frozen=True)
class Outcome:
    """What the peer that played a step was told.

    Attributes:
        statuses: of its responses in their order, "FF00"; other words where no response came ("rejected 1/1/7").
        counters: remaining, completed, failed and warning sub-operations of each response, -1 where it has none.
        responses: the data sets that came with them, as text, sorted: order is the archive's own affair.
        reports: what came of a storage commitment, and on which association.
    """

    statuses: tuple[str, ...] = ()
    counters: tuple[Counters, ...] = ()
    responses: tuple[str, ...] = ()
    reports: tuple[str, ...] = ()


@dataclass(frozen=True)
class Day:
    """How a day ended.

    Attributes:
        outcomes: by step.
        places: by place and SOP Instance UID, the SHA-256 of the data set that lies there.
        received: by device, what each association that an archive opened to it said of an object: calling and called
            title, SOP Instance UID, Move Originator AE title and Message ID; sorted.
    """

    outcomes: Mapping[str, Outcome]
    places: Mapping[str, Mapping[str, str]]
    received: Mapping[str, tuple[tuple[str, ...], ...]]


def differences(direct: Day, through: Day) -> tuple[str, ...]:
    """Everything in which they differ, a line each; empty when nothing does."""
    return (*_outcomes(direct, through), *_places(direct, through), *_received(direct, through))


def _outcomes(direct: Day, through: Day) -> Iterator[str]:
    for step in _both(direct.outcomes, through.outcomes):
        one, other = direct.outcomes.get(step), through.outcomes.get(step)
        if one is None or other is None:
            yield f"{step}: only played {'through' if one is None else 'directly'}"
            continue
        for field in fields(Outcome):
            before, after = getattr(one, field.name), getattr(other, field.name)
            raced = " cancel-" in step and {before, after} == CANCELLED_OR_COMPLETE
            if before != after and not raced:
                yield f"{step}: {field.name}: {_apart(before, after)}"


def _places(direct: Day, through: Day) -> Iterator[str]:
    for place in _both(direct.places, through.places):
        one, other = direct.places.get(place, {}), through.places.get(place, {})
        if (place in direct.places) != (place in through.places):
            yield f"{place}: is a place in one of the two only"
        for uid in _both(one, other):
            if uid not in other:
                yield f"{place}: {uid} is not there through, and directly is"
            elif uid not in one:
                yield f"{place}: {uid} is there through, and directly is not"
            elif one[uid] != other[uid]:
                yield f"{place}: {uid} is another data set: {one[uid][:16]}… and {other[uid][:16]}…"


def _received(direct: Day, through: Day) -> Iterator[str]:
    for device in _both(direct.received, through.received):
        one, other = direct.received.get(device, ()), through.received.get(device, ())
        if one != other:
            yield f"{device}: received: {_apart(one, other)}"


def _both(one: Mapping[str, object], other: Mapping[str, object]) -> list[str]:
    return sorted(one.keys() | other.keys())


def _apart(one: tuple[object, ...], other: tuple[object, ...]) -> str:
    """Where two lists part, in a line."""
    if len(one) != len(other):
        return f"{len(one)} and {len(other)}: {_short(one)} / {_short(other)}"
    number = next(number for number, (a, b) in enumerate(zip(one, other, strict=True)) if a != b)
    return f"the {number + 1}. of {len(one)}: {one[number]!r} and {other[number]!r}"


def _short(values: tuple[object, ...]) -> str:
    text = ", ".join(map(repr, values[-4:]))
    return f"… {text}" if len(values) > 4 else text or "none"
