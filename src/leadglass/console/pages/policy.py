"""Policy: routes and their modes, the rules with their why, and a question to them. Changes nothing but by reload."""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.responses import Response

from leadglass.console.page import Page, Visit
from leadglass.errors import LeadglassError
from leadglass.model.decision import Request
from leadglass.policy.engine import Engine
from leadglass.policy.explain import Explanation, explain
from leadglass.policy.names import sop_class_of
from leadglass.policy.operations import LEVELS, OPERATIONS
from leadglass.registrar.generations import build
from leadglass.store.appstate.peers import load_peers

FIELDS = ("peer", "operation", "sop_class", "archive", "at", "level", "destination", "patient", "issuer", "object")


def show(visit: Visit) -> Response:
    """Routes, rules, and the form; with an answer where the address asks."""
    console, configuration = visit.console, visit.console.configuration()
    peers = load_peers(console.engine)
    fault, engine, answer = "", None, None
    asked = {name: visit.query(name) for name in FIELDS}
    try:
        engine = Engine.build(build(configuration, peers, 0))
        if asked["peer"]:
            answer = _ask(visit, engine, asked)
    except LeadglassError as error:
        fault = f"{error}. {error.hint}"
    except ValueError as error:
        fault = str(error)
    asked["at"] = asked["at"] or datetime.fromtimestamp(console.clock() / 1e9, console.zone).strftime("%Y-%m-%dT%H:%M")
    return visit.render(
        "policy.html",
        routes=configuration.routes,
        archives={archive.id: archive for archive in configuration.archives},
        rules=engine.rules if engine else (),
        peers=peers,
        operations=OPERATIONS,
        levels=LEVELS,
        asked=asked,
        answer=answer,
        fault=fault,
    )


def reload(visit: Visit) -> Response:
    """Read configuration and policy again, all or nothing."""
    answer = visit.console.live.reload(visit.name)
    if answer.error:
        return visit.go("/policy", "bad", f"Nothing changed: {answer.error}. {answer.hint}")
    return visit.go("/policy", "good", f"Generation {answer.number} is in force.")


def _ask(visit: Visit, engine: Engine, asked: dict[str, str]) -> Explanation:
    """Raises ValueError for a time that is none."""
    sop_class = asked["sop_class"]
    uid = next(filter(None, (sop_class_of(sop_class + tail) for tail in ("", " Image Storage", " Storage"))), "")
    if not uid:
        raise ValueError(f"No SOP class is called {sop_class!r}; give its name or its UID.")
    if asked["at"]:
        try:
            at = datetime.fromisoformat(asked["at"])
        except ValueError:
            raise ValueError("The time is not one: write it as 2026-11-24T03:00.") from None
        at = at.replace(tzinfo=visit.console.zone) if at.tzinfo is None else at
    else:
        at = datetime.fromtimestamp(visit.console.clock() / 1e9, UTC)
    request = Request(
        asked["peer"], asked["operation"], uid, asked["archive"], at, asked["level"], asked["destination"],
        asked["patient"], asked["issuer"], object=bool(asked["object"]),
    )  # fmt: skip
    return explain(engine, request)


PAGES = (
    Page("/policy", "policy", get=show),
    Page("/policy/reload", "reload", post=reload),
)
