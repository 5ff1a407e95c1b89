"""The overview: is clinical traffic flowing, is anything wrong, what to do next, and the picture. Changes nothing."""

from __future__ import annotations

import socket

from sqlalchemy.exc import SQLAlchemyError
from starlette.responses import Response

from leadglass.assess.summary import Standing
from leadglass.console.advice import Advice, advise, first_steps, verdict
from leadglass.console.page import Page, Visit
from leadglass.console.picture import picture
from leadglass.console.spans import SPANS, span
from leadglass.errors import LeadglassError
from leadglass.store.projection.interface import Filter

MAX_TABLE = 100
_COUNTED = 500
_CALLED = ("association-opened", "association-closed", "refusal", "protocol-error")  # kinds a first caller leaves


def show(visit: Visit) -> Response:
    """The whole page."""
    return visit.render("overview.html", **_values(visit), assessed=_assessed(visit))


def live(visit: Visit) -> Response:
    """The part that refreshes itself."""
    return visit.render("overview_live.html", **_values(visit))


def _values(visit: Visit) -> dict[str, object]:
    console, now = visit.console, visit.console.clock()
    configuration = console.configuration()
    name, length, words = span(visit.query("span"), "1h")
    flows = console.projection.flows(now - length, now + 1)
    glimpse = console.live.look()
    would = console.projection.events(Filter(would="yes", since=now - length), limit=_COUNTED).rows
    if glimpse.status is None:
        advice: tuple[Advice, ...] = (
            Advice("bad", f"Live state is missing: {glimpse.fault}", "Numbers below come from the record."),
        )
        open_now = 0
    else:
        advice = advise(glimpse.status, len(would), now)
        open_now = sum(worker.open for worker in glimpse.status.workers)
    instances = sum(flow.instances for flow in flows)
    fresh = not flows and not open_now and not console.projection.events(Filter(kinds=_CALLED), limit=1).rows
    if fresh:
        advice = (*advice, first_steps(configuration, socket.gethostname()))
    return {
        "advice": advice,
        "verdict": verdict(advice, instances, open_now, words, fresh),
        "span": name,
        "spans": [(key, value[1]) for key, value in SPANS.items()],
        "words": words,
        "flows": flows[:MAX_TABLE],
        "instances": instances,
        "sent": sum(flow.bytes for flow in flows),
        "associations": sum(flow.associations for flow in flows),
        "refusals": sum(flow.refusals for flow in flows),
        "open_now": open_now,
        "picture": picture(flows, [archive.id for archive in configuration.archives]),
    }


def _assessed(visit: Visit) -> Standing | None:
    """How controls stand, for those who may see it; None while it cannot be read, which hides no traffic."""
    if not visit.may("assessment"):
        return None
    try:
        return visit.console.assessment().standing
    except (LeadglassError, SQLAlchemyError):
        return None


PAGES = (Page("/", "overview", get=show), Page("/live/overview", "overview", get=live, refreshes=True))
