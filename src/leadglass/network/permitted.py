"""How much of a service may pass from one zone to another: the four answers. Never whether that is right."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from leadglass.network.flight import Flights
from leadglass.network.headers import (
    MAX_BOXES,
    PORTS,
    PROTOCOLS,
    Box,
    Headers,
    TooManyBoxesError,
    common,
    within,
    without,
)


class Expectation(StrEnum):
    """What a model network says of a service from one zone to another."""

    REQUIRED = "required"
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"


class Permitted(StrEnum):
    """What the filters let pass of it."""

    NONE = "none"
    SOME = "some"
    ALL = "all"
    NOT_COVERED = "not covered"  # what was read does not tell


def real(flights: Flights) -> Headers:
    """Headers with the real endpoints: the source is who began, the destination who is reached."""
    return tuple(
        flight.box._replace(source=flight.began)
        if flight.ports is None or flight.box.source_port != PORTS
        else flight.box._replace(source=flight.began, source_port=flight.ports)
        for flight in flights
    )


def permitted(may: Headers, must: Headers, asked: Headers, expectation: Expectation) -> Permitted:
    """How much of ``asked`` may pass.

    ``may`` holds the truth and the truth holds ``must``, so that "none" and "all" are certain. "Some" is what tells
    against the expectation: that something passes which is forbidden, that something required does not, or, of what is
    allowed, that some passes and some does not. Everything else is not covered.

    Args:
        may: headers that may arrive, real endpoints.
        must: headers that certainly arrive.
        asked: the service between the zones' addresses; at least one header.
        expectation: of the model.
    """
    try:
        if not common(may, asked):
            return Permitted.NONE
        if within(asked, must):
            return Permitted.ALL
        passes = bool(common(must, asked))
        lacks = not within(asked, may)
    except TooManyBoxesError:
        return Permitted.NOT_COVERED
    some = {
        Expectation.FORBIDDEN: passes,
        Expectation.REQUIRED: lacks,
        Expectation.ALLOWED: passes and lacks,
    }[expectation]
    return Permitted.SOME if some else Permitted.NOT_COVERED


def needed(may: Headers, must: Headers, ways: Sequence[Headers]) -> Permitted:
    """How much of a need may pass that any one of ``ways`` serves, wholly, between each two machines.

    "None" where nothing of it passes, "all" where each pair of machines certainly has a way, "some" where a pair
    certainly has none.

    Args:
        may: headers that may arrive, real endpoints.
        must: headers that certainly arrive.
        ways: services, or ports of one, between the machines that need it; at least one.
    """
    if not any(first_common(may, way) for way in ways):
        return Permitted.NONE
    try:
        if not lacking(must, ways):
            return Permitted.ALL
        return Permitted.SOME if lacking(may, ways) else Permitted.NOT_COVERED
    except TooManyBoxesError:
        return Permitted.NOT_COVERED


def lacking(passed: Headers, ways: Sequence[Headers]) -> Headers:
    """Pairs of machines for which no way passes wholly; every header between them.

    Raises:
        TooManyBoxesError: see `headers.without`.
    """
    left: Headers | None = None
    for way in ways:
        pairs = tuple(dict.fromkeys(_between(box) for box in without(way, passed)))
        left = pairs if left is None else common(left, pairs)
        if len(left) > MAX_BOXES:
            raise TooManyBoxesError("too many pairs of machines had to be held apart", "name fewer machines")
        if not left:
            break
    return left or ()


def _between(box: Box) -> Box:
    return Box(box.source, box.destination, PROTOCOLS, PORTS, PORTS)


def first_common(some: Headers, others: Headers) -> Box | None:
    """Headers that both hold: one box of them."""
    return next((both for mine in some for theirs in others if (both := mine.common(theirs)) is not None), None)
