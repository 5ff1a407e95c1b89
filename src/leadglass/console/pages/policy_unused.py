"""Rules that decided nothing, and what peers' entries list and never used. Changes nothing."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from leadglass.console.judging import engine_of, in_force
from leadglass.console.page import Page, Visit
from leadglass.console.spans import SPANS, span
from leadglass.errors import LeadglassError
from leadglass.policy.usage import Usage, usage
from leadglass.store.projection.decisions import uses
from leadglass.store.projection.interface import MAX_DECISIONS

_SPANS = {name: value for name, value in SPANS.items() if name in {"24h", "7d", "30d"}}


def show(visit: Visit) -> Response:
    """The report, in whole UTC days."""
    name, length, words = span(visit.query("span"), "30d")
    now = visit.console.clock()
    fault, found, crowded = "", None, False
    try:
        engine = engine_of(in_force(visit.console))
        sums = visit.console.projection.decisions(now - length)
        crowded = len(sums) == MAX_DECISIONS
        found = usage(engine, uses(sums), datetime.fromtimestamp(now / 1e9, UTC))
    except LeadglassError as error:
        fault = f"{error}. {error.hint}"
    return visit.render(
        "policy_unused.html",
        span=name,
        span_words=words,
        spans=[(key, value[1]) for key, value in _SPANS.items()],
        idle=[use for use in found.rules if use.unused] if found else [],
        busy=[use for use in found.rules if not use.unused] if found else [],
        peers=_with_leftovers(found),
        gone=found.gone if found else {},
        crowded=crowded,
        fault=fault,
    )


def _with_leftovers(found: Usage | None) -> list[object]:
    return [use for use in found.peers if use.unused or use.never] if found else []


PAGES = (Page("/policy/unused", "policy", get=show),)
