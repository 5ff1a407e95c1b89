"""Links by which people without an account answer one section: made, listed, ended. Never shows a link twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from starlette.responses import Response

from leadglass.console.asking import surveyed
from leadglass.console.page import Page, Visit
from leadglass.console.survey_form import Fault
from leadglass.console.survey_view import Survey
from leadglass.errors import LeadglassError
from leadglass.store.appstate.sections import MAX_LABEL, Share, revoke_share, share_section, shares

USUAL_DAYS, MAX_DAYS = 30, 90
_SECOND = 1_000_000_000


def show(visit: Visit) -> Response:
    """All links, and the form for a new one."""
    return _render(visit, {"section": visit.query("section"), "label": "", "days": str(USUAL_DAYS)})


def change(visit: Visit) -> Response:
    """Make a link, or end one with ``action=revoke``."""
    console, at = visit.console, _now(visit)
    if visit.field("action") == "revoke":
        name = visit.field("id")
        revoke_share(console.engine, name if name.isalnum() else "", visit.name, visit.address, at)
        return visit.go("/assess/survey/links", "good", "The link has ended; what was answered by it stays.")
    typed = {name: visit.field(name)[: 2 * MAX_LABEL] for name in ("section", "label", "days")}
    survey, _ = surveyed(visit)
    faults, days = _faults(survey, typed)
    if faults:
        return _render(visit, typed, faults)
    try:
        share, token = share_section(
            console.engine, typed["section"], typed["label"], visit.name, visit.address, at, at + timedelta(days=days)
        )
    except LeadglassError as error:
        return _render(visit, typed, [Fault("label", f"{error.message}. {error.hint}")])
    host = visit.request.headers.get("host", "")
    return _render(visit, {}, made=(share, f"https://{host}/answer/{token}"))


def _faults(survey: Survey, typed: dict[str, str]) -> tuple[list[Fault], int]:
    """What is wrong, and the days asked for."""
    faults = []
    if survey.section(typed["section"]) is None:
        faults.append(Fault("section", "Choose a section"))
    if not 0 < len(typed["label"]) <= MAX_LABEL or not typed["label"].isprintable():
        faults.append(Fault("label", f"Say for whom the link is: 1 to {MAX_LABEL} characters on one line"))
    digits = typed["days"]
    days = int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 3 else 0
    if not 1 <= days <= MAX_DAYS:
        faults.append(Fault("days", f"A link lasts 1 to {MAX_DAYS} days"))
    return faults, days


def _render(
    visit: Visit, typed: dict[str, str], faults: list[Fault] | None = None, made: tuple[Share, str] | None = None
) -> Response:
    survey, _ = surveyed(visit)
    return visit.render(
        "assess_links.html",
        400 if faults else 200,
        survey=survey,
        titles={section.id: section.title for section in survey.instrument.sections},
        rows=[(share, _state(share, _now(visit))) for share in shares(visit.console.engine)],
        typed={"section": "", "label": "", "days": str(USUAL_DAYS)} | typed,
        faults=faults or [],
        made=made,
        max_label=MAX_LABEL,
        max_days=MAX_DAYS,
    )


def _state(share: Share, at: datetime) -> tuple[str, str]:
    """Tone and words."""
    if share.revoked:
        return ("info", "revoked")
    return ("good", "open") if share.open(at) else ("info", "expired")


def _now(visit: Visit) -> datetime:
    return datetime.fromtimestamp(visit.console.clock() / _SECOND, UTC)


PAGES = (Page("/assess/survey/links", "decide", get=show, post=change),)
