"""Before a route enforces: what it let pass in the last 30 days that it would have stopped. Changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from starlette.responses import Response

from leadglass.console.judging import engine_of, in_force
from leadglass.console.page import Page, Visit
from leadglass.console.spans import SPANS
from leadglass.errors import LeadglassError
from leadglass.model.route import Mode
from leadglass.policy.engine import Engine
from leadglass.policy.preview import Today, today
from leadglass.store.projection.interface import DecisionSum

DAYS = "30d"
SHOWN = 200  # kinds on the page


@dataclass(frozen=True, slots=True)
class Stopped:
    """One kind of message, and what today's policy says of its last one."""

    sum: DecisionSum
    today: Today
    why: str


def show(visit: Visit) -> Response:
    """What the route let pass; the first one that does not enforce, where none is named."""
    routes = visit.console.configuration().routes
    waiting = [route for route in routes if route.mode is not Mode.ENFORCE]
    asked = visit.query("route")
    chosen = next((route for route in (*routes, *waiting[:1]) if route.called == asked), None)
    if not asked:
        chosen = (waiting or list(routes))[0]
    if chosen is None:
        return visit.render("not_found.html", 404)
    sums = visit.console.projection.would_be_refused(chosen.called, visit.console.clock() - SPANS[DAYS][0])
    rows: list[Stopped] = []
    fault = ""
    try:
        engine = engine_of(in_force(visit.console))
        rows = [_judged(one, engine) for one in sums[:SHOWN]]
    except LeadglassError as error:
        fault = f"{error}. {error.hint}"
    return visit.render(
        "policy_enforce.html",
        route=chosen,
        routes=routes,
        rows=rows,
        kinds=len(sums),
        messages=sum(one.messages for one in sums),
        fault=fault,
    )


def _judged(one: DecisionSum, engine: Engine) -> Stopped:
    if one.example is None:
        return Stopped(one, Today.UNTOLD, "its record was pruned")
    return Stopped(one, *today(one.example, engine, one.sop_class))


PAGES = (Page("/policy/enforce", "refusals", get=show),)
