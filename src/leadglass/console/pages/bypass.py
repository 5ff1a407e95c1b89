"""Bypass: routes that relay without policy now, and the form to begin and end that. The registrar does and ends it."""

from __future__ import annotations

from starlette.responses import Response

from leadglass.console.page import Page, Visit
from leadglass.model.bypass import MAX_MINUTES, MAX_REASON, MIN_MINUTES, MIN_REASON
from leadglass.registrar.messages import Bypassed

_USUAL = 30  # minutes, where the form is empty


def show(visit: Visit) -> Response:
    """What lasts, and the form for those who may."""
    return _render(visit, {"route": visit.query("route"), "minutes": str(_USUAL), "reason": ""})


def change(visit: Visit) -> Response:
    """Begin, or end with ``action=end``."""
    live, route = visit.console.live, visit.field("route")
    if visit.field("action") == "end":
        answer = live.bypass(route, 0, "", visit.name)
        return _done(visit, answer, f"{route}: policy is in force again.") or _render(visit, {}, answer)
    asked = {name: visit.field(name)[: 2 * MAX_REASON] for name in ("route", "minutes", "reason")}
    digits = asked["minutes"]
    # The registrar has the last word on all bounds; 0 would mean to end.
    minutes = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 4 and int(digits) else -1
    answer = live.bypass(route, minutes, asked["reason"], visit.name)
    done = _done(visit, answer, f"{route} relays without policy for {digits} min. It ends by itself.")
    return done or _render(visit, asked, answer)


def _done(visit: Visit, answer: Bypassed, text: str) -> Response | None:
    if answer.error:
        return None
    short = [f"Not in force everywhere yet: {answer.waiting}; tried again every second."] if answer.waiting else []
    short += [f"{answer.hint}."] if answer.hint else []
    return visit.go("/bypass", "warn" if short else "good", " ".join((text, *short)))


def _render(visit: Visit, asked: dict[str, str], answer: Bypassed | None = None) -> Response:
    return visit.render(
        "bypass.html",
        409 if answer else 200,
        routes=visit.console.configuration().routes,
        lasting=visit.console.bypasses(),
        asked={"route": "", "minutes": str(_USUAL), "reason": ""} | asked,
        bounds={"minutes": (MIN_MINUTES, MAX_MINUTES), "reason": (MIN_REASON, MAX_REASON)},
        fault=f"{answer.error}. {answer.hint}" if answer else "",
    )


PAGES = (Page("/bypass", "policy", get=show, post=change, post_permission="bypass"),)
