"""A route that relays without policy for a while, because somebody said so in an outage. Values only."""

from __future__ import annotations

import msgspec

MIN_MINUTES, MAX_MINUTES = 1, 240
MIN_REASON, MAX_REASON = 10, 500  # characters
MAX_BYPASSES = 1_024  # at one time; as many as there can be routes


class ActiveBypass(msgspec.Struct, frozen=True):
    """One that lasts.

    Attributes:
        route: called title of the route.
        since, until: UTC nanoseconds; it ends at ``until`` by each worker's own clock.
        reason: why, in the words of ``who``.
        who: who began it.
        told: its beginning stands on record.
        ended, ended_by: how and by whom, where somebody ended it before its time; its end is not on record yet.
    """

    route: str
    since: int
    until: int
    reason: str
    who: str
    told: bool = False
    ended: str = ""
    ended_by: str = ""
