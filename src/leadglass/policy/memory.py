"""What an engine remembers of a minute, within bounds. Never decides; policies see no shorter time than a minute."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from zoneinfo import ZoneInfo

from leadglass.model.decision import Decision

MAX_DECISIONS = 4096  # remembered at one time
MAX_KEY = 1024  # characters of a remembered question; device text can be long

Value = TypeVar("Value")


@dataclass(slots=True)
class Minute:
    """Decisions of one minute of the hospital's wall clock.

    Attributes:
        since, until: its first instant, and the first after it.
        at: the instant last found inside; callers hand the same one in many times.
        decisions: by what policies see of a request but the time.
        possible: what `engine.Engine.may` found, by peer, operation, SOP class, archive and whether it is an object.
    """

    since: datetime
    until: datetime
    at: datetime
    decisions: dict[tuple[object, ...], Decision] = field(default_factory=dict)
    possible: dict[tuple[object, ...], bool] = field(default_factory=dict)


def remember(memory: dict[tuple[object, ...], Value], key: tuple[object, ...], value: Value) -> None:
    """Keep a value, within bounds: names come over the wire."""
    if sum(map(len, map(str, key))) > MAX_KEY:
        return
    if len(memory) >= MAX_DECISIONS:
        memory.clear()
    memory[key] = value


def minute_at(at: datetime, zone: ZoneInfo) -> Minute:
    """The minute that holds an aware instant, with nothing remembered."""
    local = at.astimezone(zone)
    since = at.astimezone(UTC) - timedelta(seconds=local.second, microseconds=local.microsecond)
    return Minute(since, since + timedelta(minutes=1), at)


def never() -> Minute:
    """A minute that holds no instant."""
    epoch = datetime.fromtimestamp(0, UTC)
    return Minute(epoch, epoch, epoch)
