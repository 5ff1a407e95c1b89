"""How much of a service may pass from one zone to another: the four answers. Never whether that is right."""

from __future__ import annotations

from enum import StrEnum

from leadglass.network.flight import Flights
from leadglass.network.headers import Headers, TooManyBoxesError, common, within


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
    return tuple(flight.box._replace(source=flight.began) for flight in flights)


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
