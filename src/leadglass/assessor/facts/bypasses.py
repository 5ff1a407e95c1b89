"""Bypasses: an emergency access to a route. One that lasts lets anybody in; one that ended should be looked at."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlencode

from leadglass.assess.control import Kind
from leadglass.assess.evidence import Evidence
from leadglass.assess.question import Bearing
from leadglass.assessor.noted import MAX_NAME, Noted, identity, named
from leadglass.assessor.sight import CONFIGURATION, RECORD, Sight, moment
from leadglass.model.bypass import MAX_MINUTES, MIN_REASON
from leadglass.model.event import BypassChanged
from leadglass.policy.names import shown

_REVIEW, _KNOWN = "em-review", "topo-known-peers"
_KIND = "bypass of a route of the gateway"


def found(sight: Sight) -> Iterator[Noted]:
    """How every bypass is made confirms, for bypasses only; that one was used says neither of its review."""
    yield Noted(
        Evidence(
            id=identity("bypass", _REVIEW),
            control=_REVIEW,
            kind=Kind.CONFIGURATION,
            bearing=Bearing.CONFIRMS,
            source=CONFIGURATION,
            where="built into the gateway",
            seen=sight.at,
            scope=frozenset({_KIND}),
        ),
        "/bypass",
        f"A route can be bypassed for at most {MAX_MINUTES} minutes, with a reason of at least {MIN_REASON} "
        "characters; beginning and end are on record.",
    )
    served = {route.called for route in sight.configuration.routes}
    for route, row in sight.bypasses.items():
        body = row.event.body
        if not isinstance(body, BypassChanged) or route not in served:
            continue
        lasts = sight.bypassed(route)
        yield Noted(
            Evidence(
                id=identity("bypass", _KNOWN if lasts else _REVIEW, route),
                control=_KNOWN if lasts else _REVIEW,
                kind=Kind.CONFIGURATION,
                bearing=Bearing.REFUTES if lasts else Bearing.NEUTRAL,
                source=RECORD,
                where=f"log {row.log}, entry {row.position}",
                seen=sight.at if lasts else moment(row.event.time),
                scope=named("route", (route,)),
                digest=row.digest,
            ),
            "/bypass" if lasts else "/proof?" + urlencode({"log": row.log, "position": row.position}),
            f"Route {shown(route, MAX_NAME)} relays without policy until {moment(body.until):%Y-%m-%d %H:%M} UTC, "
            f"begun by {shown(body.who, MAX_NAME)}: anybody is let through."
            if lasts
            else f"Route {shown(route, MAX_NAME)} was bypassed until {moment(row.event.time):%Y-%m-%d %H:%M} UTC: "
            "who looked at it afterwards?",
        )
