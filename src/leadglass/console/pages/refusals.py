"""Refusals: what was refused or would have been, and why, in plain words. Changes nothing."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.console.page import Page, Visit
from leadglass.console.spans import SPANS, span
from leadglass.console.words import CAUSES
from leadglass.store.projection.interface import Filter


def show(visit: Visit) -> Response:
    """Refusals, newest first."""
    name, length, _ = span(visit.query("span"), "24h")
    would = visit.query("would")
    where = Filter(
        text=visit.query("text"),
        peer=visit.query("peer"),
        archive=visit.query("archive"),
        cause=visit.query("cause"),
        would=would if would in {"yes", "no"} else "",
        kinds=("refusal",),
        since=visit.console.clock() - length,
    )
    page = visit.console.projection.events(where, visit.query("after"))
    return visit.render(
        "refusals.html",
        rows=page.rows,
        following=page.next,
        where=where,
        causes=[(key, meaning.label) for key, meaning in CAUSES.items()],
        span=name,
        spans=[(key, value[1]) for key, value in SPANS.items()],
    )


PAGES = (Page("/refusals", "refusals", get=show),)
